// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IEscrow } from "../../src/interfaces/IEscrow.sol";
import { IMarginEngine } from "../../src/interfaces/IMarginEngine.sol";
import { MarginFixture } from "../support/MarginFixture.sol";
import { ERC6909 } from "solady/tokens/ERC6909.sol";

contract Receipts is ERC6909 {
    function mint(address to, uint256 id, uint256 amount) external {
        _mint(to, id, amount);
    }

    function name(uint256) public pure override returns (string memory) {
        return "Receipt";
    }

    function symbol(uint256) public pure override returns (string memory) {
        return "R";
    }

    function tokenURI(uint256) public pure override returns (string memory) {
        return "";
    }
}

contract EscrowTest is MarginFixture {
    function test_SEG4_AnEscrowIsEmptyUntilItsFirstReleaseAndThenTheErc1167Bytes() public {
        address escrow = engine.escrowOf(aliceVault);
        _deposit(alice, aliceVault, usd, 100 * USD);
        assertEq(escrow.code.length, 0);

        vm.expectEmit();
        emit IMarginEngine.EscrowDeployed(aliceVault, escrow);
        _withdraw(alice, aliceVault, address(usd), 40 * USD);
        assertEq(
            escrow.code,
            abi.encodePacked(
                hex"363d3d373d3d3d363d73", engine.escrowImplementation(), hex"5af43d82803e903d91602b57fd5bf3"
            )
        );
    }

    function test_SEG4_TheImplementationHasNoOpcodeThatCouldOpenTheWall() public view {
        bytes memory code = engine.escrowImplementation().code;
        assertGt(code.length, 0);
        for (uint256 i = 0; i < code.length; ++i) {
            uint8 opcode = uint8(code[i]);
            assertNotEq(opcode, 0x54, "SLOAD");
            assertNotEq(opcode, 0x55, "SSTORE");
            assertNotEq(opcode, 0xf0, "CREATE");
            assertNotEq(opcode, 0xf2, "CALLCODE");
            assertNotEq(opcode, 0xf4, "DELEGATECALL");
            assertNotEq(opcode, 0xf5, "CREATE2");
            assertNotEq(opcode, 0xff, "SELFDESTRUCT");
            if (opcode >= 0x60 && opcode <= 0x7f) i += opcode - 0x5f;
        }
    }

    function test_SEG4_NothingButTheTwoReleasesAnswers(bytes4 selector, bytes calldata data) public {
        vm.assume(selector != IEscrow.release.selector && selector != IEscrow.release6909.selector);
        address escrow = _deployedEscrow();
        vm.prank(address(engine));
        (bool ok,) = escrow.call(abi.encodePacked(selector, data));
        assertFalse(ok);
        vm.deal(address(this), 1);
        (ok,) = escrow.call{ value: 1 }("");
        assertFalse(ok);
    }

    function test_SEG3_NobodyButTheEngineReleases(address caller) public {
        vm.assume(caller != address(engine));
        address escrow = _deployedEscrow();
        vm.startPrank(caller);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NotTheMarginEngine.selector, caller));
        IEscrow(escrow).release(address(usd), caller, 1);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NotTheMarginEngine.selector, caller));
        IEscrow(escrow).release6909(address(usd), 1, caller, 1);
        vm.stopPrank();
    }

    function test_SEG4_AnEscrowNeverApproves() public {
        address escrow = _deployedEscrow();
        assertEq(usd.allowance(escrow, address(engine)), 0);
        assertEq(usd.allowance(escrow, alice), 0);
    }

    function test_SEG5_AnErc6909DonationIsTheOwnersToClaimAndCountsForNothing() public {
        Receipts receipts = new Receipts();
        receipts.mint(engine.escrowOf(aliceVault), 7, 50);
        assertEq(engine.bookOf6909(aliceVault, address(receipts), 7).free, 0);

        vm.expectPartialRevert(IMarginEngine.NotAuthorised.selector);
        vm.prank(bob);
        engine.claimSurplus6909(aliceVault, address(receipts), 7, bob);

        vm.prank(alice);
        assertEq(engine.claimSurplus6909(aliceVault, address(receipts), 7, alice), 50);
        assertEq(receipts.balanceOf(alice, 7), 50);
    }

    function _deployedEscrow() private returns (address) {
        _deposit(alice, aliceVault, usd, 100 * USD);
        _withdraw(alice, aliceVault, address(usd), 40 * USD);
        return engine.escrowOf(aliceVault);
    }
}
