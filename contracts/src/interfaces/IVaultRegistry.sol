// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A vault's identity and choices.
/// @param accountId the account, the same on every chain.
/// @param bucket which of the account's vaults this is.
/// @param venue the one contract that may hold obligations for it; zero: none (a venue's own escrow account).
/// @param member for the clearing house: the member that speaks for it; zero otherwise.
struct Vault {
    bytes32 accountId;
    uint32 bucket;
    address venue;
    bytes32 memberId;
}

/// @title Accounts, vaults, members and rights
/// @notice Who owns what, and who may do what in whose name. Holds no money.
interface IVaultRegistry {
    event AccountRegistered(bytes32 indexed accountId, address indexed owner, bytes ownerKey, bytes32 salt);
    event VaultOpened(
        bytes32 indexed vaultId,
        bytes32 indexed accountId,
        uint32 bucket,
        address indexed venue,
        bytes32 memberId,
        address escrow
    );
    event VenueChanged(bytes32 indexed vaultId, address indexed venue, bytes32 memberId);
    /// @param expiry seconds; the first second in which the rights no longer count; 0: never.
    event RightsSet(bytes32 indexed accountId, address indexed operator, uint256 rights, uint64 expiry);
    /// @param generation how often the owner has done so.
    event AllRightsRevoked(bytes32 indexed accountId, uint32 generation);
    event MemberAdmitted(bytes32 indexed memberId, address indexed operator, string name);

    error UnknownAccount(bytes32 accountId);
    error UnknownVault(bytes32 vaultId);
    error UnknownMember(bytes32 memberId);
    error NotAuthorised(bytes32 accountId, address caller, uint256 rightsNeeded);
    /// @dev The owner key is neither an EOA key (ERC-7930 without chain reference) nor a contract of this very chain.
    error UnsupportedOwnerKey(bytes ownerKey);
    /// @dev The caller (or signer) is not the owner that the key names.
    error NotTheOwner(address expected, address caller);
    error VaultAlreadyOpen(bytes32 vaultId);
    error VaultNotFlat(bytes32 vaultId);
    /// @dev It leaves its margin group first: all vaults of a group trust one venue.
    error VaultGrouped(bytes32 vaultId);
    error NotAdmin(address caller);
    error MemberAlreadyAdmitted(bytes32 memberId);
    /// @dev A bit that names no right.
    error UnknownRights(uint256 rights);
    error PermitExpired(bytes32 accountId, uint64 deadline);
    /// @dev The owner did not sign this: other words, another chain or registry, or a nonce other than the account's next.
    error InvalidPermit(bytes32 accountId, uint256 nonce);

    /* ACCOUNTS */

    /// @notice Registers an account; idempotent. accountId = keccak256(abi.encode(ownerKey, salt)).
    /// @param ownerKey canonical ERC-7930 bytes: an EOA without chain reference (caller must be that EOA itself, as the transaction's
    /// sender: never a contract at the same address), or a contract with this chain's reference (caller must be that contract).
    function ensureAccount(bytes calldata ownerKey, bytes32 salt) external returns (bytes32 accountId);

    /// @notice The same for an EOA, by its EIP-712 signature over `EnsureAccount(bytes ownerKey,bytes32 salt)`, domain {"Bulkhead Registry", "1"}
    /// without chain id: an account is the same everywhere.
    function ensureAccountBySignature(bytes calldata ownerKey, bytes32 salt, bytes calldata signature)
        external
        returns (bytes32 accountId);

    /* VAULTS */

    /// @notice Opens a vault. Caller: the account's owner. Costs no escrow deployment: the address is known beforehand.
    /// @return vaultId keccak256(abi.encode(accountId, bucket)), which is also the CREATE2 salt of its escrow.
    function openVault(bytes32 accountId, uint32 bucket, address venue, bytes32 memberId)
        external
        returns (bytes32 vaultId);

    /// @notice Opens many vaults with consecutive buckets.
    function openVaults(bytes32 accountId, uint32 firstBucket, uint32 count, address venue, bytes32 memberId)
        external
        returns (bytes32[] memory vaultIds);

    /// @notice Moves a flat vault to another venue or member.
    function changeVenue(bytes32 vaultId, address venue, bytes32 memberId) external;

    /* RIGHTS: bitfields, never all-or-nothing */

    /// @notice Lets `operator` do what `rights` name until the owner says otherwise; replaces what it had. Caller: the owner. Zero: nothing.
    /// UnknownAccount, NotAuthorised, UnknownRights.
    /// @dev Rights hold for every vault of the account on this chain. A permit that was signed and not yet used is not touched: see revokeAll.
    function setRights(bytes32 accountId, address operator, uint256 rights) external;

    /// @notice The same, for a time.
    /// @param rightsExpiry seconds; the first second in which the rights no longer count; 0: never.
    function setRightsUntil(bytes32 accountId, address operator, uint256 rights, uint64 rightsExpiry) external;

    /// @notice The same, by the owner's signature; anyone may send it. Owner with code: ERC-1271, otherwise ECDSA.
    /// EIP-712 `SetRights(bytes32 accountId,address operator,uint256 rights,uint64 rightsExpiry,uint256 nonce,uint64 deadline)`, domain
    /// {"Bulkhead Registry", "1", chainId, this contract}: good on one chain only. UnknownAccount, PermitExpired, InvalidPermit, UnknownRights.
    /// @param deadline seconds; the last second in which the permit may be used.
    function permitRights(
        bytes32 accountId,
        address operator,
        uint256 rights,
        uint64 rightsExpiry,
        uint64 deadline,
        bytes calldata signature
    ) external;

    /// @notice Takes back everything that was ever granted on this chain, and every permit not yet used. Caller: the owner. UnknownAccount, NotAuthorised.
    function revokeAll(bytes32 accountId) external;

    /// @notice The nonce that the account's next permit must carry.
    function permitNonceOf(bytes32 accountId) external view returns (uint256);

    /// @notice True when `caller` owns the account or holds every right in `rights`.
    function hasRights(bytes32 accountId, address caller, uint256 rights) external view returns (bool);
    /// @notice What counts now: neither expired nor taken back.
    function rightsOf(bytes32 accountId, address operator) external view returns (uint256);

    /* MEMBERS */

    /// @notice Admits a member protocol. Caller: the admin. memberId = keccak256(bytes(name)).
    function admitMember(string calldata name, address operator) external returns (bytes32 memberId);
    function memberOperator(bytes32 memberId) external view returns (address);

    /* VIEWS */

    function ownerOf(bytes32 accountId) external view returns (address);
    function vaultOf(bytes32 vaultId) external view returns (Vault memory);
    function isOpen(bytes32 vaultId) external view returns (bool);
    /// @notice The vault's venue, zero when it has none. Reverts UnknownVault.
    function venueOf(bytes32 vaultId) external view returns (address venue);
    /// @notice True when `caller` owns the vault's account or holds every right in `rights` (zero: the owner only). Never true for the
    /// vault's own venue where `rights` has WITHDRAW, whatever it was granted, unless it owns the vault. Reverts UnknownVault.
    function mayActOn(bytes32 vaultId, address caller, uint256 rights) external view returns (bool);
    function vaultIdOf(bytes32 accountId, uint32 bucket) external pure returns (bytes32);
    function accountIdOf(bytes calldata ownerKey, bytes32 salt) external pure returns (bytes32);
    function admin() external view returns (address);
}
