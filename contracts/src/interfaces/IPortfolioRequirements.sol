// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A requirement that M of N attesters signed for one group holding exactly these positions.
/// @param group its lead vault. @param positionsHash as the venue gives it. @param im @param mm quote decimals, mm ≤ im.
/// @param priceTime time of the newest price that it was computed from, seconds: newest wins. @param expiry seconds; from then on it only ramps.
/// @param epoch of the attester set. @param signatures 65 bytes each, signer addresses strictly increasing.
struct Attestation {
    bytes32 group;
    bytes32 positionsHash;
    uint128 im;
    uint128 mm;
    uint64 priceTime;
    uint64 expiry;
    uint64 epoch;
    bytes[] signatures;
}

/// @notice An attestation as stored. `priceTime` zero: none.
struct AttestedRequirement {
    uint128 im;
    uint128 mm;
    uint64 priceTime;
    uint64 expiry;
}

/// @title Attested requirements of groups in portfolio mode (RISK §4)
/// @notice M of N attesters sign what a portfolio scan requires of one group holding exactly these positions; EIP-712
/// `Requirement(bytes32 group,bytes32 positionsHash,uint128 im,uint128 mm,uint64 priceTime,uint64 expiry,uint64 epoch)` in the domain
/// {name "Bulkhead Requirement", version "1", chainId, verifyingContract}. Whatever they sign, a floor on the gross notional holds.
interface IPortfolioRequirements {
    event Attested(
        bytes32 indexed group, bytes32 indexed positionsHash, uint256 im, uint256 mm, uint64 priceTime, uint64 expiry
    );
    /// @dev A bid took its fraction: the rest stands for the positions that are left, or, where it was signed for others than those held, for none: it goes
    /// on bounding the requirement from below under a hash of its own.
    event Rescaled(bytes32 indexed group, bytes32 indexed positionsHash, uint256 im, uint256 mm);
    event AttestersChanged(uint64 epoch, address[] attesters, uint256 threshold);

    error NotAdmin(address caller);
    error NotTheLiquidationEngine(address caller);
    /// @dev Fewer than M signatures, a signer outside the set, or signers not strictly increasing (BR-4).
    error BadSignatures(bytes32 group);
    /// @dev A set not strictly increasing and non-zero, or a threshold below two or not above half (BR-4).
    error BadSignerSet();
    error BadFloor(uint256 initialWad, uint256 maintenanceWad);
    error WrongEpoch(uint64 given, uint64 current);
    /// @dev im < mm (MRG-8), expired, from the future, or longer than the lifetime allowed.
    error BadAttestation(bytes32 group);
    /// @dev MRG-9: nothing that raises risk until a new one is posted.
    error AttestationLapsed(bytes32 group, uint64 expiry);

    /// @notice Verifies and stores attestations. Anyone. One no newer than the stored one for the same group and positions is skipped.
    function attest(Attestation[] calldata attestations) external returns (uint256 accepted);

    /// @notice Replaces the attesters. Caller: the admin. What they signed stays until it expires.
    function setAttesters(address[] calldata attesters_, uint256 threshold_) external;

    /// @notice A bid took `fractionWad` of the group, whose positions were `before` and are `after_`: what was attested is left for the rest. Caller: the
    /// liquidation engine.
    function onBid(bytes32 group, bytes32 before, bytes32 after_, uint256 fractionWad) external;

    /// @notice What the group must have now. Quote decimals; crossIm and crossMm are its requirements in cross mode, gross its gross notional.
    /// An attestation for exactly these positions counts, never below the floor; once expired its IM is never below crossIm, and its MM moves to
    /// max(crossMm, attested) over six hours. For other positions: the largest of cross, floor and the newest attested for the group, so that a trade of
    /// dust is no way out of a requirement (MRG-9).
    /// @param riskIncrease whether to revert AttestationLapsed.
    function requirementOf(
        bytes32 group,
        bytes32 positionsHash,
        uint256 crossIm,
        uint256 crossMm,
        uint256 gross,
        bool riskIncrease
    ) external view returns (uint256 im, uint256 mm);

    /// @notice The stored attestation that counts for these positions: their own, or else the newest of the group.
    /// @return attested `priceTime` zero: none.
    /// @return here whether it is their own.
    function countingFor(bytes32 group, bytes32 positionsHash)
        external
        view
        returns (AttestedRequirement memory attested, bool here);

    /// @notice EIP-712 digest of an attestation.
    function digest(Attestation calldata attestation) external view returns (bytes32);
    /// @notice Share of the gross notional below which no requirement goes, WAD.
    function floors() external view returns (uint256 initialWad, uint256 maintenanceWad);
    function attesters() external view returns (address[] memory);
    function threshold() external view returns (uint256);
    function epoch() external view returns (uint64);
}
