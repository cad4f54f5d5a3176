// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IMarginGroups, MarginMode } from "../interfaces/IMarginGroups.sol";
import { IVaultRegistry, Vault } from "../interfaces/IVaultRegistry.sol";
import { IVenue } from "../interfaces/IVenue.sol";
import { Modules } from "../interfaces/Modules.sol";
import { Erc7930 } from "../libraries/Erc7930.sol";
import { Ids } from "../libraries/Ids.sol";
import { Rights } from "../libraries/Rights.sol";
import { Clones } from "@openzeppelin/contracts/proxy/Clones.sol";
import { ECDSA } from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import { SignatureChecker } from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import { SafeCastLib } from "solady/utils/SafeCastLib.sol";

/// @title Accounts, vaults, members and rights
/// @dev A vault is one storage word, which names its owner: accounts, and pairs of venue and member, go by running number inside it. So a further
/// vault costs one new slot, and most checks read one.
/// - No account ever changes hands: the owner is copied where it is read, never updated.
contract VaultRegistry is IVaultRegistry {
    using SafeCastLib for uint256;

    /// @dev Exactly one word, so that a check of rights reads the generation with the owner.
    /// @param number from 1.
    /// @param generation how often everything granted was taken back at once.
    /// @param nonce of the next permit.
    struct Account {
        address owner;
        uint32 number;
        uint32 generation;
        uint32 nonce;
    }

    /// @dev Exactly one word. The owner is never zero for an open vault.
    struct PackedVault {
        address owner;
        uint32 bucket;
        uint32 accountNumber;
        uint32 choiceNumber;
    }

    /// @dev What many vaults share: whom they chose.
    struct Choice {
        address venue;
        bytes32 memberId;
    }

    /// @dev One word. It counts while its generation is the account's.
    /// @param expiry seconds; the first second in which it no longer counts; 0: never.
    struct Grant {
        uint160 rights;
        uint64 expiry;
        uint32 generation;
    }

    struct Member {
        address operator;
        bool admitted;
    }

    bytes32 private constant DOMAIN_TYPEHASH = keccak256("EIP712Domain(string name,string version)");
    bytes32 private constant ENSURE_TYPEHASH = keccak256("EnsureAccount(bytes ownerKey,bytes32 salt)");
    bytes32 private constant PERMIT_DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant SET_RIGHTS_TYPEHASH = keccak256(
        "SetRights(bytes32 accountId,address operator,uint256 rights,uint64 rightsExpiry,uint256 nonce,uint64 deadline)"
    );

    /// @inheritdoc IVaultRegistry
    address public immutable admin;
    address private immutable MARGIN_ENGINE;
    IMarginGroups private immutable GROUPS;
    address private immutable ESCROW_IMPLEMENTATION;
    bytes32 private immutable DOMAIN_SEPARATOR;

    mapping(bytes32 accountId => Account) private _accounts;
    mapping(uint256 accountNumber => bytes32 accountId) private _accountIds;
    mapping(bytes32 vaultId => PackedVault) private _vaults;
    mapping(uint256 accountNumber => mapping(address operator => Grant)) private _grants;
    mapping(bytes32 memberId => Member) private _members;
    mapping(uint256 choiceNumber => Choice) private _choices;
    mapping(address venue => mapping(bytes32 memberId => uint256 choiceNumber)) private _choiceNumbers;
    uint256 private _accountCount;
    uint256 private _choiceCount;

    /// @param modules whose admin admits members, and whose margin engine creates the escrow implementation as its first contract.
    constructor(Modules memory modules) {
        admin = modules.admin;
        MARGIN_ENGINE = address(modules.marginEngine);
        GROUPS = modules.groups;
        ESCROW_IMPLEMENTATION = _firstContractOf(MARGIN_ENGINE);
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
        uint32 number = _requireOwner(accountId);
        PackedVault memory vault = PackedVault(msg.sender, bucket, number, _choiceNumber(venue, memberId));
        return _open(accountId, vault, venue, memberId);
    }

    /// @inheritdoc IVaultRegistry
    function openVaults(bytes32 accountId, uint32 firstBucket, uint32 count, address venue, bytes32 memberId)
        external
        returns (bytes32[] memory vaultIds)
    {
        uint32 number = _requireOwner(accountId);
        PackedVault memory vault = PackedVault(msg.sender, firstBucket, number, _choiceNumber(venue, memberId));
        vaultIds = new bytes32[](count);
        for (uint32 i = 0; i < count; ++i) {
            vault.bucket = firstBucket + i;
            vaultIds[i] = _open(accountId, vault, venue, memberId);
        }
    }

    /// @inheritdoc IVaultRegistry
    function changeVenue(bytes32 vaultId, address venue, bytes32 memberId) external {
        PackedVault memory vault = _requireOpen(vaultId);
        if (vault.owner != msg.sender) {
            revert NotAuthorised(_accountIds[vault.accountNumber], msg.sender, type(uint256).max);
        }
        (MarginMode mode,) = GROUPS.groupOf(vaultId);
        if (mode != MarginMode.Segregated) revert VaultGrouped(vaultId); // SEG-2
        address old = _choices[vault.choiceNumber].venue;
        // An address without code holds no obligations: an owner who named one by mistake is not stuck with it.
        if (old.code.length != 0 && !IVenue(old).isFlat(vaultId)) revert VaultNotFlat(vaultId);

        _vaults[vaultId].choiceNumber = _choiceNumber(venue, memberId);
        emit VenueChanged(vaultId, venue, memberId);
    }

    /* RIGHTS */

    /// @inheritdoc IVaultRegistry
    function setRights(bytes32 accountId, address operator, uint256 rights) external {
        _grant(accountId, _requireOwner(accountId), operator, rights, 0);
    }

    /// @inheritdoc IVaultRegistry
    function setRightsUntil(bytes32 accountId, address operator, uint256 rights, uint64 rightsExpiry) external {
        _grant(accountId, _requireOwner(accountId), operator, rights, rightsExpiry);
    }

    /// @inheritdoc IVaultRegistry
    function permitRights(
        bytes32 accountId,
        address operator,
        uint256 rights,
        uint64 rightsExpiry,
        uint64 deadline,
        bytes calldata signature
    ) external {
        Account memory account = _accounts[accountId];
        if (account.number == 0) revert UnknownAccount(accountId);
        if (block.timestamp > deadline) revert PermitExpired(accountId, deadline);
        uint256 nonce = _accounts[accountId].nonce++; // MRG-2: each signature once
        bytes32 structHash =
            keccak256(abi.encode(SET_RIGHTS_TYPEHASH, accountId, operator, rights, rightsExpiry, nonce, deadline));
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", _permitDomain(), structHash));
        // An owner with code (a wallet, or an EOA that delegates to one) speaks by ERC-1271.
        if (!SignatureChecker.isValidSignatureNowCalldata(account.owner, digest, signature)) {
            revert InvalidPermit(accountId, nonce); // MRG-2
        }
        _grant(accountId, account.number, operator, rights, rightsExpiry);
    }

    /// @inheritdoc IVaultRegistry
    function revokeAll(bytes32 accountId) external {
        _requireOwner(accountId);
        Account storage account = _accounts[accountId];
        uint32 generation = ++account.generation;
        ++account.nonce;
        emit AllRightsRevoked(accountId, generation);
    }

    /// @inheritdoc IVaultRegistry
    function hasRights(bytes32 accountId, address caller, uint256 rights) external view returns (bool) {
        Account memory account = _accounts[accountId];
        if (account.number == 0) return false;
        return account.owner == caller || _holds(account, caller, rights);
    }

    /// @inheritdoc IVaultRegistry
    function rightsOf(bytes32 accountId, address operator) external view returns (uint256) {
        return _rightsOf(_accounts[accountId], operator);
    }

    /// @inheritdoc IVaultRegistry
    function permitNonceOf(bytes32 accountId) external view returns (uint256) {
        return _accounts[accountId].nonce;
    }

    /* MEMBERS */

    /// @inheritdoc IVaultRegistry
    function admitMember(string calldata name, address operator) external returns (bytes32 memberId) {
        if (msg.sender != admin) revert NotAdmin(msg.sender);
        memberId = keccak256(bytes(name));
        if (_members[memberId].admitted) revert MemberAlreadyAdmitted(memberId);
        _members[memberId] = Member(operator, true);
        emit MemberAdmitted(memberId, operator, name);
    }

    /// @inheritdoc IVaultRegistry
    function memberOperator(bytes32 memberId) external view returns (address) {
        return _members[memberId].operator;
    }

    /* VIEWS */

    /// @inheritdoc IVaultRegistry
    function ownerOf(bytes32 accountId) external view returns (address) {
        return _accounts[accountId].owner;
    }

    /// @inheritdoc IVaultRegistry
    function vaultOf(bytes32 vaultId) external view returns (Vault memory) {
        PackedVault memory vault = _requireOpen(vaultId);
        Choice memory choice = _choices[vault.choiceNumber];
        return Vault({
            accountId: _accountIds[vault.accountNumber],
            bucket: vault.bucket,
            venue: choice.venue,
            memberId: choice.memberId
        });
    }

    /// @inheritdoc IVaultRegistry
    function isOpen(bytes32 vaultId) external view returns (bool) {
        return _vaults[vaultId].owner != address(0);
    }

    /// @inheritdoc IVaultRegistry
    function venueOf(bytes32 vaultId) external view returns (address venue) {
        return _choices[_requireOpen(vaultId).choiceNumber].venue;
    }

    /// @inheritdoc IVaultRegistry
    function mayActOn(bytes32 vaultId, address caller, uint256 rights) external view returns (bool) {
        PackedVault memory vault = _requireOpen(vaultId);
        if (vault.owner == caller) return true;
        // Whatever the owner granted it: a venue takes no assets out of a vault whose obligations it holds.
        if (rights & Rights.WITHDRAW != 0 && _choices[vault.choiceNumber].venue == caller) return false; // SEG-3
        return _holds(_accounts[_accountIds[vault.accountNumber]], caller, rights);
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
        if (_accounts[accountId].number != 0) return accountId;
        uint32 number = (++_accountCount).toUint32();
        _accounts[accountId] = Account(owner, number, 0, 0);
        _accountIds[number] = accountId;
        emit AccountRegistered(accountId, owner, ownerKey, salt);
    }

    function _open(bytes32 accountId, PackedVault memory vault, address venue, bytes32 memberId)
        private
        returns (bytes32 vaultId)
    {
        vaultId = Ids.vaultId(accountId, vault.bucket);
        if (_vaults[vaultId].owner != address(0)) revert VaultAlreadyOpen(vaultId);
        _vaults[vaultId] = vault;
        address escrow = Clones.predictDeterministicAddress(ESCROW_IMPLEMENTATION, vaultId, MARGIN_ENGINE);
        emit VaultOpened(vaultId, accountId, vault.bucket, venue, memberId, escrow);
    }

    /// @dev The first vault of a pair of venue and member gives it its number.
    function _choiceNumber(address venue, bytes32 memberId) private returns (uint32) {
        uint256 number = _choiceNumbers[venue][memberId];
        if (number == 0) {
            if (memberId != 0 && !_members[memberId].admitted) revert UnknownMember(memberId);
            number = ++_choiceCount;
            _choiceNumbers[venue][memberId] = number;
            _choices[number] = Choice(venue, memberId);
        }
        return number.toUint32();
    }

    function _requireOwner(bytes32 accountId) private view returns (uint32 number) {
        Account memory account = _accounts[accountId];
        if (account.number == 0) revert UnknownAccount(accountId);
        if (account.owner != msg.sender) revert NotAuthorised(accountId, msg.sender, type(uint256).max);
        return account.number;
    }

    function _requireOpen(bytes32 vaultId) private view returns (PackedVault memory vault) {
        vault = _vaults[vaultId];
        if (vault.owner == address(0)) revert UnknownVault(vaultId);
    }

    function _grant(bytes32 accountId, uint256 accountNumber, address operator, uint256 rights, uint64 rightsExpiry)
        private
    {
        if (rights & ~Rights.ALL != 0) revert UnknownRights(rights);
        uint32 generation = _accounts[accountId].generation;
        // Narrowing loses nothing: every known right is below bit 160.
        _grants[accountNumber][operator] = Grant(uint160(rights), rightsExpiry, generation);
        emit RightsSet(accountId, operator, rights, rightsExpiry);
    }

    /// @dev No right asked for is no right held: only the owner passes.
    function _holds(Account memory account, address caller, uint256 rights) private view returns (bool) {
        return rights != 0 && _rightsOf(account, caller) & rights == rights;
    }

    function _rightsOf(Account memory account, address operator) private view returns (uint256) {
        Grant memory grant = _grants[account.number][operator];
        if (grant.rights == 0 || (grant.expiry != 0 && block.timestamp >= grant.expiry)) return 0; // MRG-2
        return grant.generation == account.generation ? grant.rights : 0; // MRG-2
    }

    /// @dev Not kept: a chain that splits has two ids, and a permit is good on one of them.
    function _permitDomain() private view returns (bytes32) {
        return keccak256(
            abi.encode(
                PERMIT_DOMAIN_TYPEHASH, keccak256("Bulkhead Registry"), keccak256("1"), block.chainid, address(this)
            )
        );
    }

    /// @dev CREATE address of nonce 1: keccak256(rlp([creator, 1])).
    function _firstContractOf(address creator) private pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"d694", creator, hex"01")))));
    }
}
