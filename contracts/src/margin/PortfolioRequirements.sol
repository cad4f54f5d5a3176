// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Attestation, AttestedRequirement, IPortfolioRequirements } from "../interfaces/IPortfolioRequirements.sol";
import { Modules } from "../interfaces/Modules.sol";
import { RequirementMath } from "../libraries/RequirementMath.sol";
import { SignerSet } from "../libraries/SignerSet.sol";
import { EIP712 } from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import { FixedPointMathLib } from "solady/utils/FixedPointMathLib.sol";
import { SafeCastLib } from "solady/utils/SafeCastLib.sol";

/// @title Attested requirements of groups in portfolio mode (RISK §4)
/// @dev What is assumed of attesters: fewer than M of them lie. What they can do together if not: hold a requirement at the floor, or as high as they
/// like until the attestation expires. They can move nothing.
contract PortfolioRequirements is IPortfolioRequirements, EIP712 {
    using SafeCastLib for uint256;

    bytes32 private constant REQUIREMENT_TYPEHASH = keccak256(
        "Requirement(bytes32 group,bytes32 positionsHash,uint128 im,uint128 mm,uint64 priceTime,uint64 expiry,uint64 epoch)"
    );
    bytes32 private constant OTHER_POSITIONS = keccak256("other positions");
    uint256 private constant WAD = 1e18;
    /// @dev No attestation counts longer than this after the prices that it was computed from.
    uint256 private constant MAX_LIFETIME = 1 hours;
    uint256 private constant MAX_CLOCK_LEAD = 2 seconds;

    address private immutable ADMIN;
    address private immutable LIQUIDATION_ENGINE;
    uint256 private immutable FLOOR_INITIAL_WAD;
    uint256 private immutable FLOOR_MAINTENANCE_WAD;

    /// @inheritdoc IPortfolioRequirements
    uint64 public epoch;
    /// @inheritdoc IPortfolioRequirements
    uint256 public threshold;
    address[] private _attesters;
    mapping(address attester => bool) private _isAttester;
    mapping(bytes32 group => mapping(bytes32 positionsHash => AttestedRequirement)) private _attested;
    /// @dev The positions of the group's newest attestation.
    mapping(bytes32 group => bytes32 positionsHash) private _newest;

    /// @param attesters_ strictly increasing. @param threshold_ M: at least two and more than half. @param floorInitialWad @param floorMaintenanceWad
    /// share of the gross notional, maintenance ≤ initial < 1e18, neither zero.
    constructor(
        Modules memory modules,
        address[] memory attesters_,
        uint256 threshold_,
        uint256 floorInitialWad,
        uint256 floorMaintenanceWad
    ) EIP712("Bulkhead Requirement", "1") {
        bool sane = floorMaintenanceWad != 0 && floorMaintenanceWad <= floorInitialWad && floorInitialWad < WAD;
        if (!sane) revert BadFloor(floorInitialWad, floorMaintenanceWad); // MRG-8
        (ADMIN, LIQUIDATION_ENGINE) = (modules.admin, address(modules.liquidationEngine));
        (FLOOR_INITIAL_WAD, FLOOR_MAINTENANCE_WAD) = (floorInitialWad, floorMaintenanceWad);
        _setAttesters(attesters_, threshold_);
    }

    /// @inheritdoc IPortfolioRequirements
    function attest(Attestation[] calldata attestations) external returns (uint256 accepted) {
        for (uint256 i = 0; i < attestations.length; ++i) {
            if (_attest(attestations[i])) ++accepted;
        }
    }

    /// @inheritdoc IPortfolioRequirements
    function setAttesters(address[] calldata attesters_, uint256 threshold_) external {
        if (msg.sender != ADMIN) revert NotAdmin(msg.sender); // ADM-1
        for (uint256 i = 0; i < _attesters.length; ++i) {
            _isAttester[_attesters[i]] = false; // BR-4
        }
        _setAttesters(attesters_, threshold_);
    }

    /// @inheritdoc IPortfolioRequirements
    function onBid(bytes32 group, bytes32 before, bytes32 after_, uint256 fractionWad) external {
        if (msg.sender != LIQUIDATION_ENGINE) revert NotTheLiquidationEngine(msg.sender);
        (AttestedRequirement memory counting, bool here) = countingFor(group, before);
        if (counting.priceTime == 0 || after_ == 0) return;
        // What was signed for other positions goes on bounding from below, and is for none that can be held.
        bytes32 positions = here ? after_ : keccak256(abi.encode(OTHER_POSITIONS, after_)); // MRG-9
        counting.im = RequirementMath.rest(counting.im, fractionWad).toUint128();
        counting.mm = RequirementMath.rest(counting.mm, fractionWad).toUint128();
        _attested[group][positions] = counting;
        _newest[group] = positions;
        emit Rescaled(group, positions, counting.im, counting.mm);
    }

    /* VIEWS */

    /// @inheritdoc IPortfolioRequirements
    function requirementOf(
        bytes32 group,
        bytes32 positionsHash,
        uint256 crossIm,
        uint256 crossMm,
        uint256 gross,
        bool riskIncrease
    ) external view returns (uint256 im, uint256 mm) {
        (AttestedRequirement memory attested, bool here) = countingFor(group, positionsHash);
        bool expired = block.timestamp >= attested.expiry;
        if (riskIncrease && expired && attested.priceTime != 0) revert AttestationLapsed(group, attested.expiry); // MRG-9
        (im, mm) = (attested.im, attested.mm);
        if (!here) {
            (im, mm) = (FixedPointMathLib.max(im, crossIm), FixedPointMathLib.max(mm, crossMm)); // MRG-9
        } else if (expired) {
            im = FixedPointMathLib.max(im, crossIm); // MRG-9
            mm = RequirementMath.lapsed(mm, crossMm, block.timestamp - attested.expiry); // MRG-9
        }
        im = FixedPointMathLib.max(im, RequirementMath.floorOf(gross, FLOOR_INITIAL_WAD));
        mm = FixedPointMathLib.max(mm, RequirementMath.floorOf(gross, FLOOR_MAINTENANCE_WAD));
        im = FixedPointMathLib.max(im, mm); // MRG-8
    }

    /// @inheritdoc IPortfolioRequirements
    function countingFor(bytes32 group, bytes32 positionsHash)
        public
        view
        returns (AttestedRequirement memory attested, bool here)
    {
        attested = _attested[group][positionsHash];
        here = attested.priceTime != 0;
        if (!here) attested = _attested[group][_newest[group]];
    }

    /// @inheritdoc IPortfolioRequirements
    function digest(Attestation calldata attestation) public view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    REQUIREMENT_TYPEHASH,
                    attestation.group,
                    attestation.positionsHash,
                    attestation.im,
                    attestation.mm,
                    attestation.priceTime,
                    attestation.expiry,
                    attestation.epoch
                )
            )
        );
    }

    /// @inheritdoc IPortfolioRequirements
    function floors() external view returns (uint256 initialWad, uint256 maintenanceWad) {
        return (FLOOR_INITIAL_WAD, FLOOR_MAINTENANCE_WAD);
    }

    /// @inheritdoc IPortfolioRequirements
    function attesters() external view returns (address[] memory) {
        return _attesters;
    }

    /* INTERNAL */

    function _attest(Attestation calldata given) private returns (bool) {
        AttestedRequirement storage stored = _attested[given.group][given.positionsHash];
        if (given.priceTime <= stored.priceTime) return false;
        if (given.epoch != epoch) revert WrongEpoch(given.epoch, epoch); // BR-4
        bool sane = given.mm <= given.im // MRG-8
            && given.expiry > block.timestamp && given.expiry > given.priceTime
            && given.expiry - given.priceTime <= MAX_LIFETIME && given.priceTime <= block.timestamp + MAX_CLOCK_LEAD
            && given.positionsHash != 0; // a flat book needs nothing
        if (!sane) revert BadAttestation(given.group);
        if (!SignerSet.signed(_isAttester, threshold, digest(given), given.signatures)) {
            revert BadSignatures(given.group); // BR-4
        }
        _attested[given.group][given.positionsHash] =
            AttestedRequirement(given.im, given.mm, given.priceTime, given.expiry);
        uint64 newest = _attested[given.group][_newest[given.group]].priceTime;
        if (given.priceTime >= newest) _newest[given.group] = given.positionsHash;
        emit Attested(given.group, given.positionsHash, given.im, given.mm, given.priceTime, given.expiry);
        return true;
    }

    function _setAttesters(address[] memory attesters_, uint256 threshold_) private {
        if (!SignerSet.isSound(attesters_, threshold_)) revert BadSignerSet(); // BR-4
        for (uint256 i = 0; i < attesters_.length; ++i) {
            _isAttester[attesters_[i]] = true;
        }
        (_attesters, threshold) = (attesters_, threshold_);
        emit AttestersChanged(++epoch, attesters_, threshold_);
    }
}
