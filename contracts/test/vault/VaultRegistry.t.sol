// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IVaultRegistry, Vault } from "../../src/interfaces/IVaultRegistry.sol";
import { Rights } from "../../src/libraries/Rights.sol";
import { MarginFixture } from "../support/MarginFixture.sol";
import { TestVenue } from "../support/TestVenue.sol";

/// @notice Registers itself from inside its own constructor, where it has no code yet.
contract ConstructorRegistrar {
    constructor(IVaultRegistry registry, bytes memory ownerKey) {
        registry.ensureAccount(ownerKey, 0);
    }
}

contract VaultRegistryTest is MarginFixture {
    /* ACCOUNTS */

    function test_AnEoaRegistersItselfUnderTheSameIdOnEveryChain() public {
        bytes32 accountId = _register(stranger);
        assertEq(accountId, keccak256(abi.encode(_ownerKey(stranger), bytes32(0))));
        assertEq(registry.ownerOf(accountId), stranger);
        vm.chainId(10);
        assertEq(registry.accountIdOf(_ownerKey(stranger), 0), accountId);
        assertEq(_register(stranger), accountId, "idempotent");
    }

    function test_SaltsSeparateAccountsOfOneOwner() public {
        vm.startPrank(stranger, stranger);
        bytes32 first = registry.ensureAccount(_ownerKey(stranger), bytes32(uint256(1)));
        bytes32 second = registry.ensureAccount(_ownerKey(stranger), bytes32(uint256(2)));
        vm.stopPrank();
        assertNotEq(first, second);
    }

    function test_AContractAtAnEoasAddressIsRefused() public {
        // It is the caller, but not the sender of the transaction.
        vm.expectRevert(abi.encodeWithSelector(IVaultRegistry.NotTheOwner.selector, stranger, stranger));
        vm.prank(stranger, alice);
        registry.ensureAccount(_ownerKey(stranger), 0);
    }

    function test_AContractInItsConstructorCannotPassForAnEoa() public {
        address predicted = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        vm.expectRevert(abi.encodeWithSelector(IVaultRegistry.NotTheOwner.selector, predicted, predicted));
        new ConstructorRegistrar(registry, _ownerKey(predicted));
    }

    function test_AContractRegistersUnderTheKeyOfItsChain() public {
        address predicted = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        new ConstructorRegistrar(registry, _contractKey(predicted));
        assertEq(registry.ownerOf(registry.accountIdOf(_contractKey(predicted), 0)), predicted);
    }

    function test_NobodyRegistersForAnother() public {
        vm.expectRevert(abi.encodeWithSelector(IVaultRegistry.NotTheOwner.selector, stranger, alice));
        vm.prank(alice, alice);
        registry.ensureAccount(_ownerKey(stranger), 0);
    }

    function test_AContractOfAnotherChainIsRefused() public {
        bytes memory key = abi.encodePacked(hex"000100000101", uint8(20), stranger);
        _refuseKey(key);
    }

    function test_BR5_NonCanonicalOwnerKeysAreRefused() public {
        bytes20 owner = bytes20(stranger);
        _refuseKey(""); // empty
        _refuseKey(abi.encodePacked(hex"0001000000", uint8(20), owner, hex"00")); // trailing byte
        _refuseKey(abi.encodePacked(hex"0001000000", uint8(20), bytes19(owner))); // one short
        _refuseKey(abi.encodePacked(hex"0001000000", uint8(19), owner)); // wrong address length
        _refuseKey(abi.encodePacked(hex"0001000000", uint8(21), owner)); // wrong address length
        _refuseKey(abi.encodePacked(hex"0002000000", uint8(20), owner)); // other version
        _refuseKey(abi.encodePacked(hex"0001000200", uint8(20), owner)); // other chain type
        _refuseKey(abi.encodePacked(hex"0001000003007a69", uint8(20), owner)); // leading zero in the chain id
        _refuseKey(abi.encodePacked(hex"000100000100", uint8(20), owner)); // chain zero, spelt out
        _refuseKey(abi.encodePacked(hex"0001000000", uint8(20), bytes20(0))); // nobody
        _refuseKey(abi.encodePacked(hex"00010000ff7a69", uint8(20), owner)); // length past the end
    }

    function testFuzz_BR5_OnlyTheCanonicalBytesPass(bytes calldata key) public {
        vm.assume(keccak256(key) != keccak256(_ownerKey(stranger)));
        vm.prank(stranger, stranger);
        try registry.ensureAccount(key, 0) {
            assertEq(keccak256(key), keccak256(_contractKey(stranger)), "a second spelling of one owner");
        } catch { }
    }

    function test_ASignatureRegistersAnEoaOnAnyChain() public {
        (address owner, uint256 key) = makeAddrAndKey("signing owner");
        bytes memory signature = _signEnsure(key, _ownerKey(owner), bytes32(uint256(7)));
        vm.chainId(8453);
        vm.prank(stranger);
        bytes32 accountId = registry.ensureAccountBySignature(_ownerKey(owner), bytes32(uint256(7)), signature);
        assertEq(registry.ownerOf(accountId), owner);
    }

    function test_ASignatureForAnotherSaltOrByAnotherKeyIsRefused() public {
        (address owner, uint256 key) = makeAddrAndKey("signing owner");
        (, uint256 otherKey) = makeAddrAndKey("other");
        bytes memory signature = _signEnsure(key, _ownerKey(owner), 0);
        vm.expectPartialRevert(IVaultRegistry.NotTheOwner.selector);
        registry.ensureAccountBySignature(_ownerKey(owner), bytes32(uint256(1)), signature);

        signature = _signEnsure(otherKey, _ownerKey(owner), 0);
        vm.expectPartialRevert(IVaultRegistry.NotTheOwner.selector);
        registry.ensureAccountBySignature(_ownerKey(owner), 0, signature);

        vm.expectPartialRevert(IVaultRegistry.NotTheOwner.selector);
        registry.ensureAccountBySignature(_ownerKey(owner), 0, hex"");
    }

    function test_AContractKeyIsNeverRegisteredBySignature() public {
        (address owner, uint256 key) = makeAddrAndKey("signing owner");
        bytes memory signature = _signEnsure(key, _contractKey(owner), 0);
        vm.expectPartialRevert(IVaultRegistry.UnsupportedOwnerKey.selector);
        registry.ensureAccountBySignature(_contractKey(owner), 0, signature);
    }

    /* VAULTS */

    function test_AVaultIsWhatItsOwnerOpened() public {
        vm.prank(admin);
        bytes32 memberId = registry.admitMember("alpha", stranger);
        bytes32 accountId = _register(alice);
        vm.prank(alice);
        bytes32 vaultId = registry.openVault(accountId, 9, address(venue), memberId);

        Vault memory vault = registry.vaultOf(vaultId);
        assertEq(vaultId, keccak256(abi.encode(accountId, uint32(9))));
        assertEq(vaultId, registry.vaultIdOf(accountId, 9));
        assertEq(vault.accountId, accountId);
        assertEq(vault.bucket, 9);
        assertEq(vault.venue, address(venue));
        assertEq(vault.memberId, memberId);
        assertEq(registry.venueOf(vaultId), address(venue));
    }

    function test_TheEventNamesTheEscrowThatTheEngineWillDeploy() public {
        bytes32 accountId = _register(alice);
        bytes32 vaultId = registry.vaultIdOf(accountId, 3);
        vm.expectEmit();
        emit IVaultRegistry.VaultOpened(vaultId, accountId, 3, address(venue), 0, engine.escrowOf(vaultId));
        vm.prank(alice);
        registry.openVault(accountId, 3, address(venue), 0);
    }

    function test_ManyVaultsOpenAtOnce() public {
        bytes32 accountId = _register(stranger);
        vm.prank(stranger);
        bytes32[] memory ids = registry.openVaults(accountId, 5, 3, address(venue), 0);
        for (uint32 i = 0; i < 3; ++i) {
            assertEq(ids[i], registry.vaultIdOf(accountId, 5 + i));
            assertTrue(registry.isOpen(ids[i]));
        }
    }

    function test_OnlyTheOwnerOpensAndOnlyOnce() public {
        bytes32 accountId = _register(alice);
        vm.expectPartialRevert(IVaultRegistry.NotAuthorised.selector);
        vm.prank(bob);
        registry.openVault(accountId, 1, address(venue), 0);

        vm.expectPartialRevert(IVaultRegistry.VaultAlreadyOpen.selector);
        vm.prank(alice);
        registry.openVault(accountId, 0, address(venue), 0);

        vm.expectPartialRevert(IVaultRegistry.UnknownAccount.selector);
        registry.openVault(keccak256("nobody"), 0, address(venue), 0);

        vm.expectPartialRevert(IVaultRegistry.UnknownMember.selector);
        vm.prank(alice);
        registry.openVault(accountId, 1, address(venue), keccak256("no member"));
    }

    function test_AFlatVaultChangesVenueAndAnotherDoesNot() public {
        TestVenue other = _newVenue();
        _margin(aliceVault, 0, 0, 0);
        vm.expectPartialRevert(IVaultRegistry.VaultNotFlat.selector);
        vm.prank(alice);
        registry.changeVenue(aliceVault, address(other), 0);

        venue.set(aliceVault, TestVenue.State({ value: 0, im: 0, mm: 0, owed: 0, position: false, due: true }));
        vm.expectPartialRevert(IVaultRegistry.VaultNotFlat.selector);
        vm.prank(alice);
        registry.changeVenue(aliceVault, address(other), 0);

        _clear(aliceVault);
        vm.expectPartialRevert(IVaultRegistry.NotAuthorised.selector);
        vm.prank(bob);
        registry.changeVenue(aliceVault, address(other), 0);

        vm.prank(alice);
        registry.changeVenue(aliceVault, address(other), 0);
        assertEq(registry.venueOf(aliceVault), address(other));
    }

    function test_AVenueWithoutCodeDoesNotHoldAVault() public {
        bytes32 vaultId = _openVault(alice, 1, stranger, 0);
        vm.prank(alice);
        registry.changeVenue(vaultId, address(venue), 0);
        assertEq(registry.venueOf(vaultId), address(venue));
    }

    /* RIGHTS AND MEMBERS */

    function test_MRG2_RightsAreHeldBitByBit() public {
        bytes32 accountId = _register(alice);
        vm.prank(alice);
        registry.setRights(accountId, bob, Rights.TRADE | Rights.DEPOSIT);

        assertTrue(registry.hasRights(accountId, bob, Rights.TRADE));
        assertTrue(registry.hasRights(accountId, bob, Rights.TRADE | Rights.DEPOSIT));
        assertFalse(registry.hasRights(accountId, bob, Rights.TRADE | Rights.WITHDRAW));
        assertFalse(registry.hasRights(accountId, bob, 0), "no right asked for is none held");
        assertTrue(registry.hasRights(accountId, alice, Rights.WITHDRAW));
        assertFalse(registry.hasRights(keccak256("nobody"), address(0), Rights.TRADE));

        assertTrue(registry.mayActOn(aliceVault, bob, Rights.TRADE));
        assertFalse(registry.mayActOn(aliceVault, bob, Rights.WITHDRAW));
        assertFalse(registry.mayActOn(aliceVault, bob, 0));
        assertTrue(registry.mayActOn(aliceVault, alice, 0));

        vm.prank(alice);
        registry.setRights(accountId, bob, 0);
        assertFalse(registry.hasRights(accountId, bob, Rights.TRADE));
        vm.expectPartialRevert(IVaultRegistry.NotAuthorised.selector);
        vm.prank(bob);
        registry.setRights(accountId, bob, Rights.WITHDRAW);
    }

    function test_OnlyTheAdminAdmitsMembersOnce() public {
        vm.expectPartialRevert(IVaultRegistry.NotAdmin.selector);
        registry.admitMember("alpha", stranger);
        vm.startPrank(admin);
        bytes32 memberId = registry.admitMember("alpha", stranger);
        assertEq(memberId, keccak256("alpha"));
        assertEq(registry.memberOperator(memberId), stranger);
        vm.expectPartialRevert(IVaultRegistry.MemberAlreadyAdmitted.selector);
        registry.admitMember("alpha", bob);
        vm.stopPrank();
    }

    function test_UnknownVaultsAreSaidToBeUnknown() public {
        bytes32 nowhere = keccak256("nowhere");
        assertFalse(registry.isOpen(nowhere));
        vm.expectPartialRevert(IVaultRegistry.UnknownVault.selector);
        registry.vaultOf(nowhere);
        vm.expectPartialRevert(IVaultRegistry.UnknownVault.selector);
        registry.venueOf(nowhere);
        vm.expectPartialRevert(IVaultRegistry.UnknownVault.selector);
        registry.mayActOn(nowhere, alice, Rights.TRADE);
    }

    /* HELPERS */

    function _refuseKey(bytes memory key) private {
        vm.expectRevert(abi.encodeWithSelector(IVaultRegistry.UnsupportedOwnerKey.selector, key));
        vm.prank(stranger, stranger);
        registry.ensureAccount(key, 0);
    }

    function _signEnsure(uint256 key, bytes memory ownerKey, bytes32 salt) private pure returns (bytes memory) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version)"), keccak256("Bulkhead Registry"), keccak256("1")
            )
        );
        bytes32 structHash =
            keccak256(abi.encode(keccak256("EnsureAccount(bytes ownerKey,bytes32 salt)"), keccak256(ownerKey), salt));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, keccak256(abi.encodePacked(hex"1901", domain, structHash)));
        return abi.encodePacked(r, s, v);
    }
}
