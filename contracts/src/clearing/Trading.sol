// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { InstrumentTerms } from "../interfaces/IClearingHouse.sol";
import { PriceReport } from "../interfaces/IOracleHub.sol";
import { Modules } from "../interfaces/Modules.sol";
import { ClearingBase } from "./ClearingBase.sol";
import { Novation } from "./Novation.sol";
import { SafeCastLib } from "solady/utils/SafeCastLib.sol";

/// @title Listing, trades and closing rounds
/// @dev Code only: the clearing house lends it its storage (ClearingCode). Called directly, it has no instruments and can list none.
contract Trading is Novation {
    using SafeCastLib for uint256;

    address private immutable ADMIN;

    /// @param modules whose admin lists instruments.
    constructor(Modules memory modules) ClearingBase(modules) {
        ADMIN = modules.admin;
    }

    /// @dev See IClearingHouse.listInstrument.
    function listInstrument(InstrumentTerms calldata terms) external nonReentrant returns (uint32 instrument) {
        if (msg.sender != ADMIN) revert NotAdmin(msg.sender);
        bool sane = terms.feed != 0 && terms.roundSeconds != 0 && terms.tradeBandWad < WAD && terms.mmRateWad != 0
            && terms.mmRateWad <= terms.imRateWad // MRG-8
            && terms.tradeBandWad <= terms.mmRateWad; // a trade at the edge never costs more than the margin it is made on
        if (!sane) revert BadTerms();
        instrument = _listings.length.toUint32();
        if (instrument == HOUSE_BUCKET) revert BadTerms();
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
        _novate(buyer, seller, tradeId, Trade(instrument, sizeWad.toInt256(), priceWad, 0));
    }

    /// @dev See IClearingHouse.closeRound.
    function closeRound(uint32 instrument, PriceReport[] calldata reports) external nonReentrant {
        _post(reports);
        _closeRound(instrument);
    }

    function _post(PriceReport[] calldata reports) private {
        if (reports.length != 0) ORACLE.post(reports);
    }
}
