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
    event RightsSet(bytes32 indexed accountId, address indexed operator, uint256 rights);
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
    error NotAdmin(address caller);
    error MemberAlreadyAdmitted(bytes32 memberId);

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

    function setRights(bytes32 accountId, address operator, uint256 rights) external;

    /// @notice True when `caller` owns the account or holds every right in `rights`.
    function hasRights(bytes32 accountId, address caller, uint256 rights) external view returns (bool);
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
    /// @notice True when `caller` owns the vault's account or holds every right in `rights` (zero: the owner only). Reverts UnknownVault.
    function mayActOn(bytes32 vaultId, address caller, uint256 rights) external view returns (bool);
    function vaultIdOf(bytes32 accountId, uint32 bucket) external pure returns (bytes32);
    function accountIdOf(bytes calldata ownerKey, bytes32 salt) external pure returns (bytes32);
    function admin() external view returns (address);
}
