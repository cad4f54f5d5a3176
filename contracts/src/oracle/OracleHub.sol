// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { FeedState, HeldPrice, IOracleHub, OracleTerms, PriceReport, PriceUse } from "../interfaces/IOracleHub.sol";
import { ISequencerFeed } from "../interfaces/ISequencerFeed.sol";
import { Modules } from "../interfaces/Modules.sol";
import { HistoryWord, HistoryWords } from "../libraries/HistoryWord.sol";
import { PriceConditions, PriceFault } from "../libraries/PriceConditions.sol";
import { PriceWord, PriceWords } from "../libraries/PriceWord.sol";
import { SignerSet } from "../libraries/SignerSet.sol";
import { StablePrice } from "../libraries/StablePrice.sol";
import { ECDSA } from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import { FixedPointMathLib } from "solady/utils/FixedPointMathLib.sol";

/// @title Signed prices, posted by anyone
/// @dev What is assumed of signers: fewer than M of them lie. What M together can do: any price, in two reports a second apart where it is a jump.
contract OracleHub is IOracleHub {
    /// @param newest its flags say what speaks against it: where nothing does, a price costs one read.
    /// @param history what the prices before it left. @param held the report that waits, by time zero none.
    struct StoredFeed {
        PriceWord newest;
        HistoryWord history;
        PriceWord held;
    }

    bytes32 private constant DOMAIN_TYPEHASH = keccak256("EIP712Domain(string name,string version,bytes32 salt)");
    bytes32 private constant PRICE_TYPEHASH =
        keccak256("Price(bytes32 feed,uint256 priceWad,uint256 confWad,uint64 time,uint64 epoch)");
    uint256 private constant MAX_CLOCK_LEAD = 2 seconds;
    /// @dev Far below the time itself, so that a feed without a price is stale whatever the terms say.
    uint256 private constant MAX_AGE = 30 days;
    /// @dev A tenth a second: what follows faster is no slower price.
    uint256 private constant MAX_STABLE_RATE = 0.1e18;
    uint256 private constant SUSPECT = 1 << 7;
    uint256 private constant WIDE = 1 << 6;
    /// @dev The stable price lies outside of the confidence interval: only then is it read.
    uint256 private constant LAGGED = 1 << 5;
    /// @dev One bit a use.
    uint256 private constant PAUSES = 7;

    /// @inheritdoc IOracleHub
    bytes32 public immutable feedSetId;

    bytes32 private immutable DOMAIN_SEPARATOR;
    address private immutable ADMIN;
    address private immutable GUARDIAN;
    uint256 private immutable MAX_AGE_RISK_INCREASE;
    uint256 private immutable MAX_AGE_LIQUIDATION;
    uint256 private immutable MAX_AGE_SETTLEMENT;
    uint64 private immutable MAX_STEP_WAD;
    uint64 private immutable CONFIRM_BAND_WAD;
    uint64 private immutable MAX_CONF_WAD;
    uint64 private immutable STABLE_RATE_WAD;
    ISequencerFeed private immutable SEQUENCER_FEED;
    uint32 private immutable GRACE_SECONDS;

    /// @inheritdoc IOracleHub
    uint64 public epoch;
    /// @inheritdoc IOracleHub
    uint256 public threshold;
    address[] private _signers;
    /// @dev Threshold and epoch (the lower 64 bits) of the set that the signer sits in: nothing else of it is read when a report is posted.
    mapping(address signer => uint256 seat) private _seats;
    mapping(bytes32 feed => StoredFeed) private _feeds;
    /// @inheritdoc IOracleHub
    mapping(bytes32 feed => uint256) public stepFloorOf;
    /// @dev Read only where the feed's flags say so.
    mapping(bytes32 feed => mapping(PriceUse use => uint64 until)) private _pausedUntil;

    /// @param signers_ strictly increasing. @param threshold_ M: at least two and more than half.
    constructor(Modules memory modules, OracleTerms memory terms_, address[] memory signers_, uint256 threshold_) {
        if (!_isSound(terms_)) revert BadOracleTerms();
        (ADMIN, GUARDIAN) = (modules.admin, modules.guardian);
        feedSetId = terms_.feedSetId;
        MAX_AGE_RISK_INCREASE = terms_.maxAges[uint256(PriceUse.RiskIncrease)];
        MAX_AGE_LIQUIDATION = terms_.maxAges[uint256(PriceUse.Liquidation)];
        MAX_AGE_SETTLEMENT = terms_.maxAges[uint256(PriceUse.Settlement)];
        (MAX_STEP_WAD, CONFIRM_BAND_WAD) = (terms_.maxStepWad, terms_.confirmBandWad);
        (MAX_CONF_WAD, STABLE_RATE_WAD) = (terms_.maxConfWad, terms_.stableRateWad);
        (SEQUENCER_FEED, GRACE_SECONDS) = (ISequencerFeed(terms_.sequencerFeed), terms_.graceSeconds);
        DOMAIN_SEPARATOR =
            keccak256(abi.encode(DOMAIN_TYPEHASH, keccak256("Bulkhead Price"), keccak256("1"), terms_.feedSetId));
        _setSigners(signers_, threshold_);
    }

    /// @inheritdoc IOracleHub
    function post(PriceReport[] calldata reports) external returns (uint256 accepted) {
        for (uint256 i = 0; i < reports.length; ++i) {
            if (_post(reports[i])) ++accepted;
        }
    }

    /// @inheritdoc IOracleHub
    function setSigners(address[] calldata signers_, uint256 threshold_) external {
        if (msg.sender != ADMIN) revert NotAdmin(msg.sender); // ADM-1
        for (uint256 i = 0; i < _signers.length; ++i) {
            delete _seats[_signers[i]]; // BR-4
        }
        _setSigners(signers_, threshold_);
    }

    /// @inheritdoc IOracleHub
    function setStepFloor(bytes32 feed, uint256 floorWad) external {
        if (msg.sender != ADMIN) revert NotAdmin(msg.sender); // ADM-1
        stepFloorOf[feed] = floorWad;
        emit StepFloorSet(feed, floorWad);
    }

    /// @inheritdoc IOracleHub
    function setPause(bytes32 feed, PriceUse use, uint64 until) external {
        if (msg.sender != GUARDIAN) revert NotTheGuardianContract(msg.sender); // ADM-2
        _pausedUntil[feed][use] = until;
        PriceWord newest = _feeds[feed].newest;
        uint256 flags = newest.flags() & ~_bit(use);
        if (until > block.timestamp) flags |= _bit(use);
        _feeds[feed].newest = PriceWords.pack(newest.price(), newest.conf(), newest.time(), flags);
        emit PauseSet(feed, use, until);
    }

    /* VIEWS */

    /// @inheritdoc IOracleHub
    function priceOf(bytes32 feed, PriceUse use) external view returns (uint256 priceWad) {
        return _usable(feed, use).price();
    }

    /// @inheritdoc IOracleHub
    function priceAndConfOf(bytes32 feed, PriceUse use) external view returns (uint256 priceWad, uint256 confWad) {
        PriceWord newest = _usable(feed, use);
        return (newest.price(), newest.conf());
    }

    /// @inheritdoc IOracleHub
    function priceAndDoubtsOf(bytes32 feed, PriceUse use)
        external
        view
        returns (uint256 priceWad, uint256 belowWad, uint256 aboveWad)
    {
        PriceWord newest = _usable(feed, use);
        priceWad = newest.price();
        (belowWad, aboveWad) = (newest.conf(), newest.conf());
        if (newest.flags() & LAGGED == 0) return (priceWad, belowWad, aboveWad);
        bool initial = use == PriceUse.RiskIncrease || use == PriceUse.TakeOver;
        if (!initial) return (priceWad, belowWad, aboveWad);
        (belowWad, aboveWad) = StablePrice.doubts(priceWad, newest.conf(), _feeds[feed].history.stable()); // MRG-1
    }

    /// @inheritdoc IOracleHub
    function feedState(bytes32 feed) external view returns (FeedState memory) {
        PriceWord newest = _feeds[feed].newest;
        return FeedState({
            priceWad: uint128(newest.price()),
            time: uint64(newest.time()),
            confWad: uint128(newest.conf()),
            stableWad: uint128(_feeds[feed].history.stable()),
            cumulativeWad: _feeds[feed].history.cumulative()
        });
    }

    /// @inheritdoc IOracleHub
    function heldPrice(bytes32 feed) external view returns (HeldPrice memory) {
        PriceWord held = _feeds[feed].held;
        return HeldPrice(uint112(held.price()), uint96(held.conf()), uint40(held.time()));
    }

    /// @inheritdoc IOracleHub
    function pausedUntil(bytes32 feed, PriceUse use) public view returns (uint64 until) {
        until = _pausedUntil[feed][use];
        if (until <= block.timestamp) until = 0;
    }

    /// @inheritdoc IOracleHub
    function terms() external view returns (OracleTerms memory) {
        return OracleTerms({
            feedSetId: feedSetId,
            maxAges: [uint32(MAX_AGE_RISK_INCREASE), uint32(MAX_AGE_LIQUIDATION), uint32(MAX_AGE_SETTLEMENT)],
            maxStepWad: MAX_STEP_WAD,
            confirmBandWad: CONFIRM_BAND_WAD,
            maxConfWad: MAX_CONF_WAD,
            stableRateWad: STABLE_RATE_WAD,
            sequencerFeed: address(SEQUENCER_FEED),
            graceSeconds: GRACE_SECONDS
        });
    }

    /// @inheritdoc IOracleHub
    function maxAge(PriceUse use) public view returns (uint256) {
        if (use == PriceUse.RiskIncrease) return MAX_AGE_RISK_INCREASE;
        return use == PriceUse.Settlement ? MAX_AGE_SETTLEMENT : MAX_AGE_LIQUIDATION;
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

    /* POSTING */

    function _post(PriceReport calldata report) private returns (bool) {
        StoredFeed storage stored = _feeds[report.feed];
        PriceWord newest = stored.newest;
        uint256 flags = newest.flags();
        bool suspect = flags & SUSPECT != 0;
        if (report.time <= (suspect ? stored.held : newest).time()) return false;
        _requireSane(report);
        _requireSigned(report);

        uint256 lastTime = newest.time();
        if (lastTime != 0 && !_isBelieved(report.feed, stored, newest, report.priceWad)) {
            stored.held = PriceWords.pack(report.priceWad, report.confWad, report.time, 0);
            if (!suspect) stored.newest = PriceWords.pack(newest.price(), newest.conf(), lastTime, flags | SUSPECT);
            emit PriceHeld(report.feed, report.priceWad, report.confWad, report.time);
            return false;
        }
        uint256 stableWad = _follow(stored, newest, report);
        if (suspect) stored.held = PriceWord.wrap(0);
        flags = flags & PAUSES == 0 ? 0 : _runningPauses(report.feed);
        if (PriceConditions.isWide(report.priceWad, report.confWad, MAX_CONF_WAD)) flags |= WIDE;
        if (FixedPointMathLib.dist(report.priceWad, stableWad) > report.confWad) flags |= LAGGED;
        stored.newest = PriceWords.pack(report.priceWad, report.confWad, report.time, flags);
        emit PricePosted(report.feed, report.priceWad, report.confWad, stableWad, report.time);
        return true;
    }

    /// @dev The integral and the stable price take in the price that was the newest until now; before the very first report there was none.
    function _follow(StoredFeed storage stored, PriceWord newest, PriceReport calldata report)
        private
        returns (uint256 stableWad)
    {
        HistoryWord history = stored.history;
        uint256 cumulativeWad = 0;
        if (newest.time() == 0) {
            stableWad = report.priceWad;
        } else {
            uint256 lasted = report.time - newest.time();
            cumulativeWad = history.cumulative() + newest.price() * lasted; // VM-4
            stableWad = StablePrice.next(history.stable(), newest.price(), STABLE_RATE_WAD, lasted); // MRG-1
        }
        stored.history = HistoryWords.pack(cumulativeWad, stableWad);
    }

    /// @dev What has lapsed costs readers nothing from the next report on.
    function _runningPauses(bytes32 feed) private view returns (uint256 flags) {
        for (uint256 i = 0; i < 3; ++i) {
            if (pausedUntil(feed, PriceUse(i)) != 0) flags |= _bit(PriceUse(i));
        }
    }

    /// @dev Near enough to the stored price, or to the one that is held: two reports of different seconds then say the same.
    function _isBelieved(bytes32 feed, StoredFeed storage stored, PriceWord newest, uint256 priceWad)
        private
        view
        returns (bool)
    {
        if (PriceConditions.within(priceWad, newest.price(), MAX_STEP_WAD)) return true; // LIQ-1
        if (FixedPointMathLib.dist(priceWad, newest.price()) <= stepFloorOf[feed]) return true; // LIQ-1
        if (newest.flags() & SUSPECT == 0) return false;
        return PriceConditions.within(priceWad, stored.held.price(), CONFIRM_BAND_WAD); // LIQ-1
    }

    function _requireSane(PriceReport calldata report) private view {
        if (report.time > block.timestamp + MAX_CLOCK_LEAD) {
            revert PriceFromTheFuture(report.feed, report.time, block.timestamp);
        }
        if (
            report.priceWad == 0 || report.priceWad > PriceWords.MAX_PRICE || report.confWad > PriceWords.MAX_CONF
                || report.time > PriceWords.MAX_TIME
        ) {
            revert PriceOutOfRange(report.feed, report.priceWad);
        }
    }

    /// @dev Every signature given counts, so that a report cannot carry a wrong one along. As SignerSet.signed, but the threshold and the epoch are
    /// read with the signers.
    function _requireSigned(PriceReport calldata report) private view {
        uint256 count = report.signatures.length;
        uint256 needed = 1;
        bytes32 hash = digest(report);
        address previous = address(0);
        for (uint256 i = 0; i < count; ++i) {
            (address signer,,) = ECDSA.tryRecoverCalldata(hash, report.signatures[i]);
            uint256 seat = _seats[signer];
            if (signer <= previous || seat == 0) revert BadSignatures(report.feed); // BR-4
            if (report.epoch != uint64(seat)) revert WrongEpoch(report.epoch, uint64(seat)); // BR-3
            (previous, needed) = (signer, seat >> 64);
        }
        if (count < needed) revert BadSignatures(report.feed); // BR-4
    }

    function _setSigners(address[] memory signers_, uint256 threshold_) private {
        if (!SignerSet.isSound(signers_, threshold_)) revert BadSignerSet(); // BR-4
        uint64 next = ++epoch;
        for (uint256 i = 0; i < signers_.length; ++i) {
            _seats[signers_[i]] = threshold_ << 64 | next;
        }
        (_signers, threshold) = (signers_, threshold_);
        emit SignersChanged(next, signers_, threshold_);
    }

    function _isSound(OracleTerms memory terms_) private pure returns (bool) {
        for (uint256 i = 0; i < 3; ++i) {
            if (terms_.maxAges[i] == 0 || terms_.maxAges[i] > MAX_AGE) return false; // LIQ-1
        }
        if (terms_.stableRateWad == 0 || terms_.stableRateWad > MAX_STABLE_RATE) return false; // MRG-1
        return terms_.maxStepWad != 0 && terms_.confirmBandWad * 2 <= terms_.maxStepWad && terms_.maxConfWad != 0;
    }

    /* READING */

    /// @dev The action matrix, fault by fault.
    function _usable(bytes32 feed, PriceUse use) private view returns (PriceWord newest) {
        newest = _feeds[feed].newest;
        uint256 time = newest.time();
        uint256 limit = maxAge(use);
        if (block.timestamp > time + limit && !PriceConditions.permits(PriceFault.Stale, use)) {
            if (time == 0) revert NoPrice(feed);
            revert StalePrice(feed, uint64(time), limit); // LIQ-1
        }
        if (newest.flags() & ~LAGGED != 0) _requireUnflagged(feed, use, newest);
        if (address(SEQUENCER_FEED) != address(0)) _requireSequencer(use);
    }

    function _requireUnflagged(bytes32 feed, PriceUse use, PriceWord newest) private view {
        if (use == PriceUse.TakeOver) use = PriceUse.Liquidation; // has no pauses of its own
        uint256 flags = newest.flags();
        if (flags & SUSPECT != 0 && !PriceConditions.permits(PriceFault.Suspect, use)) {
            revert PriceSuspect(feed, newest.price(), _feeds[feed].held.price()); // LIQ-1
        }
        if (flags & WIDE != 0 && !PriceConditions.permits(PriceFault.Wide, use)) {
            revert PriceTooWide(feed, newest.price(), newest.conf());
        }
        uint64 until = flags & _bit(use) == 0 ? 0 : pausedUntil(feed, use);
        if (until != 0 && !PriceConditions.permits(PriceFault.Paused, use)) revert PricePaused(feed, use, until); // ADM-2
    }

    function _requireSequencer(PriceUse use) private view {
        (, int256 answer, uint256 since,,) = SEQUENCER_FEED.latestRoundData();
        bool down = answer != 0 || since == 0 || since > block.timestamp;
        bool grace = !down && block.timestamp - since < GRACE_SECONDS;
        if (down && !PriceConditions.permits(PriceFault.SequencerDown, use)) revert SequencerNotReady(since); // LIQ-1
        if (grace && !PriceConditions.permits(PriceFault.SequencerGrace, use)) revert SequencerNotReady(since); // LIQ-1
    }

    function _bit(PriceUse use) private pure returns (uint256) {
        // forge-lint: disable-next-line(incorrect-shift) the bit of that use is meant
        return 1 << uint256(use);
    }
}
