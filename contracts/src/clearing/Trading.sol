// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { InstrumentKind, InstrumentTerms } from "../interfaces/IClearingHouse.sol";
import { PriceReport } from "../interfaces/IOracleHub.sol";
import { Modules } from "../interfaces/Modules.sol";
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

    /// @param modules whose admin lists instruments.
    constructor(Modules memory modules) ClearingBase(modules) {
        ADMIN = modules.admin;
    }

    /// @dev See IClearingHouse.listInstrument.
    function listInstrument(InstrumentTerms calldata terms) external nonReentrant returns (uint32 instrument) {
        if (msg.sender != ADMIN) revert NotAdmin(msg.sender);
        if (!_isSane(terms)) revert BadTerms();
        instrument = _listings.length.toUint32();
        if (instrument >= LAST_FUND_BUCKET) revert BadTerms();
        Listing storage listing = _listings.push();
        listing.terms = terms;
        listing.state.round = 1;
        listing.oldestOpen = 1;
        REGISTRY.openVault(ACCOUNT, instrument, address(0), 0);
        emit InstrumentListed(instrument, terms.feed, terms.name);
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

    function _isSane(InstrumentTerms calldata terms) private view returns (bool) {
        bool common = terms.feed != 0 && terms.roundSeconds != 0 && terms.openInterestCapWad != 0;
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
        return terms.tradeBandWad < WAD && terms.mmRateWad != 0 && terms.mmRateWad <= terms.imRateWad // MRG-8
            && terms.tradeBandWad <= terms.mmRateWad; // a trade at the edge never costs more than the margin it is made on
    }

    function _post(PriceReport[] calldata reports) private {
        if (reports.length != 0) ORACLE.post(reports);
    }
}
