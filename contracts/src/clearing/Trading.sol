// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { InstrumentKind, InstrumentTerms } from "../interfaces/IClearingHouse.sol";
import { PriceReport, PriceUse } from "../interfaces/IOracleHub.sol";
import { Modules } from "../interfaces/Modules.sol";
import { ParameterRamp } from "../libraries/ParameterRamp.sol";
import { ClearingBase } from "./ClearingBase.sol";
import { Novation } from "./Novation.sol";
import { SafeCastLib } from "solady/utils/SafeCastLib.sol";

/// @title Listing, trades and closing rounds
/// @dev Code only: the clearing house lends it its storage (ClearingCode). Called directly, it has no instruments and can list none.
contract Trading is Novation {
    using SafeCastLib for uint256;

    /// @dev As far as an oracle's prices go, and what OptionMargin's sums are bounded for.
    uint256 private constant MAX_STRIKE_WAD = type(uint112).max;
    /// @dev A short option's maintenance is at least 9 % of its mark: a trade at the edge never costs more than the margin it is made on.
    uint256 private constant OPTION_BAND_WAD = 0.09e18;

    address private immutable ADMIN;
    address private immutable RISK_CONFIG;

    /// @param modules whose admin lists instruments and whose riskConfig sets their rates.
    constructor(Modules memory modules) ClearingBase(modules) {
        (ADMIN, RISK_CONFIG) = (modules.admin, modules.riskConfig);
    }

    /// @dev See IClearingHouse.listInstrument.
    function listInstrument(InstrumentTerms calldata terms) external nonReentrant returns (uint32 instrument) {
        if (msg.sender != ADMIN) revert NotAdmin(msg.sender);
        if (!_isSane(terms)) revert BadTerms();
        instrument = _listings.length.toUint32();
        if (instrument >= LAST_FUND_BUCKET) revert BadTerms();
        Listing storage listing = _listings.push();
        _keepTerms(listing, terms);
        listing.state.round = 1;
        listing.oldestOpen = 1;
        REGISTRY.openVault(ACCOUNT, instrument, address(0), 0);
        emit InstrumentListed(instrument, terms.feed, terms.name);
    }

    /// @dev See IClearingHouse.setRates.
    function setRates(uint32 instrument, uint64 initialWad, uint64 maintenanceWad)
        external
        nonReentrant
        returns (uint64 maintenanceFromWad)
    {
        if (msg.sender != RISK_CONFIG) revert NotTheRiskConfig(msg.sender); // ADM-1
        Terms storage terms = _listing(instrument).terms;
        if (_isOption(terms.kind)) revert NoRates(instrument);
        if (!_areSaneRates(initialWad, maintenanceWad, terms.tradeBandWad)) {
            revert BadRates(instrument, initialWad, maintenanceWad);
        }
        maintenanceFromWad = ParameterRamp.nextFrom(_maintenanceRate(terms), maintenanceWad);
        (terms.imRateWad, terms.mmRateWad) = (initialWad, maintenanceWad);
        (terms.mmFromWad, terms.rampStart) = (maintenanceFromWad, uint40(block.timestamp));
        emit RatesSet(instrument, initialWad, maintenanceWad, maintenanceFromWad);
    }

    /// @dev See IClearingHouse.setVenueCap.
    function setVenueCap(uint128 capQuote) external nonReentrant {
        if (msg.sender != ADMIN) revert NotAdmin(msg.sender); // ADM-1
        _venueInterest.capQuote = capQuote;
        emit VenueCapSet(capQuote);
    }

    /// @dev See IClearingHouse.countOpenInterest.
    function countOpenInterest(uint32 instrument) external nonReentrant {
        Listing storage listing = _listing(instrument);
        uint256 unitWad = listing.state.expired ? 0 : ORACLE.priceOf(listing.terms.feed, PriceUse.RiskIncrease);
        if (_venueInterest.capQuote != 0) _count(listing, unitWad);
    }

    /// @dev See IClearingHouse.novate.
    function novate(
        uint32 instrument,
        bytes32 buyer,
        bytes32 seller,
        uint256 sizeWad,
        uint256 priceWad,
        bytes32 tradeId,
        PriceReport[] calldata reports
    ) external nonReentrant {
        _post(reports);
        _novate(buyer, seller, tradeId, Trade(instrument, sizeWad.toInt256(), priceWad, 0, 0));
    }

    /// @dev See IClearingHouse.closeRound.
    function closeRound(uint32 instrument, PriceReport[] calldata reports) external nonReentrant {
        _post(reports);
        _closeRound(instrument);
    }

    function _keepTerms(Listing storage listing, InstrumentTerms calldata given) private {
        listing.roundSeconds = given.roundSeconds;
        listing.terms = Terms({
            feed: given.feed,
            indexFeed: given.indexFeed,
            kind: given.kind,
            imRateWad: given.imRateWad,
            mmRateWad: given.mmRateWad,
            mmFromWad: given.mmRateWad,
            rampStart: 0,
            memberCapBps: uint16(given.memberCapBps),
            expiry: given.expiry,
            fundingCapWad: given.fundingCapWad,
            strikeWad: given.strikeWad,
            openInterestCapWad: given.openInterestCapWad,
            tradeBandWad: given.tradeBandWad,
            name: given.name
        });
    }

    function _isSane(InstrumentTerms calldata terms) private view returns (bool) {
        bool common = terms.feed != 0 && terms.roundSeconds != 0 && terms.openInterestCapWad != 0
            && terms.memberCapBps <= type(uint16).max;
        if (terms.kind == InstrumentKind.Perp) {
            bool noTerm = terms.expiry == 0 && terms.strikeWad == 0;
            bool funded = terms.fundingCapWad == 0 || terms.indexFeed != 0 && terms.fundingCapWad < WAD;
            return common && noTerm && funded && _hasSaneRates(terms);
        }
        bool expires =
            terms.indexFeed != 0 && terms.fundingCapWad == 0 && terms.expiry > block.timestamp + terms.roundSeconds;
        if (terms.kind == InstrumentKind.Future) {
            return common && expires && terms.strikeWad == 0 && _hasSaneRates(terms);
        }
        bool option = terms.strikeWad != 0 && terms.strikeWad <= MAX_STRIKE_WAD && terms.imRateWad == 0
            && terms.mmRateWad == 0 && terms.tradeBandWad <= OPTION_BAND_WAD;
        return common && expires && option;
    }

    function _hasSaneRates(InstrumentTerms calldata terms) private pure returns (bool) {
        return terms.tradeBandWad < WAD && _areSaneRates(terms.imRateWad, terms.mmRateWad, terms.tradeBandWad);
    }

    function _areSaneRates(uint64 initialWad, uint64 maintenanceWad, uint64 tradeBandWad) private pure returns (bool) {
        return maintenanceWad != 0 && maintenanceWad <= initialWad // MRG-8
            && tradeBandWad <= maintenanceWad; // a trade at the edge never costs more than the margin it is made on
    }

    function _post(PriceReport[] calldata reports) private {
        if (reports.length != 0) ORACLE.post(reports);
    }
}
