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

/// @title Attested requirements of groups in portfolio mode (RISK §4)
interface IPortfolioRequirements {
    /// @notice Verifies and stores attestations. Anyone. One no newer than the stored one for the same group and positions is skipped.
    function attest(Attestation[] calldata attestations) external returns (uint256 accepted);

    /// @notice What the group must have now. Quote decimals; crossIm and crossMm are its requirements in cross mode, gross its gross notional.
    function requirementOf(
        bytes32 group,
        bytes32 positionsHash,
        uint256 crossIm,
        uint256 crossMm,
        uint256 gross,
        bool riskIncrease
    ) external view returns (uint256 im, uint256 mm);
}
