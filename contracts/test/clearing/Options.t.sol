// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IClearingHouseEvents, InstrumentKind, InstrumentTerms } from "../../src/interfaces/IClearingHouse.sol";
import { Health, IMarginEngine } from "../../src/interfaces/IMarginEngine.sol";
import { PriceUse } from "../../src/interfaces/IOracleHub.sol";
import { OptionLeg, OptionMargin } from "../../src/libraries/OptionMargin.sol";
import { InstrumentFixture } from "../support/InstrumentFixture.sol";

/// @notice Options settle by variation. What they require is what they would with premiums paid up front (docs/decisions/0012).
contract OptionsTest is InstrumentFixture {
    Trader private ann;
    Trader private maker;
    OptionLeg[] private legs;
    /// @dev What ann would hold in cash had she paid every premium up front, quote × 10^30.
    int256 private upfrontCash;

    function setUp() public override {
        super.setUp();
        ann = _trader("ann", alpha, 50_000 * USD);
        maker = _trader("maker", beta, 1_000_000 * USD);
        upfrontCash = int256(50_000 * USD) * 1e30;
    }

    /* THE SAME AS WITH PREMIUMS UP FRONT */

    /// @dev Cash less premiums plus signed marks, less R; against equity less requirement. Also once a round has turned part of it into quote.
    /// forge-config: default.fuzz.runs = 64
    /// forge-config: deep.fuzz.runs = 20000
    function testFuzz_MRG1_equity_less_requirement_is_that_of_premiums_paid_up_front(uint256 seed, bool settled)
        public
    {
        seed = seed / 2;
        for (uint32 i = CALL; i <= PUT; ++i) {
            _open(i, int256(_random(seed, i, 20e18)) - 10e18);
        }
        if (settled) {
            _moveMarks(seed + 1);
            _pass(ROUND_SECONDS);
            for (uint32 i = CALL; i <= PUT; ++i) {
                if (clearingHouse.stateOf(i).roundStart != 0) _close(i);
            }
            _settleAll();
        }
        _moveMarks(seed + 2);
        _mark(ETH_USD, 1600e18 + _random(seed, 9, 800e18));
        _refreshMarks();
        (int256 overMaintenance, int256 overInitial) = _upfront();
        Health memory health = _health(ann.vault);
        assertApproxEqAbs(health.equity - int256(health.maintenance), overMaintenance, 16, "E - MM");
        // MRG-6: what no round has collected counts for nothing yet, where a premium would have been paid.
        assertLe(health.initialEquity - int256(health.initial), overInitial + 16, "E - IM");
    }

    /// @dev At the prices of the last round nothing is unrealised: both sums are the same.
    /// forge-config: default.fuzz.runs = 64
    /// forge-config: deep.fuzz.runs = 20000
    function testFuzz_MRG1_right_after_a_round_initial_margin_is_the_same_too(uint256 seed) public {
        for (uint32 i = CALL; i <= PUT; ++i) {
            _open(i, int256(_random(seed, i, 20e18)) - 10e18);
        }
        _moveMarks(seed);
        _refreshMarks();
        uint256 started = vm.getBlockTimestamp();
        _pass(started % 2 + 100 * ROUND_SECONDS);
        for (uint32 i = CALL; i <= PUT; ++i) {
            if (clearingHouse.stateOf(i).roundStart == 0) continue;
            _post(_feedOf(i), _markOf(i));
            _setMark(i, _close(i).priceWad);
        }
        _settleAll();
        _refreshMarks();
        (, int256 overInitial) = _upfront();
        Health memory health = _health(ann.vault);
        assertApproxEqAbs(health.initialEquity - int256(health.initial), overInitial, 16, "E - IM");
    }

    function test_MRG6_what_a_short_has_made_is_not_withdrawn_before_a_round_paid_it() public {
        _open(CALL, -10e18);
        Health memory before = _health(ann.vault);
        _setMark(CALL, 20e18); // 600 better
        Health memory after_ = _health(ann.vault);
        assertEq(after_.equity, before.equity + int256(600 * USD));
        assertEq(
            after_.initialEquity - int256(after_.initial), before.initialEquity - int256(before.initial), "not for IM"
        );
    }

    function test_MRG6_what_a_long_has_made_is_never_withdrawn_premium_is_no_collateral() public {
        _open(CALL, 10e18);
        Health memory before = _health(ann.vault);
        _setMark(CALL, 160e18);
        Health memory after_ = _health(ann.vault);
        assertEq(after_.equity, before.equity + int256(800 * USD));
        assertEq(after_.equity - int256(after_.maintenance), before.equity - int256(before.maintenance));
        assertEq(after_.initialEquity - int256(after_.initial), before.initialEquity - int256(before.initial));
    }

    function test_MRG6_what_a_trade_made_is_not_withdrawn_before_a_round_paid_it() public {
        _open(CALL, 10e18);
        _setMark(CALL, 160e18);
        _open(CALL, -4e18); // made 320
        Health memory health = _health(ann.vault);
        // Six at 80 stay paid for, and the four that are sold are covered by nothing: no more than before the price rose, less what six require more.
        assertLe(health.initialEquity - int256(health.initial), int256(50_000 * USD - 6 * 80 * USD));
    }

    /* REDUCING */

    function test_MRG1_selling_what_covers_a_short_is_no_reduction() public {
        _open(HIGH_CALL, -100e18);
        _open(CALL, 100e18);
        vm.prank(ann.owner);
        engine.withdraw(ann.vault, address(usd), 40_000 * USD, ann.owner, _none());
        // Alone, a hundred short calls require 13 % of 200,000.
        _expectSaleRefused(CALL, 50e18);
    }

    function test_MRG1_buying_back_a_short_is_a_reduction_however_little_is_left() public {
        _open(CALL, -100e18);
        _setMark(CALL, 401e18);
        assertLt(_health(ann.vault).equity, int256(_health(ann.vault).maintenance));
        _tradeIn(CALL, ann, maker, 40e18); // at the mark
        assertEq(clearingHouse.positionOf(ann.vault, CALL).size, -60e18);
    }

    /* LISTING */

    function test_MRG8_terms_that_make_no_sense_are_refused() public {
        InstrumentTerms memory terms = _termsFor(InstrumentKind.Call, "X");
        terms.strikeWad = 0;
        _expectBadTerms(terms);
        terms = _termsFor(InstrumentKind.Call, "X");
        terms.mmRateWad = 0.1e18;
        _expectBadTerms(terms);
        terms = _termsFor(InstrumentKind.Put, "X");
        terms.indexFeed = 0;
        _expectBadTerms(terms);
        terms = _termsFor(InstrumentKind.Put, "X");
        terms.tradeBandWad = 0.0901e18;
        _expectBadTerms(terms);
        terms = _termsFor(InstrumentKind.Future, "X");
        terms.expiry = uint64(vm.getBlockTimestamp() + ROUND_SECONDS);
        _expectBadTerms(terms);
        terms = _termsFor(InstrumentKind.Future, "X");
        terms.fundingCapWad = 0.01e18;
        _expectBadTerms(terms);
        terms = _termsFor(InstrumentKind.Perp, "X");
        terms.indexFeed = 0;
        _expectBadTerms(terms);
        terms = _termsFor(InstrumentKind.Perp, "X");
        terms.expiry = EXPIRY;
        _expectBadTerms(terms);
        terms = _termsFor(InstrumentKind.Perp, "X");
        terms.openInterestCapWad = 0;
        _expectBadTerms(terms);
    }

    /* CAPS */

    function test_ADM3_no_trade_raises_open_interest_above_its_cap_and_every_trade_may_lower_it() public {
        InstrumentTerms memory terms = _termsFor(InstrumentKind.Call, "CAPPED");
        terms.openInterestCapWad = 2e18;
        uint32 capped = _list(terms, 80e18);
        _tradeIn(capped, ann, maker, 2e18);
        _expectTradeRefused(
            capped,
            ann,
            maker,
            abi.encodeWithSelector(IClearingHouseEvents.OpenInterestCapExceeded.selector, capped, 3e18, 2e18)
        );
        Trader memory bob = _trader("bob", beta, 10_000 * USD);
        _tradeIn(capped, bob, ann, 1e18); // one takes over from another
        _tradeIn(capped, maker, ann, 1e18); // and one is closed
        assertEq(clearingHouse.stateOf(capped).openInterest, 1e18);
    }

    function test_ADM3_no_trade_raises_one_members_share_above_its_cap() public {
        InstrumentTerms memory terms = _termsFor(InstrumentKind.Call, "SHARED");
        (terms.openInterestCapWad, terms.memberCapBps) = (10e18, 2500);
        uint32 shared = _list(terms, 80e18);
        Trader memory third = _trader("third", alpha, 10_000 * USD);
        _tradeIn(shared, ann, maker, 1.5e18);
        assertEq(clearingHouse.memberOpenInterestOf(alpha, shared), 1.5e18);
        assertEq(clearingHouse.memberOpenInterestOf(beta, shared), 1.5e18);
        _tradeIn(shared, ann, maker, 1e18); // to the brim
        bytes memory refused =
            abi.encodeWithSelector(IClearingHouseEvents.MemberCapExceeded.selector, shared, alpha, 3.5e18, 2.5e18);
        _expectTradeRefused(shared, third, maker, refused);
        _tradeIn(shared, maker, ann, 2.5e18);
        assertEq(clearingHouse.memberOpenInterestOf(alpha, shared), 0);
        assertEq(clearingHouse.memberOpenInterestOf(beta, shared), 0);
    }

    /* HELPERS */

    /// @dev ann buys, or sells, at the mark.
    function _open(uint32 instrument, int256 size) private {
        if (size > 0) _tradeIn(instrument, ann, maker, uint256(size));
        else if (size < 0) _tradeIn(instrument, maker, ann, uint256(-size));
        upfrontCash -= size * int256(_markOf(instrument));
    }

    function _expectSaleRefused(uint32 instrument, uint256 size) private {
        uint256 markWad = _markOf(instrument);
        _letTrade(ann, maker.operator, 1 << 1);
        vm.prank(maker.operator);
        vm.expectPartialRevert(IMarginEngine.Unhealthy.selector);
        clearingHouse.novate(instrument, maker.vault, ann.vault, size, markWad, keccak256("refused"), _none());
    }

    function _expectBadTerms(InstrumentTerms memory terms) private {
        vm.prank(admin);
        vm.expectRevert(IClearingHouseEvents.BadTerms.selector);
        clearingHouse.listInstrument(terms);
    }

    function _moveMarks(uint256 seed) private {
        for (uint32 i = CALL; i <= PUT; ++i) {
            _setMark(i, 1e18 + _random(seed, 100 + i, 300e18));
        }
        _refreshMarks();
    }

    function _refreshMarks() private {
        _pass(1);
    }

    function _settleAll() private {
        for (uint32 i = CALL; i <= PUT; ++i) {
            _settleIn(i, ann.vault, maker.vault);
            _settleIn(i, ann.vault, maker.vault);
        }
    }

    function _upfront() private returns (int256 overMaintenance, int256 overInitial) {
        delete legs;
        int256 equity = upfrontCash;
        for (uint32 i = CALL; i <= PUT; ++i) {
            int256 size = clearingHouse.positionOf(ann.vault, i).size;
            if (size == 0) continue;
            equity += size * int256(_markOf(i));
            InstrumentTerms memory terms = clearingHouse.termsOf(i);
            bool isCall = terms.kind == InstrumentKind.Call;
            legs.push(OptionLeg(terms.indexFeed, terms.expiry, isCall, size, terms.strikeWad, _markOf(i)));
        }
        uint256 index = oracle.feedState(ETH_USD).priceWad;
        (uint256 im, uint256 mm) = OptionMargin.requirement(legs, 0, legs.length, index, 1e30);
        return (equity / 1e30 - int256(mm), equity / 1e30 - int256(im));
    }

    function _random(uint256 seed, uint256 salt, uint256 most) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, salt))) % (most + 1);
    }
}
