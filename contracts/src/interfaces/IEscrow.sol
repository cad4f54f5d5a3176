// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The wall
/// @notice Holds one vault's assets. An ERC-1167 clone of one fixed implementation: no storage, initialiser, owner, execute, approval,
/// delegatecall or upgrade. The margin engine alone can move assets out, through these two functions and nothing else.
interface IEscrow {
    error NotTheMarginEngine(address caller);

    /// @notice Sends an ERC-20 amount in the token's own decimals. Reverts when the token does.
    function release(address token, address to, uint256 amount) external;

    /// @notice Sends an ERC-6909 amount.
    function release6909(address token, uint256 id, address to, uint256 amount) external;
}
