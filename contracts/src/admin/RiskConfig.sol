// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IClearingHouse } from "../interfaces/IClearingHouse.sol";
import { IMarginEngine } from "../interfaces/IMarginEngine.sol";
import { IRiskConfig, ParameterPush, ParameterSet } from "../interfaces/IRiskConfig.sol";
import { Modules } from "../interfaces/Modules.sol";
import { RampedParameters } from "../interfaces/RampedParameters.sol";
import { ParameterKeys } from "../libraries/ParameterKeys.sol";
import { ParameterRamp } from "../libraries/ParameterRamp.sol";
import { SignerSet } from "../libraries/SignerSet.sol";
import { EIP712 } from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import { FixedPointMathLib } from "solady/utils/FixedPointMathLib.sol";

/// @title Risk parameters: tightening ramps, loosening waits (RISK §7)
/// @dev What is in force lives where margin reads it, with the margin engine and the clearing house: this contract decides what may be set there, and keeps
/// the record. Listing a collateral or an instrument is its first set, so that nothing is ever held under a key without one.
/// What is assumed of signers: fewer than M of them lie. What they can do together if not: tighten every key by one step a day. They can loosen
/// nothing and move nothing, and the admin names others.
contract RiskConfig is IRiskConfig, EIP712 {
    bytes32 private constant PUSH_TYPEHASH = keccak256(
        "Push(bytes32 key,uint64 initialWad,uint64 maintenanceWad,bytes32 inputsHash,bytes32 modelVersion,uint64 nonce,uint64 expiry,uint64 epoch)"
    );
    uint256 private constant WAD = 1e18;
    uint256 private constant MAX_LIFETIME = 1 hours;
    /// @inheritdoc IRiskConfig
    uint64 public constant RAMP = uint64(ParameterRamp.RAMP);

    IMarginEngine private immutable MARGIN_ENGINE;
    IClearingHouse private immutable CLEARING_HOUSE;
    address private immutable ADMIN;
    /// @inheritdoc IRiskConfig
    uint256 public immutable maxStep;

    /// @inheritdoc IRiskConfig
    uint64 public epoch;
    /// @inheritdoc IRiskConfig
    uint256 public threshold;
    address[] private _signers;
    mapping(address signer => bool) private _isSigner;
    mapping(bytes32 key => ParameterSet[]) private _sets;
    /// @inheritdoc IRiskConfig
    mapping(bytes32 key => uint64) public nextPushOf;

    /// @param modules whose margin engine and clearing house read what is set here (ADM-5). @param signers_ strictly increasing. @param threshold_ M: at least two and more than half. @param maxStepWad what one push may add, 0 < step < 1e18.
    constructor(Modules memory modules, address[] memory signers_, uint256 threshold_, uint256 maxStepWad)
        EIP712("Bulkhead Risk", "1")
    {
        if (maxStepWad == 0 || maxStepWad >= WAD) revert BadStep(maxStepWad); // ADM-3
        (ADMIN, maxStep) = (modules.admin, maxStepWad);
        (MARGIN_ENGINE, CLEARING_HOUSE) = (modules.marginEngine, IClearingHouse(modules.clearingHouse));
        _setSigners(signers_, threshold_);
    }

    /// @inheritdoc IRiskConfig
    function push(ParameterPush calldata given) external {
        bytes32 key = given.key;
        if (given.epoch != epoch) revert WrongEpoch(given.epoch, epoch); // BR-4
        if (given.nonce != _sets[key].length) revert WrongNonce(key, given.nonce, uint64(_sets[key].length));
        if (given.expiry <= block.timestamp || given.expiry > block.timestamp + MAX_LIFETIME) {
            revert BadExpiry(key, given.expiry);
        }
        if (block.timestamp < nextPushOf[key]) revert PushTooSoon(key, nextPushOf[key]); // ADM-3
        _requireTightening(given);
        if (!SignerSet.signed(_isSigner, threshold, digest(given), given.signatures)) revert PushNotSigned(key); // BR-4

        nextPushOf[key] = uint64(block.timestamp) + RAMP; // ADM-3
        _append(key, given.initialWad, given.maintenanceWad, given.inputsHash, given.modelVersion);
    }

    /// @inheritdoc IRiskConfig
    function set(bytes32 key, uint64 initialWad, uint64 maintenanceWad, bytes32 inputsHash, bytes32 modelVersion)
        external
    {
        if (msg.sender != ADMIN) revert NotAdmin(msg.sender); // ADM-1
        _append(key, initialWad, maintenanceWad, inputsHash, modelVersion);
    }

    /// @inheritdoc IRiskConfig
    function setSigners(address[] calldata signers_, uint256 threshold_) external {
        if (msg.sender != ADMIN) revert NotAdmin(msg.sender); // ADM-1
        for (uint256 i = 0; i < _signers.length; ++i) {
            _isSigner[_signers[i]] = false; // BR-4
        }
        _setSigners(signers_, threshold_);
    }

    /* VIEWS */

    /// @inheritdoc IRiskConfig
    function effectiveOf(bytes32 key) external view returns (uint256 initialWad, uint256 maintenanceWad) {
        RampedParameters memory stored = _inForce(key);
        maintenanceWad = ParameterRamp.valueAt(
            stored.maintenanceFromWad, stored.maintenanceWad, stored.rampStart, block.timestamp
        );
        return (stored.initialWad, maintenanceWad);
    }

    /// @inheritdoc IRiskConfig
    function setOf(bytes32 key, uint256 number) external view returns (ParameterSet memory) {
        if (number >= _sets[key].length) revert UnknownKey(key);
        return _sets[key][number];
    }

    /// @inheritdoc IRiskConfig
    function countOf(bytes32 key) external view returns (uint256) {
        return _sets[key].length;
    }

    /// @inheritdoc IRiskConfig
    function collateralKey(address token) external pure returns (bytes32) {
        return ParameterKeys.ofCollateral(token);
    }

    /// @inheritdoc IRiskConfig
    function instrumentKey(uint32 instrument) external pure returns (bytes32) {
        return ParameterKeys.ofInstrument(instrument);
    }

    /// @inheritdoc IRiskConfig
    function digest(ParameterPush calldata given) public view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    PUSH_TYPEHASH,
                    given.key,
                    given.initialWad,
                    given.maintenanceWad,
                    given.inputsHash,
                    given.modelVersion,
                    given.nonce,
                    given.expiry,
                    given.epoch
                )
            )
        );
    }

    /// @inheritdoc IRiskConfig
    function signers() external view returns (address[] memory) {
        return _signers;
    }

    /* INTERNAL */

    /// @dev No ramp runs where a push is taken: the newest set is what is in force.
    function _requireTightening(ParameterPush calldata given) private view {
        RampedParameters memory current = _inForce(given.key);
        if (given.initialWad < current.initialWad || given.maintenanceWad < current.maintenanceWad) {
            revert PushLoosens(given.key); // ADM-1
        }
        uint256 step = FixedPointMathLib.max(
            given.initialWad - current.initialWad, given.maintenanceWad - current.maintenanceWad
        );
        if (step == 0) revert PushChangesNothing(given.key);
        if (step > maxStep) revert StepTooLarge(given.key, step, maxStep); // ADM-3
    }

    function _append(bytes32 key, uint64 initialWad, uint64 maintenanceWad, bytes32 inputsHash, bytes32 modelVersion)
        private
    {
        uint64 from = _apply(key, initialWad, maintenanceWad);
        uint64 time = uint64(block.timestamp);
        // Ramps that signers start never overlap one that the admin started.
        if (from != maintenanceWad) nextPushOf[key] = time + RAMP; // ADM-3
        _sets[key].push(ParameterSet(initialWad, maintenanceWad, from, time, inputsHash, modelVersion));
        emit SetAppended(key, _sets[key].length - 1, initialWad, maintenanceWad, from, inputsHash, modelVersion);
    }

    /// @dev The two that read parameters ramp them, and refuse what is out of bounds (MRG-7, MRG-8). @return what maintenance ramps from.
    function _apply(bytes32 key, uint64 initialWad, uint64 maintenanceWad) private returns (uint64) {
        (bool isCollateral, address token) = ParameterKeys.asCollateral(key);
        if (isCollateral) return MARGIN_ENGINE.setHaircuts(token, initialWad, maintenanceWad);
        (bool isInstrument, uint32 instrument) = ParameterKeys.asInstrument(key);
        if (isInstrument) return CLEARING_HOUSE.setRates(instrument, initialWad, maintenanceWad);
        revert UnknownKey(key);
    }

    function _inForce(bytes32 key) private view returns (RampedParameters memory) {
        (bool isCollateral, address token) = ParameterKeys.asCollateral(key);
        if (isCollateral) return MARGIN_ENGINE.haircutsOf(token);
        (bool isInstrument, uint32 instrument) = ParameterKeys.asInstrument(key);
        if (isInstrument) return CLEARING_HOUSE.ratesOf(instrument);
        revert UnknownKey(key);
    }

    function _setSigners(address[] memory signers_, uint256 threshold_) private {
        if (!SignerSet.isSound(signers_, threshold_)) revert BadSignerSet(); // BR-4
        for (uint256 i = 0; i < signers_.length; ++i) {
            _isSigner[signers_[i]] = true;
        }
        (_signers, threshold) = (signers_, threshold_);
        emit SignersChanged(++epoch, signers_, threshold_);
    }
}
