// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IEscrow } from "../interfaces/IEscrow.sol";
import { Escrow } from "../vault/Escrow.sol";
import { BookStore } from "./BookStore.sol";
import { Clones } from "@openzeppelin/contracts/proxy/Clones.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { SafeTransferLib } from "solady/utils/SafeTransferLib.sol";

/// @title Tokens in and out of escrows, and the lock around them
/// @dev While a token runs (it may call anybody back) nothing of the engine can be entered and no health can be read: half of a movement is in no
/// book. While a venue runs on the engine's behalf, its charge and pay work, the owners' functions do not.
abstract contract Custody is BookStore {
    uint256 private constant IDLE = 0;
    uint256 private constant ENTERED = 1;
    uint256 private constant TOKEN_RUNS = 2;

    /// @dev What one movement between escrows may burn, whatever the token does: eight of them fit the worst bid (LIQ-11).
    uint256 private constant MOVE_GAS = 300_000;
    /// @dev Enough left for the 63/64 rule to pass MOVE_GAS on, and to book the outcome.
    uint256 private constant MOVE_GAS_NEEDED = MOVE_GAS + MOVE_GAS / 32 + 10_000;

    address internal immutable ESCROW_IMPLEMENTATION;

    uint256 private transient _lock;

    constructor() {
        ESCROW_IMPLEMENTATION = address(new Escrow());
    }

    /// @dev For what owners call.
    modifier nonReentrant() {
        if (_lock != IDLE) revert Reentered();
        _lock = ENTERED;
        _;
        _lock = IDLE;
    }

    /// @dev For what modules call, also from inside an owner's call, and for what reads health.
    modifier notWhileTokenRuns() {
        _requireNoTokenRuns();
        _;
    }

    /// @notice Sends between two escrows and measures what arrived. The engine calls it on itself, so that a refusal at any point leaves nothing done.
    /// @return received at most `amount`; exactly `amount` for quote.
    function moveMeasured(address from, address to, address token, uint256 amount) external returns (uint256 received) {
        if (msg.sender != address(this)) revert NotTheMarginEngine(msg.sender);
        uint256 fromBefore = IERC20(token).balanceOf(from);
        uint256 toBefore = IERC20(token).balanceOf(to);
        IEscrow(from).release(token, to, amount);
        received = IERC20(token).balanceOf(to) - toBefore;
        if (fromBefore - IERC20(token).balanceOf(from) > amount) revert MovedInexactly(token); // SEG-1
        if (received > amount) received = amount; // the rest is surplus
        if (token == QUOTE && received != amount) revert MovedInexactly(token); // VM-1: quote arrives whole or not at all
    }

    function _requireNoTokenRuns() internal view {
        if (_lock == TOKEN_RUNS) revert Reentered();
    }

    function _escrowOf(bytes32 vaultId) internal view returns (address) {
        return Clones.predictDeterministicAddress(ESCROW_IMPLEMENTATION, vaultId);
    }

    /// @dev The escrow with its code: nothing can leave without it.
    function _openEscrowOf(bytes32 vaultId) private returns (address escrow) {
        escrow = _escrowOf(vaultId);
        if (escrow.code.length == 0) {
            Clones.cloneDeterministic(ESCROW_IMPLEMENTATION, vaultId); // SEG-4
            emit EscrowDeployed(vaultId, escrow);
        }
    }

    /// @dev Takes from the caller. The escrow may have no code yet. @return received what the escrow's balance grew by.
    function _pull(bytes32 vaultId, address token, uint256 amount) internal returns (uint256 received) {
        address escrow = _escrowOf(vaultId);
        _lock = TOKEN_RUNS;
        uint256 before = IERC20(token).balanceOf(escrow);
        SafeTransferLib.safeTransferFrom(token, msg.sender, escrow, amount);
        received = IERC20(token).balanceOf(escrow) - before; // SEG-1
        _lock = ENTERED;
    }

    /// @dev Sends out of an escrow to anybody. Reverts when the token does.
    function _release(bytes32 vaultId, address token, address to, uint256 amount) internal {
        address escrow = _openEscrowOf(vaultId);
        _lock = TOKEN_RUNS;
        IEscrow(escrow).release(token, to, amount);
        _lock = ENTERED;
    }

    function _release6909(bytes32 vaultId, address token, uint256 id, address to, uint256 amount) internal {
        address escrow = _openEscrowOf(vaultId);
        _lock = TOKEN_RUNS;
        IEscrow(escrow).release6909(token, id, to, amount);
        _lock = ENTERED;
    }

    /// @dev Moves between two escrows. Never reverts because of the token, however it fails (LIQ-10); reverts when the caller brought too little gas
    /// to tell (a refusal could then be made up).
    function _tryMove(bytes32 fromVault, bytes32 toVault, address token, uint256 amount)
        internal
        returns (bool moved, uint256 received)
    {
        address from = _openEscrowOf(fromVault);
        address to = _escrowOf(toVault);
        if (gasleft() < MOVE_GAS_NEEDED) revert NotEnoughGas();
        uint256 outer = _lock;
        _lock = TOKEN_RUNS;
        // No returned bytes are copied on failure.
        try this.moveMeasured{ gas: MOVE_GAS }(from, to, token, amount) returns (uint256 arrived) {
            (moved, received) = (true, arrived);
        } catch { } // LIQ-10
        _lock = outer;
    }
}
