// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What an owner can let an operator do: one bit each, never all-or-nothing.
library Rights {
    /// @dev Bring an asset new to the vault into it.
    uint256 internal constant DEPOSIT = 1 << 0;
    /// @dev Take positions in its name, and bid with it.
    uint256 internal constant TRADE = 1 << 1;
    /// @dev Take assets out. A venue never gets it.
    uint256 internal constant WITHDRAW = 1 << 2;
    /// @dev Execute the owner's top-up policy.
    uint256 internal constant TOP_UP = 1 << 3;
    /// @dev Every right that there is. A bit that means nothing today is refused.
    uint256 internal constant ALL = DEPOSIT | TRADE | WITHDRAW | TOP_UP;
}
