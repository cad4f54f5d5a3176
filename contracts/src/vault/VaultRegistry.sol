// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IVaultRegistry, Vault } from "../interfaces/IVaultRegistry.sol";
import { IVenue } from "../interfaces/IVenue.sol";
import { Erc7930 } from "../libraries/Erc7930.sol";
import { Ids } from "../libraries/Ids.sol";
import { Clones } from "@openzeppelin/contracts/proxy/Clones.sol";
import { ECDSA } from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import { SafeCastLib } from "solady/utils/SafeCastLib.sol";

/// @title Accounts, vaults, members and rights
/// @dev A vault is one storage word: accounts and members go by running number inside it, so that a further vault costs one new slot.
/// - No account ever changes hands: the owner is copied where it is read, never updated.
contract VaultRegistry is IVaultRegistry {
    using SafeCastLib for uint256;

    /// @dev Key of `_accountOf`: who owns it, and its running number from 1.
    struct AccountRef {
        address owner;
        uint40 number;
    }

    /// @dev Looked up by number, from a vault.
    struct Account {
        bytes32 id;
        address owner;
    }

    /// @dev Exactly one word. accountNumber is never zero for an open vault.
    struct PackedVault {
        address venue;
        uint32 bucket;
        uint40 accountNumber;
        uint24 memberNumber;
    }

    struct Member {
        bytes32 id;
        address operator;
    }

    bytes32 private constant DOMAIN_TYPEHASH = keccak256("EIP712Domain(string name,string version)");
    bytes32 private constant ENSURE_TYPEHASH = keccak256("EnsureAccount(bytes ownerKey,bytes32 salt)");

    /// @inheritdoc IVaultRegistry
    address public immutable admin;
    address private immutable MARGIN_ENGINE;
    address private immutable ESCROW_IMPLEMENTATION;
    bytes32 private immutable DOMAIN_SEPARATOR;

    mapping(bytes32 accountId => AccountRef) private _accountOf;
    mapping(uint256 number => Account) private _accounts;
    mapping(bytes32 vaultId => PackedVault) private _vaults;
    mapping(uint256 accountNumber => mapping(address operator => uint256 rights)) private _rights;
    mapping(bytes32 memberId => uint256 number) private _memberNumberOf;
    mapping(uint256 number => Member) private _members;
    uint256 private _accountCount;
    uint256 private _memberCount;

    /// @param admin_ admits members. @param marginEngine its predicted address: it creates the escrow implementation as its first contract.
    constructor(address admin_, address marginEngine) {
        admin = admin_;
        MARGIN_ENGINE = marginEngine;
        ESCROW_IMPLEMENTATION = _firstContractOf(marginEngine);
        DOMAIN_SEPARATOR = keccak256(abi.encode(DOMAIN_TYPEHASH, keccak256("Bulkhead Registry"), keccak256("1")));
    }

    /* ACCOUNTS */

    /// @inheritdoc IVaultRegistry
    function ensureAccount(bytes calldata ownerKey, bytes32 salt) external returns (bytes32 accountId) {
        (bool ok, uint256 chainId, address owner) = Erc7930.parse(ownerKey);
        if (!ok || (chainId != 0 && chainId != block.chainid)) revert UnsupportedOwnerKey(ownerKey); // BR-5
        // A key without a chain names an EOA. A contract can sit at that address here and belong to somebody else: only the sender of the
        // transaction is an EOA for certain (a contract has no code yet in its own constructor).
        bool callerIsOwner = chainId == 0 ? msg.sender == owner && tx.origin == owner : msg.sender == owner;
        if (!callerIsOwner) revert NotTheOwner(owner, msg.sender);
        return _ensure(ownerKey, salt, owner);
    }

    /// @inheritdoc IVaultRegistry
    function ensureAccountBySignature(bytes calldata ownerKey, bytes32 salt, bytes calldata signature)
        external
        returns (bytes32 accountId)
    {
        (bool ok, uint256 chainId, address owner) = Erc7930.parse(ownerKey);
        if (!ok || chainId != 0) revert UnsupportedOwnerKey(ownerKey); // BR-5
        bytes32 structHash = keccak256(abi.encode(ENSURE_TYPEHASH, keccak256(ownerKey), salt));
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", DOMAIN_SEPARATOR, structHash));
        (address signer,,) = ECDSA.tryRecoverCalldata(digest, signature);
        if (signer != owner) revert NotTheOwner(owner, signer); // owner is never zero
        return _ensure(ownerKey, salt, owner);
    }

    /* VAULTS */

    /// @inheritdoc IVaultRegistry
    function openVault(bytes32 accountId, uint32 bucket, address venue, bytes32 memberId)
        external
        returns (bytes32 vaultId)
    {
        uint40 number = _requireOwner(accountId);
        return _open(accountId, number, bucket, venue, memberId, _memberNumber(memberId));
    }

    /// @inheritdoc IVaultRegistry
    function openVaults(bytes32 accountId, uint32 firstBucket, uint32 count, address venue, bytes32 memberId)
        external
        returns (bytes32[] memory vaultIds)
    {
        uint40 number = _requireOwner(accountId);
        uint24 memberNumber = _memberNumber(memberId);
        vaultIds = new bytes32[](count);
        for (uint32 i = 0; i < count; ++i) {
            vaultIds[i] = _open(accountId, number, firstBucket + i, venue, memberId, memberNumber);
        }
    }

    /// @inheritdoc IVaultRegistry
    function changeVenue(bytes32 vaultId, address venue, bytes32 memberId) external {
        PackedVault storage vault = _vaults[vaultId];
        uint40 number = vault.accountNumber;
        if (number == 0) revert UnknownVault(vaultId);
        Account storage account = _accounts[number];
        if (account.owner != msg.sender) revert NotAuthorised(account.id, msg.sender, type(uint256).max);
        address old = vault.venue;
        // An address without code holds no obligations: an owner who named one by mistake is not stuck with it.
        if (old.code.length != 0 && !IVenue(old).isFlat(vaultId)) revert VaultNotFlat(vaultId);

        vault.memberNumber = _memberNumber(memberId);
        vault.venue = venue;
        emit VenueChanged(vaultId, venue, memberId);
    }

    /* RIGHTS */

    /// @inheritdoc IVaultRegistry
    function setRights(bytes32 accountId, address operator, uint256 rights) external {
        uint40 number = _requireOwner(accountId);
        _rights[number][operator] = rights;
        emit RightsSet(accountId, operator, rights);
    }

    /// @inheritdoc IVaultRegistry
    function hasRights(bytes32 accountId, address caller, uint256 rights) external view returns (bool) {
        AccountRef memory account = _accountOf[accountId];
        if (account.number == 0) return false;
        return account.owner == caller || _holds(account.number, caller, rights);
    }

    /// @inheritdoc IVaultRegistry
    function rightsOf(bytes32 accountId, address operator) external view returns (uint256) {
        return _rights[_accountOf[accountId].number][operator];
    }

    /* MEMBERS */

    /// @inheritdoc IVaultRegistry
    function admitMember(string calldata name, address operator) external returns (bytes32 memberId) {
        if (msg.sender != admin) revert NotAdmin(msg.sender);
        memberId = keccak256(bytes(name));
        if (_memberNumberOf[memberId] != 0) revert MemberAlreadyAdmitted(memberId);
        uint256 number = ++_memberCount;
        _memberNumberOf[memberId] = number;
        _members[number] = Member(memberId, operator);
        emit MemberAdmitted(memberId, operator, name);
    }

    /// @inheritdoc IVaultRegistry
    function memberOperator(bytes32 memberId) external view returns (address) {
        return _members[_memberNumberOf[memberId]].operator;
    }

    /* VIEWS */

    /// @inheritdoc IVaultRegistry
    function ownerOf(bytes32 accountId) external view returns (address) {
        return _accountOf[accountId].owner;
    }

    /// @inheritdoc IVaultRegistry
    function vaultOf(bytes32 vaultId) external view returns (Vault memory) {
        PackedVault memory vault = _requireOpen(vaultId);
        return Vault({
            accountId: _accounts[vault.accountNumber].id,
            bucket: vault.bucket,
            venue: vault.venue,
            memberId: vault.memberNumber == 0 ? bytes32(0) : _members[vault.memberNumber].id
        });
    }

    /// @inheritdoc IVaultRegistry
    function isOpen(bytes32 vaultId) external view returns (bool) {
        return _vaults[vaultId].accountNumber != 0;
    }

    /// @inheritdoc IVaultRegistry
    function venueOf(bytes32 vaultId) external view returns (address venue) {
        return _requireOpen(vaultId).venue;
    }

    /// @inheritdoc IVaultRegistry
    function accessOf(bytes32 vaultId, address caller, uint256 rights)
        external
        view
        returns (address venue, bool allowed)
    {
        PackedVault memory vault = _requireOpen(vaultId);
        venue = vault.venue;
        allowed = _accounts[vault.accountNumber].owner == caller || _holds(vault.accountNumber, caller, rights);
    }

    /// @inheritdoc IVaultRegistry
    function vaultIdOf(bytes32 accountId, uint32 bucket) external pure returns (bytes32) {
        return Ids.vaultId(accountId, bucket);
    }

    /// @inheritdoc IVaultRegistry
    function accountIdOf(bytes calldata ownerKey, bytes32 salt) external pure returns (bytes32) {
        return Ids.accountId(ownerKey, salt);
    }

    /* INTERNAL */

    function _ensure(bytes calldata ownerKey, bytes32 salt, address owner) private returns (bytes32 accountId) {
        accountId = Ids.accountId(ownerKey, salt);
        if (_accountOf[accountId].number != 0) return accountId;
        uint256 number = ++_accountCount;
        _accountOf[accountId] = AccountRef(owner, number.toUint40());
        _accounts[number] = Account(accountId, owner);
        emit AccountRegistered(accountId, owner, ownerKey, salt);
    }

    function _open(
        bytes32 accountId,
        uint40 accountNumber,
        uint32 bucket,
        address venue,
        bytes32 memberId,
        uint24 memberNumber
    ) private returns (bytes32 vaultId) {
        vaultId = Ids.vaultId(accountId, bucket);
        if (_vaults[vaultId].accountNumber != 0) revert VaultAlreadyOpen(vaultId);
        _vaults[vaultId] = PackedVault(venue, bucket, accountNumber, memberNumber);
        address escrow = Clones.predictDeterministicAddress(ESCROW_IMPLEMENTATION, vaultId, MARGIN_ENGINE);
        emit VaultOpened(vaultId, accountId, bucket, venue, memberId, escrow);
    }

    function _requireOwner(bytes32 accountId) private view returns (uint40 number) {
        AccountRef memory account = _accountOf[accountId];
        if (account.number == 0) revert UnknownAccount(accountId);
        if (account.owner != msg.sender) revert NotAuthorised(accountId, msg.sender, type(uint256).max);
        return account.number;
    }

    function _requireOpen(bytes32 vaultId) private view returns (PackedVault memory vault) {
        vault = _vaults[vaultId];
        if (vault.accountNumber == 0) revert UnknownVault(vaultId);
    }

    function _memberNumber(bytes32 memberId) private view returns (uint24) {
        if (memberId == 0) return 0;
        uint256 number = _memberNumberOf[memberId];
        if (number == 0) revert UnknownMember(memberId);
        return number.toUint24();
    }

    /// @dev No right asked for is no right held: only the owner passes.
    function _holds(uint256 accountNumber, address caller, uint256 rights) private view returns (bool) {
        return rights != 0 && _rights[accountNumber][caller] & rights == rights;
    }

    /// @dev CREATE address of nonce 1: keccak256(rlp([creator, 1])).
    function _firstContractOf(address creator) private pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"d694", creator, hex"01")))));
    }
}
