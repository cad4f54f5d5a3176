// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IVaultRegistry } from "../../src/interfaces/IVaultRegistry.sol";
import { Rights } from "../../src/libraries/Rights.sol";
import { MarginFixture } from "../support/MarginFixture.sol";

/// @notice A wallet that answers as the test tells it.
contract TestWallet {
    enum Answer {
        Yes,
        No,
        Short,
        Reverts,
        Burns
    }

    Answer internal _answer;

    function register(IVaultRegistry registry, bytes calldata ownerKey) external returns (bytes32) {
        return registry.ensureAccount(ownerKey, 0);
    }

    function answer(Answer answer_) external {
        _answer = answer_;
    }

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        if (_answer == Answer.Reverts) revert("no");
        if (_answer == Answer.Burns) {
            assembly ("memory-safe") {
                invalid()
            }
        }
        if (_answer == Answer.Short) {
            assembly ("memory-safe") {
                mstore(0, shl(224, 0x1626ba7e))
                return(0, 4)
            }
        }
        return _answer == Answer.Yes ? bytes4(0x1626ba7e) : bytes4(0xffffffff);
    }
}

contract RightsTest is MarginFixture {
    struct Permit {
        bytes32 accountId;
        address operator;
        uint256 rights;
        uint64 rightsExpiry;
        uint256 nonce;
        uint64 deadline;
    }

    address internal signer;
    uint256 internal signerKey;
    bytes32 internal account;

    function setUp() public override {
        super.setUp();
        (signer, signerKey) = makeAddrAndKey("signing owner");
        account = _register(signer);
    }

    /* EXPIRY */

    function testFuzz_MRG2_RightsCountUntilTheirExpiryAndNotAfter(uint64 expiry, uint64 at) public {
        vm.prank(signer);
        registry.setRightsUntil(account, bob, Rights.TRADE, expiry);
        vm.warp(at);
        bool counts = expiry == 0 || at < expiry;
        assertEq(registry.hasRights(account, bob, Rights.TRADE), counts);
        assertEq(registry.rightsOf(account, bob), counts ? Rights.TRADE : 0);
    }

    function test_MRG2_OnlyTheOwnerGrantsForATimeOrTakesBack() public {
        vm.startPrank(bob);
        vm.expectPartialRevert(IVaultRegistry.NotAuthorised.selector);
        registry.setRightsUntil(account, bob, Rights.TRADE, 0);
        vm.expectPartialRevert(IVaultRegistry.NotAuthorised.selector);
        registry.revokeAll(account);
    }

    function testFuzz_ABitThatNamesNoRightIsRefused(uint256 rights) public {
        rights |= 1 << bound(rights, 4, 255);
        vm.expectRevert(abi.encodeWithSelector(IVaultRegistry.UnknownRights.selector, rights));
        vm.prank(signer);
        registry.setRights(account, bob, rights);
    }

    /* REVOKING ALL */

    function test_MRG2_RevokingAllTakesBackEveryGrantAndEveryUnusedPermit() public {
        Permit memory permit = _permit(bob, Rights.TRADE);
        bytes memory unused = _sign(permit, signerKey, block.chainid, address(registry));
        vm.startPrank(signer);
        registry.setRights(account, bob, Rights.ALL);
        registry.setRightsUntil(account, stranger, Rights.TRADE, type(uint64).max);
        vm.expectEmit();
        emit IVaultRegistry.AllRightsRevoked(account, 1);
        registry.revokeAll(account);
        assertEq(registry.rightsOf(account, bob), 0);
        assertEq(registry.rightsOf(account, stranger), 0);
        _refuse(permit, unused);

        registry.setRights(account, bob, Rights.TRADE);
        assertEq(registry.rightsOf(account, bob), Rights.TRADE, "a new grant counts");
        assertEq(registry.rightsOf(account, stranger), 0, "an old one does not");
    }

    function test_MRG2_RevokingAllTouchesNoOtherAccount() public {
        bytes32 other = _register(alice);
        vm.prank(alice);
        registry.setRights(other, bob, Rights.TRADE);
        vm.prank(signer);
        registry.revokeAll(account);
        assertEq(registry.rightsOf(other, bob), Rights.TRADE);
    }

    /* THE VENUE */

    function test_SEG3_AVenueHasNoWithdrawRightOverItsVaultsWhateverItWasGranted() public {
        bytes32 accountId = _register(alice);
        vm.prank(alice);
        registry.setRights(accountId, address(venue), Rights.ALL);
        assertFalse(registry.mayActOn(aliceVault, address(venue), Rights.WITHDRAW));
        assertFalse(registry.mayActOn(aliceVault, address(venue), Rights.WITHDRAW | Rights.TRADE));
        assertTrue(registry.mayActOn(aliceVault, address(venue), Rights.TRADE));
    }

    /* PERMITS */

    function testFuzz_MRG2_AnybodyMaySendWhatTheOwnerSignedOnce(address sender, uint256 rights, uint64 expiry) public {
        vm.assume(sender != address(0));
        Permit memory permit = _permit(bob, rights & Rights.ALL);
        permit.rightsExpiry = expiry;
        bytes memory signature = _sign(permit, signerKey, block.chainid, address(registry));
        vm.expectEmit();
        emit IVaultRegistry.RightsSet(account, bob, permit.rights, expiry);
        vm.prank(sender);
        _send(permit, signature);
        assertEq(registry.permitNonceOf(account), 1);
        _refuse(permit, signature);
    }

    function testFuzz_MRG2_APermitWithOneWordChangedIsRefused(uint256 which, uint256 by) public {
        Permit memory permit = _permit(bob, Rights.TRADE);
        bytes memory signature = _sign(permit, signerKey, block.chainid, address(registry));
        which = bound(which, 0, 4);
        if (which == 0) permit.accountId = _register(alice);
        if (which == 1) permit.operator = address(uint160(bound(by, 1, 1000)));
        if (which == 2) permit.rights = Rights.ALL;
        if (which == 3) permit.rightsExpiry = uint64(bound(by, 1, type(uint64).max));
        if (which == 4) permit.deadline += uint64(bound(by, 1, 1000));
        _refuse(permit, signature);
    }

    function testFuzz_MRG2_APermitOfAnotherNonceKeyChainOrRegistryIsRefused(uint64 nonce, uint64 chain) public {
        Permit memory permit = _permit(bob, Rights.TRADE);
        _refuse(permit, _sign(permit, signerKey + 1, block.chainid, address(registry)));
        _refuse(permit, _sign(permit, signerKey, block.chainid, address(engine)));
        if (chain != block.chainid) _refuse(permit, _sign(permit, signerKey, chain, address(registry)));
        permit.nonce = bound(nonce, 1, type(uint64).max);
        _refuse(permit, _sign(permit, signerKey, block.chainid, address(registry)));
    }

    function test_MRG2_APermitDoesNotFollowAChainThatSplits() public {
        Permit memory permit = _permit(bob, Rights.TRADE);
        bytes memory signature = _sign(permit, signerKey, block.chainid, address(registry));
        vm.chainId(10);
        _refuse(permit, signature);
    }

    function test_APermitAfterItsDeadlineIsRefused() public {
        Permit memory permit = _permit(bob, Rights.TRADE);
        bytes memory signature = _sign(permit, signerKey, block.chainid, address(registry));
        vm.warp(permit.deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(IVaultRegistry.PermitExpired.selector, account, permit.deadline));
        _send(permit, signature);
        vm.warp(permit.deadline);
        _send(permit, signature);
        assertTrue(registry.hasRights(account, bob, Rights.TRADE));
    }

    function test_MRG2_AWalletSpeaksByErc1271AndOnlyYesIsYes() public {
        TestWallet wallet = new TestWallet();
        Permit memory permit = _permit(bob, Rights.TRADE);
        permit.accountId = wallet.register(registry, _contractKey(address(wallet)));
        for (uint256 i = uint256(TestWallet.Answer.No); i <= uint256(TestWallet.Answer.Burns); ++i) {
            wallet.answer(TestWallet.Answer(i));
            _refuse(permit, "any");
        }
        wallet.answer(TestWallet.Answer.Yes);
        _send(permit, "any");
        assertTrue(registry.hasRights(permit.accountId, bob, Rights.TRADE));
    }

    function test_MRG2_AnOwnerThatDelegatesToAWalletSpeaksAsTheWalletDoes() public {
        Permit memory permit = _permit(bob, Rights.TRADE);
        bytes memory signature = _sign(permit, signerKey, block.chainid, address(registry));
        TestWallet wallet = new TestWallet();
        vm.etch(signer, abi.encodePacked(hex"ef0100", address(wallet)));
        TestWallet(signer).answer(TestWallet.Answer.No);
        _refuse(permit, signature);
        TestWallet(signer).answer(TestWallet.Answer.Yes);
        _send(permit, signature);
        assertTrue(registry.hasRights(account, bob, Rights.TRADE));
    }

    /* HELPERS */

    function _permit(address operator, uint256 rights) private view returns (Permit memory) {
        return Permit(account, operator, rights, 0, 0, uint64(block.timestamp + 1 hours));
    }

    function _send(Permit memory permit, bytes memory signature) private {
        registry.permitRights(
            permit.accountId, permit.operator, permit.rights, permit.rightsExpiry, permit.deadline, signature
        );
    }

    function _refuse(Permit memory permit, bytes memory signature) private {
        vm.expectPartialRevert(IVaultRegistry.InvalidPermit.selector);
        // A wallet that burns its gas gets only what this call has.
        registry.permitRights{ gas: 2_000_000 }(
            permit.accountId, permit.operator, permit.rights, permit.rightsExpiry, permit.deadline, signature
        );
    }

    function _sign(Permit memory permit, uint256 key, uint256 chainId, address verifier)
        private
        pure
        returns (bytes memory)
    {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Bulkhead Registry"),
                keccak256("1"),
                chainId,
                verifier
            )
        );
        bytes32 typeHash = keccak256(
            "SetRights(bytes32 accountId,address operator,uint256 rights,uint64 rightsExpiry,uint256 nonce,uint64 deadline)"
        );
        bytes32 structHash = keccak256(
            abi.encode(
                typeHash,
                permit.accountId,
                permit.operator,
                permit.rights,
                permit.rightsExpiry,
                permit.nonce,
                permit.deadline
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, keccak256(abi.encodePacked(hex"1901", domain, structHash)));
        return abi.encodePacked(r, s, v);
    }
}
