// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { InstrumentKind, InstrumentTerms, Round } from "../../src/interfaces/IClearingHouse.sol";
import { Rights } from "../../src/libraries/Rights.sol";
import { ClearingFixture } from "./ClearingFixture.sol";

/// @notice One instrument of every kind on ETH/USD, which is their index: a perp with funding, and a future, two calls and a put that expire together.
abstract contract InstrumentFixture is ClearingFixture {
    uint32 internal constant FUNDED = 1;
    uint32 internal constant FUTURE = 2;
    uint32 internal constant CALL = 3;
    uint32 internal constant HIGH_CALL = 4;
    uint32 internal constant PUT = 5;
    uint256 internal constant STRIKE = 2000e18;
    uint256 internal constant HIGH_STRIKE = 2100e18;
    uint64 internal constant EXPIRY = uint64(START) + 10 days;
    /// @dev Of the index in eight hours.
    uint64 internal constant FUNDING_CAP = 0.01e18;

    uint256 private _count;

    function setUp() public virtual override {
        super.setUp();
        _list(_termsFor(InstrumentKind.Perp, "FUNDED"), ETH_PRICE);
        _list(_termsFor(InstrumentKind.Future, "FUTURE"), 2010e18);
        _list(_termsFor(InstrumentKind.Call, "CALL"), 80e18);
        InstrumentTerms memory terms = _termsFor(InstrumentKind.Call, "HIGH-CALL");
        terms.strikeWad = uint128(HIGH_STRIKE);
        _list(terms, 40e18);
        _list(_termsFor(InstrumentKind.Put, "PUT"), 70e18);
    }

    function _termsFor(InstrumentKind kind, string memory name) internal view returns (InstrumentTerms memory terms) {
        bool option = kind == InstrumentKind.Call || kind == InstrumentKind.Put;
        terms = _perpTerms();
        (terms.kind, terms.name, terms.feed, terms.indexFeed) = (kind, name, keccak256(bytes(name)), ETH_USD);
        if (kind == InstrumentKind.Perp) terms.fundingCapWad = FUNDING_CAP;
        else terms.expiry = EXPIRY;
        if (option) (terms.strikeWad, terms.imRateWad, terms.mmRateWad) = (uint128(STRIKE), 0, 0);
    }

    function _list(InstrumentTerms memory terms, uint256 markWad) internal returns (uint32 instrument) {
        vm.prank(admin);
        instrument = clearingHouse.listInstrument(terms);
        _post(terms.feed, markWad);
    }

    /* PRICES */

    function _feedOf(uint32 instrument) internal view returns (bytes32) {
        return clearingHouse.termsOf(instrument).feed;
    }

    function _markOf(uint32 instrument) internal view returns (uint256) {
        return oracle.feedState(_feedOf(instrument)).priceWad;
    }

    function _setMark(uint32 instrument, uint256 priceWad) internal {
        _mark(_feedOf(instrument), priceWad);
    }

    /// @dev Time passes, and every price is seen again, unchanged.
    function _pass(uint256 seconds_) internal {
        _skip(seconds_);
        for (uint32 i = FUNDED; i < clearingHouse.instrumentCount(); ++i) {
            _refresh(_feedOf(i));
        }
    }

    /* TRADES AND ROUNDS */

    function _tradeIn(uint32 instrument, Trader memory buyer, Trader memory seller, uint256 sizeWad) internal {
        _tradeIn(instrument, buyer, seller, sizeWad, _markOf(instrument));
    }

    function _tradeIn(uint32 instrument, Trader memory buyer, Trader memory seller, uint256 sizeWad, uint256 priceWad)
        internal
    {
        _letTrade(seller, buyer.operator, Rights.TRADE);
        bytes32 tradeId = keccak256(abi.encode("trade in", ++_count));
        vm.prank(buyer.operator);
        clearingHouse.novate(instrument, buyer.vault, seller.vault, sizeWad, priceWad, tradeId, _none());
        _letTrade(seller, buyer.operator, 0);
    }

    /// @dev Everybody who trades here with everybody, so that a refusal can be expected of novate alone.
    function _expectTradeRefused(uint32 instrument, Trader memory buyer, Trader memory seller, bytes memory error_)
        internal
    {
        uint256 markWad = _markOf(instrument);
        _letTrade(seller, buyer.operator, Rights.TRADE);
        if (error_.length == 0) vm.expectRevert();
        else vm.expectRevert(error_);
        vm.prank(buyer.operator);
        clearingHouse.novate(instrument, buyer.vault, seller.vault, WAD, markWad, keccak256("refused"), _none());
        _letTrade(seller, buyer.operator, 0);
    }

    function _close(uint32 instrument) internal returns (Round memory) {
        clearingHouse.closeRound(instrument, _none());
        return clearingHouse.roundOf(instrument, clearingHouse.stateOf(instrument).round - 1);
    }

    function _settleIn(uint32 instrument, bytes32 first, bytes32 second) internal {
        clearingHouse.settleMany(instrument, _vaults(first, second));
    }
}
