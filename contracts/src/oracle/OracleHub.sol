// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { FeedState, IOracleHub, PriceReport, PriceUse } from "../interfaces/IOracleHub.sol";
import { Modules } from "../interfaces/Modules.sol";
import { ECDSA } from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import { SafeCastLib } from "solady/utils/SafeCastLib.sol";

/// @title Signed prices, posted by anyone
/// @dev The signer set is fixed here: epoch 1 is the only one. Rotation comes with the timelock that may do it.
contract OracleHub is IOracleHub {
    using SafeCastLib for uint256;

    /// @dev The newest report in one word, the running integral in the next.
    struct StoredFeed {
        uint112 priceWad;
        uint104 confWad;
        uint40 time;
        uint256 cumulativeWad;
    }

    bytes32 private constant DOMAIN_TYPEHASH = keccak256("EIP712Domain(string name,string version,bytes32 salt)");
    bytes32 private constant PRICE_TYPEHASH =
        keccak256("Price(bytes32 feed,uint256 priceWad,uint256 confWad,uint64 time,uint64 epoch)");
    uint256 private constant MAX_CLOCK_LEAD = 2 seconds;
    /// @dev Signers are read in a loop; more than this is a mistake.
    uint256 private constant MAX_SIGNERS = 32;

    /// @inheritdoc IOracleHub
    bytes32 public immutable feedSetId;
    /// @inheritdoc IOracleHub
    uint256 public immutable threshold;
    /// @inheritdoc IOracleHub
    uint64 public constant epoch = 1;

    bytes32 private immutable DOMAIN_SEPARATOR;
    uint256 private immutable MAX_AGE_RISK_INCREASE;
    uint256 private immutable MAX_AGE_LIQUIDATION;
    uint256 private immutable MAX_AGE_SETTLEMENT;

    address[] private _signers;
    mapping(address signer => bool) private _isSigner;
    mapping(bytes32 feed => StoredFeed) private _feeds;

    /// @param feedSetId_ names the set of feeds, the salt of the signing domain. @param signers_ strictly increasing. @param threshold_ M: at least
    /// two and more than half. @param maxAges seconds, in the order of PriceUse.
    constructor(
        Modules memory,
        bytes32 feedSetId_,
        address[] memory signers_,
        uint256 threshold_,
        uint32[3] memory maxAges
    ) {
        uint256 count = signers_.length;
        if (threshold_ < 2 || threshold_ > count || threshold_ * 2 <= count || count > MAX_SIGNERS) {
            revert BadSignerSet(); // BR-4
        }
        address previous = address(0);
        for (uint256 i = 0; i < count; ++i) {
            if (signers_[i] <= previous) revert BadSignerSet(); // BR-4
            previous = signers_[i];
            _isSigner[previous] = true;
        }
        _signers = signers_;
        feedSetId = feedSetId_;
        threshold = threshold_;
        MAX_AGE_RISK_INCREASE = maxAges[uint256(PriceUse.RiskIncrease)];
        MAX_AGE_LIQUIDATION = maxAges[uint256(PriceUse.Liquidation)];
        MAX_AGE_SETTLEMENT = maxAges[uint256(PriceUse.Settlement)];
        DOMAIN_SEPARATOR =
            keccak256(abi.encode(DOMAIN_TYPEHASH, keccak256("Bulkhead Price"), keccak256("1"), feedSetId_));
    }

    /// @inheritdoc IOracleHub
    function post(PriceReport[] calldata reports) external returns (uint256 accepted) {
        for (uint256 i = 0; i < reports.length; ++i) {
            if (_post(reports[i])) ++accepted;
        }
    }

    /// @inheritdoc IOracleHub
    function priceOf(bytes32 feed, PriceUse use) external view returns (uint256 priceWad) {
        return _fresh(feed, use).priceWad;
    }

    /// @inheritdoc IOracleHub
    function priceAndConfOf(bytes32 feed, PriceUse use) external view returns (uint256 priceWad, uint256 confWad) {
        StoredFeed storage stored = _fresh(feed, use);
        return (stored.priceWad, stored.confWad);
    }

    /// @inheritdoc IOracleHub
    function feedState(bytes32 feed) external view returns (FeedState memory) {
        StoredFeed memory stored = _feeds[feed];
        return FeedState(stored.priceWad, stored.time, stored.confWad, stored.cumulativeWad);
    }

    /// @inheritdoc IOracleHub
    function maxAge(PriceUse use) public view returns (uint256) {
        if (use == PriceUse.RiskIncrease) return MAX_AGE_RISK_INCREASE;
        return use == PriceUse.Liquidation ? MAX_AGE_LIQUIDATION : MAX_AGE_SETTLEMENT;
    }

    /// @inheritdoc IOracleHub
    function digest(PriceReport calldata report) public view returns (bytes32) {
        bytes32 structHash = keccak256(
            abi.encode(PRICE_TYPEHASH, report.feed, report.priceWad, report.confWad, report.time, report.epoch)
        );
        return keccak256(abi.encodePacked(hex"1901", DOMAIN_SEPARATOR, structHash));
    }

    /// @inheritdoc IOracleHub
    function signers() external view returns (address[] memory) {
        return _signers;
    }

    /* INTERNAL */

    function _post(PriceReport calldata report) private returns (bool stored_) {
        StoredFeed storage stored = _feeds[report.feed];
        uint256 lastTime = stored.time;
        if (report.time <= lastTime) return false;
        if (report.time > block.timestamp + MAX_CLOCK_LEAD) {
            revert PriceFromTheFuture(report.feed, report.time, block.timestamp);
        }
        if (report.epoch != epoch) revert WrongEpoch(report.epoch, epoch); // BR-3
        if (
            report.priceWad == 0 || report.priceWad > type(uint112).max || report.confWad > type(uint104).max
                || report.time > type(uint40).max
        ) {
            revert PriceOutOfRange(report.feed, report.priceWad);
        }
        _requireSigned(report);

        // The very first report starts the integral: nothing was the newest before it.
        if (lastTime != 0) stored.cumulativeWad += uint256(stored.priceWad) * (report.time - lastTime);
        stored.priceWad = report.priceWad.toUint112();
        stored.confWad = report.confWad.toUint104();
        stored.time = uint256(report.time).toUint40();
        emit PricePosted(report.feed, report.priceWad, report.confWad, report.time);
        return true;
    }

    /// @dev BR-4: every signature given counts, so that a report cannot carry a wrong one along.
    function _requireSigned(PriceReport calldata report) private view {
        uint256 count = report.signatures.length;
        if (count < threshold) revert BadSignatures(report.feed); // BR-4
        bytes32 hash = digest(report);
        address previous = address(0);
        for (uint256 i = 0; i < count; ++i) {
            (address signer,,) = ECDSA.tryRecoverCalldata(hash, report.signatures[i]);
            if (signer <= previous || !_isSigner[signer]) revert BadSignatures(report.feed); // BR-4
            previous = signer;
        }
    }

    function _fresh(bytes32 feed, PriceUse use) private view returns (StoredFeed storage stored) {
        stored = _feeds[feed];
        uint64 time = stored.time;
        if (time == 0) revert NoPrice(feed);
        uint256 limit = maxAge(use);
        if (block.timestamp > time + limit) revert StalePrice(feed, time, limit); // LIQ-1
    }
}
