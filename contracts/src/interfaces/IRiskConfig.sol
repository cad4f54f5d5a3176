// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What M of N signers push for one key.
/// @param key of a collateral or an instrument (collateralKey, instrumentKey). @param initialWad @param maintenanceWad haircuts or rates, maintenance ≤ initial; neither below
/// the newest. @param inputsHash of everything that the model read. @param modelVersion of the model, a short string.
/// @param nonce number of sets that the key has since its listing: a push is for exactly the set that it follows. @param expiry seconds; at most an hour ahead.
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
/// @notice What changes the haircuts of a collateral or the rates of an instrument of the clearing house, where more is tighter. The margin engine and the
/// clearing house hold what is in force, and take it from here alone; here is the record, an append-only list of sets for each key. Listing sets the first
/// numbers, which are not in the list. Quote and options have no parameters: NotCollateral, NoRates. M of N signers may only tighten, by a bounded step, once a day; the admin, which is the timelock, may also loosen. What maintenance needs moves to a tighter value
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
    /// @dev At construction: no step at all, or one that is no bound.
    error BadStep(uint256 maxStepWad);
    /// @dev No collateral and no instrument can have this key.
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

    /// @notice Appends a tighter set. Anyone may send what M of N signed. Reverts BadHaircut or BadRates out of the bounds that listing has.
    function push(ParameterPush calldata given) external;

    /// @notice Appends any set within the bounds that listing has. Loosening jumps, tightening of maintenance ramps as with a push. Caller: the admin.
    function set(bytes32 key, uint64 initialWad, uint64 maintenanceWad, bytes32 inputsHash, bytes32 modelVersion)
        external;

    /// @notice Replaces the signers. Pushes that the old ones signed are void. Caller: the admin.
    function setSigners(address[] calldata signers_, uint256 threshold_) external;

    /// @notice What counts now, as margin reads it. Reverts UnknownKey, NotCollateral, UnknownInstrument or NoRates.
    /// @return initialWad of the newest set: for everything that raises risk. @return maintenanceWad on its way to that of the newest set.
    function effectiveOf(bytes32 key) external view returns (uint256 initialWad, uint256 maintenanceWad);

    /// @notice A set by its number, the first after the listing being 0. Reverts UnknownKey.
    function setOf(bytes32 key, uint256 number) external view returns (ParameterSet memory);

    /// @notice How many sets the key has: the nonce of its next push.
    function countOf(bytes32 key) external view returns (uint256);

    /// @notice From when the key may be pushed again, seconds.
    function nextPushOf(bytes32 key) external view returns (uint64);

    /// @notice Key of the haircuts of a collateral: 1 in the highest byte, the address in the lowest twenty.
    function collateralKey(address token) external pure returns (bytes32);

    /// @notice Key of the rates of an instrument of the clearing house: 2 in the highest byte, the number in the lowest four.
    function instrumentKey(uint32 instrument) external pure returns (bytes32);

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
