// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What M of N signers push for one key.
/// @param key of a collateral or an instrument. @param initialWad @param maintenanceWad haircuts or rates, maintenance ≤ initial < 1e18; neither below
/// what the newest set has. @param inputsHash of everything that the model read. @param modelVersion of the model, a short string.
/// @param nonce number of sets that the key has: a push is for exactly the set that it follows. @param expiry seconds; at most an hour ahead.
/// @param epoch of the signer set. @param signatures 65 bytes each, signer addresses strictly increasing.
struct ParameterPush {
    bytes32 key;
    uint64 initialWad;
    uint64 maintenanceWad;
    bytes32 inputsHash;
    bytes32 modelVersion;
    uint64 nonce;
    uint64 expiry;
    uint64 epoch;
    bytes[] signatures;
}

/// @notice One set of a key, as appended.
/// @param initialWad in force at once. @param maintenanceWad in force a day after `time`. @param maintenanceFromWad in force at `time`.
/// @param time seconds. @param inputsHash @param modelVersion why it is what it is.
struct ParameterSet {
    uint64 initialWad;
    uint64 maintenanceWad;
    uint64 maintenanceFromWad;
    uint64 time;
    bytes32 inputsHash;
    bytes32 modelVersion;
}

/// @title Risk parameters: tightening ramps, loosening waits (RISK §7)
/// @notice Under each key an append-only list of sets: the haircuts of a collateral or the rates of an instrument, where more is tighter. M of N signers
/// may only tighten, by a bounded step, once a day; the admin, which is the timelock, may also loosen. What maintenance needs moves to a tighter value
/// in a straight line over 24 hours, so that nobody's MM changes in the block of a push (MRG-7); what is needed to take risk changes at once. EIP-712
/// `Push(bytes32 key,uint64 initialWad,uint64 maintenanceWad,bytes32 inputsHash,bytes32 modelVersion,uint64 nonce,uint64 expiry,uint64 epoch)` in the
/// domain {name "Bulkhead Risk", version "1", chainId, verifyingContract}.
interface IRiskConfig {
    event SetAppended(
        bytes32 indexed key,
        uint256 indexed number,
        uint64 initialWad,
        uint64 maintenanceWad,
        uint64 maintenanceFromWad,
        bytes32 inputsHash,
        bytes32 modelVersion
    );
    event SignersChanged(uint64 epoch, address[] signers, uint256 threshold);

    error NotAdmin(address caller);
    /// @dev Fewer than M signatures, a signer outside the set, or signers not strictly increasing (BR-4).
    error PushNotSigned(bytes32 key);
    /// @dev A set not strictly increasing and non-zero, or a threshold below two or not above half (BR-4).
    error BadSignerSet();
    error WrongEpoch(uint64 given, uint64 current);
    /// @dev Maintenance above initial (MRG-8), or not below one.
    error BadParameters(bytes32 key, uint64 initialWad, uint64 maintenanceWad);
    /// @dev At construction: no step at all, or one that is no bound.
    error BadStep(uint256 maxStepWad);
    /// @dev Nothing was ever set under this key. The admin sets the first.
    error UnknownKey(bytes32 key);
    error WrongNonce(bytes32 key, uint64 given, uint64 expected);
    /// @dev Expired, or good for longer than an hour.
    error BadExpiry(bytes32 key, uint64 expiry);
    /// @dev Only the admin loosens (ADM-1).
    error PushLoosens(bytes32 key);
    error PushChangesNothing(bytes32 key);
    error StepTooLarge(bytes32 key, uint256 stepWad, uint256 maxStepWad);
    /// @dev One push a day, and none while maintenance is still moving.
    error PushTooSoon(bytes32 key, uint64 from);

    /// @notice Appends a tighter set under a key that has one. Anyone may send what M of N signed.
    function push(ParameterPush calldata given) external;

    /// @notice Appends any set, the first of a key too. Loosening jumps, tightening of maintenance ramps as with a push. Caller: the admin.
    function set(bytes32 key, uint64 initialWad, uint64 maintenanceWad, bytes32 inputsHash, bytes32 modelVersion)
        external;

    /// @notice Replaces the signers. Pushes that the old ones signed are void. Caller: the admin.
    function setSigners(address[] calldata signers_, uint256 threshold_) external;

    /// @notice What counts now. Reverts UnknownKey.
    /// @return initialWad of the newest set: for everything that raises risk. @return maintenanceWad on its way to that of the newest set.
    function effectiveOf(bytes32 key) external view returns (uint256 initialWad, uint256 maintenanceWad);

    /// @notice A set by its number, the first being 0.
    function setOf(bytes32 key, uint256 number) external view returns (ParameterSet memory);

    /// @notice How many sets the key has: the nonce of its next push.
    function countOf(bytes32 key) external view returns (uint256);

    /// @notice From when the key may be pushed again, seconds.
    function nextPushOf(bytes32 key) external view returns (uint64);

    /// @notice Key of the haircuts of a collateral.
    function collateralKey(address token) external pure returns (bytes32);

    /// @notice Key of the rates of an instrument of a venue.
    function instrumentKey(address venue, uint32 instrument) external pure returns (bytes32);

    /// @notice EIP-712 digest of a push.
    function digest(ParameterPush calldata given) external view returns (bytes32);

    /// @notice By how much one push may raise either number, WAD.
    function maxStep() external view returns (uint256);

    /// @notice How long maintenance takes to a tighter value, and the least time between two pushes of a key, seconds.
    function RAMP() external view returns (uint64);
    function signers() external view returns (address[] memory);
    function threshold() external view returns (uint256);
    function epoch() external view returns (uint64);
}
