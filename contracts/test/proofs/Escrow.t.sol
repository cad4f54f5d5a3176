// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IEscrow } from "../../src/interfaces/IEscrow.sol";
import { BookProofFixture } from "./BookProofFixture.sol";

/// @notice SEG-4 on a real escrow: whatever is sent to one, by whomever, the engine included.
contract EscrowProof is BookProofFixture {
    address private escrow;

    /// @dev Deposits do not deploy an escrow, withdrawals do.
    function setUp() public override {
        super.setUp();
        quote.mint(ALICE, 2);
        vm.startPrank(ALICE);
        quote.approve(address(engine), 2);
        engine.deposit(aliceVault, address(quote), 2);
        engine.withdraw(aliceVault, address(quote), 1, ALICE, _none());
        vm.stopPrank();
        escrow = engine.escrowOf(aliceVault);
    }

    /// @dev It may send what it has, and there is nothing else that it can be made to do: it approves nobody, stores nothing, and its code is that of
    /// ERC-1167 for the one implementation.
    function check_SEG4_an_escrow_approves_nobody_stores_nothing_and_keeps_its_code(
        address caller,
        bytes4 selector,
        bytes32 first,
        bytes32 second,
        bytes32 third,
        bytes32 fourth,
        address spender
    ) public {
        vm.prank(caller);
        (bool done,) = escrow.call(abi.encodePacked(selector, first, second, third, fourth));
        assert(quote.allowance(escrow, spender) == 0);
        for (uint256 slot = 0; slot < 4; ++slot) {
            assert(vm.load(escrow, bytes32(slot)) == 0);
        }
        assert(!done || caller == address(engine));
        assert(!done || selector == IEscrow.release.selector || selector == IEscrow.release6909.selector);
        // The engine's constructor deploys the implementation next after itself.
        address implementation = address(uint160(address(engine)) + 1);
        bytes memory proxy =
            abi.encodePacked(hex"363d3d373d3d3d363d73", implementation, hex"5af43d82803e903d91602b57fd5bf3");
        assert(keccak256(escrow.code) == keccak256(proxy));
    }
}
