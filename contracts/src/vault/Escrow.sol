// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IEscrow } from "../interfaces/IEscrow.sol";
import { SafeTransferLib } from "solady/utils/SafeTransferLib.sol";

interface IErc6909Transfer {
    function transfer(address receiver, uint256 id, uint256 amount) external returns (bool);
}

/// @title The wall
/// @dev SEG-4: no storage, and nothing below but the two ways out. The engine's address is part of the implementation's code.
contract Escrow is IEscrow {
    address private immutable MARGIN_ENGINE;

    error TransferRefused();

    constructor() {
        MARGIN_ENGINE = msg.sender;
    }

    /// @inheritdoc IEscrow
    function release(address token, address to, uint256 amount) external {
        if (msg.sender != MARGIN_ENGINE) revert NotTheMarginEngine(msg.sender); // SEG-3
        SafeTransferLib.safeTransfer(token, to, amount);
    }

    /// @inheritdoc IEscrow
    function release6909(address token, uint256 id, address to, uint256 amount) external {
        if (msg.sender != MARGIN_ENGINE) revert NotTheMarginEngine(msg.sender); // SEG-3
        if (!IErc6909Transfer(token).transfer(to, id, amount)) revert TransferRefused();
    }
}
