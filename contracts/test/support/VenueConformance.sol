// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Health } from "../../src/interfaces/IMarginEngine.sol";
import { IMarginGroups, MarginMode } from "../../src/interfaces/IMarginGroups.sol";
import { PriceUse } from "../../src/interfaces/IOracleHub.sol";
import { IVaultRegistry } from "../../src/interfaces/IVaultRegistry.sol";
import { IVenue, PriceView, VenueMargin } from "../../src/interfaces/IVenue.sol";
import { VenueKit } from "./VenueKit.sol";

/// @notice What IVenue promises, as tests that a venue's author inherits. Give it the venue and three verbs; it deploys the rest of the system as
/// production does, and plays owners, bidders, strangers and the engines.
///
///     contract MyVenueConformanceTest is VenueConformance {
///         function _deployVenue() internal override returns (IVenue) { … }
///         function _oblige(Trader memory who, uint256 partWad) internal override { … }
///         function _release(Trader memory who) internal override { … }
///     }
abstract contract VenueConformance is VenueKit {
    /* MARGIN */

    function testFuzz_margin_of_vaults_together_is_the_sum_of_each(uint256 part, uint256 otherPart, uint256 priceWad)
        public
    {
        _oblige(first, bound(part, 0.01e18, 0.4e18));
        _oblige(second, bound(otherPart, 0.01e18, 0.4e18));
        _timePasses();
        _mark(ETH_USD, bound(priceWad, 1700e18, 2300e18));
        for (uint256 use = 0; use <= uint256(type(PriceUse).max); ++use) {
            VenueMargin memory one = _margin(first.vault, PriceUse(use));
            VenueMargin memory other = _margin(second.vault, PriceUse(use));
            bytes32 sum = keccak256(
                abi.encode(
                    one.value + other.value,
                    one.notInitial + other.notInitial,
                    one.im + other.im,
                    one.mm + other.mm,
                    one.gross + other.gross
                )
            );
            assertEq(_marginDigest(_vaults(first.vault, second.vault), PriceUse(use)), sum, "margin: sum of each");
            assertEq(_marginDigest(_vaults(second.vault, first.vault), PriceUse(use)), sum, "margin: in any order");
        }
    }

    function test_margin_of_a_flat_vault_and_of_none_is_zero() public view {
        bytes32 zero = keccak256(abi.encode(int256(0), 0, 0, 0, 0));
        assertEq(_marginDigest(_only(first.vault), PriceUse.Liquidation), zero, "margin: a flat vault");
        assertEq(_marginDigest(new bytes32[](0), PriceUse.Liquidation), zero, "margin: no vault");
    }

    /* FLAT AND OBLIGED */

    function test_MRG1_an_obligation_shows_everywhere_and_holds_the_vault_back() public {
        _assertFlat(first.vault);
        _oblige(first, 0.5e18);
        assertTrue(venue.hasObligation(first.vault), "hasObligation: a position");
        assertFalse(venue.isFlat(first.vault), "isFlat: a position");
        assertGt(venue.positionCount(_only(first.vault)), 0, "positionCount");
        assertNotEq(venue.positionsHash(_only(first.vault)), 0, "positionsHash");
        assertGt(_margin(first.vault, PriceUse.Liquidation).mm, 0, "mm");
        assertGt(_margin(first.vault, PriceUse.Liquidation).gross, 0, "gross");

        vm.prank(first.owner);
        vm.expectRevert(abi.encodeWithSelector(IVaultRegistry.VaultNotFlat.selector, first.vault));
        registry.changeVenue(first.vault, address(0), 0);
        assertFalse(_takesEverything(first), "setEngaged: the margin engine does not know of the obligation");
    }

    function test_MRG4_a_flat_vault_leaves_with_everything_at_any_price() public {
        _oblige(first, 0.3e18);
        _release(first);
        _assertFlat(first.vault);
        vm.warp(vm.getBlockTimestamp() + 30 days);
        assertTrue(_takesEverything(first), "a flat vault is held back");
        vm.prank(first.owner);
        registry.changeVenue(first.vault, address(0), 0);
    }

    function test_what_needs_no_price_reads_none() public {
        _oblige(first, 0.3e18);
        vm.warp(vm.getBlockTimestamp() + 30 days);
        vm.record();
        venue.hasObligation(first.vault);
        venue.isFlat(first.vault);
        venue.lastTradeOf(first.vault);
        venue.positionsHash(_only(first.vault));
        venue.positionCount(_only(first.vault));
        _assertNoPriceWasRead();
    }

    /* SETTLE, ON QUOTE */

    function test_settling_twice_is_settling_once_and_anyone_may() public {
        _oblige(first, 0.3e18);
        _oblige(bystander, 0.3e18);
        _timePasses();
        bytes32 untouched = _digest(bystander.vault);
        vm.startPrank(stranger);
        venue.settle(first.vault);
        bytes32 once = _digest(first.vault);
        venue.settle(first.vault);
        venue.settle(second.vault);
        vm.stopPrank();
        assertEq(_digest(first.vault), once, "settle: not idempotent");
        assertEq(_digest(bystander.vault), untouched, "SEG-2: settle");
    }

    function test_MRG3_news_of_quote_never_fails_and_reads_no_price() public {
        _oblige(first, 0.3e18);
        _timePasses();
        vm.warp(vm.getBlockTimestamp() + 30 days);
        bytes32[3] memory vaults = [first.vault, second.vault, keccak256("no vault")];
        for (uint256 i = 0; i < vaults.length; ++i) {
            vm.record();
            assertTrue(_quoteArrives(address(engine), vaults[i]), "onQuote: failed");
            assertTrue(_quoteArrives(address(liquidationEngine), vaults[i]), "onQuote: failed");
            _assertNoPriceWasRead();
        }
    }

    function test_LIQ10_news_of_quote_and_settling_do_not_fail_when_the_quote_token_refuses() public {
        _oblige(first, 0.3e18);
        _timePasses();
        vm.mockCallRevert(address(usd), abi.encodeWithSignature("transfer(address,uint256)"), "frozen");
        assertTrue(_quoteArrives(address(engine), first.vault), "onQuote: failed");
        venue.settle(first.vault);
        vm.clearMockedCalls();
    }

    function test_MRG2_a_stranger_changes_nothing_by_telling_of_quote() public {
        _oblige(first, 0.3e18);
        bytes32 before = _digest(first.vault);
        _quoteArrives(stranger, first.vault);
        assertEq(_digest(first.vault), before, "onQuote: by a stranger");
    }

    /* BIDS */

    function test_SEG3_only_the_liquidation_engine_closes_out_and_covers() public {
        _oblige(first, 0.5e18);
        bytes32 before = _digest(first.vault);
        address[5] memory others = [stranger, first.owner, bidder.owner, address(engine), admin];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.prank(others[i]);
            (bool closed,) =
                address(venue).call(abi.encodeCall(IVenue.closeOut, (_only(first.vault), WAD, bidder.vault)));
            assertFalse(closed, "closeOut: by another than the liquidation engine");
            vm.prank(others[i]);
            (bool covered,) = address(venue).call(abi.encodeCall(IVenue.cover, (first.vault, bidder.vault, 1)));
            assertFalse(covered, "cover: by another than the liquidation engine");
        }
        assertEq(_digest(first.vault), before);
    }

    function testFuzz_LIQ3_a_bid_moves_the_fraction_of_everything_and_makes_nothing(
        uint256 part,
        uint256 fraction,
        uint256 priceWad
    ) public {
        _oblige(first, bound(part, 0.01e18, 0.5e18));
        _oblige(second, bound(part / 3, 0.01e18, 0.5e18));
        _timePasses();
        _mark(ETH_USD, bound(priceWad, 1700e18, 2300e18));
        bytes32[] memory vaults = _vaults(first.vault, second.vault);
        _settleAll(vaults);
        fraction = bound(fraction, 1e6, WAD);
        VenueMargin memory before = venue.margin(vaults, PriceView(PriceUse.Liquidation));
        int256 units = int256(_roundingUnits() * venue.positionCount(vaults));
        int256 unitsForTheBidder = int256(_unitsForTheBidder() * venue.positionCount(vaults));

        int256 said = _closeOut(vaults, fraction);
        VenueMargin memory left = venue.margin(vaults, PriceView(PriceUse.Liquidation));
        VenueMargin memory taken = _margin(bidder.vault, PriceUse.Liquidation);

        int256 share = _shareDown(before.value, fraction);
        assertLe(taken.value, share + unitsForTheBidder, "closeOut: rounded for the bidder");
        assertGe(taken.value, share - units, "closeOut: more than the fraction");
        assertApproxEqAbs(said, taken.value, uint256(units), "closeOut: valueMoved");
        assertApproxEqAbs(taken.value + left.value, before.value, uint256(units), "closeOut: value is conserved");
        assertApproxEqAbs(taken.mm + left.mm, before.mm, uint256(units), "closeOut: mm is conserved");
        assertApproxEqAbs(taken.im + left.im, before.im, uint256(units), "closeOut: im is conserved");
        assertApproxEqAbs(taken.gross + left.gross, before.gross, uint256(units), "closeOut: gross is conserved");
        assertApproxEqAbs(taken.mm, before.mm * fraction / WAD, uint256(units), "closeOut: mm moves by the fraction");
    }

    function testFuzz_SEG2_a_bid_moves_no_quote_and_touches_no_other_vault(uint256 fraction) public {
        _oblige(first, 0.5e18);
        _oblige(bystander, 0.3e18);
        venue.settle(first.vault);
        bytes32 untouched = _digest(bystander.vault);
        bytes32 book = _bookDigest(first.vault);
        bytes32 trade = venue.lastTradeOf(first.vault);
        bytes32 biddersTrade = venue.lastTradeOf(bidder.vault);
        _closeOut(_only(first.vault), bound(fraction, 1e6, WAD));
        assertEq(_digest(bystander.vault), untouched, "SEG-2: closeOut");
        assertEq(_bookDigest(first.vault), book, "closeOut: moved assets");
        assertNotEq(venue.lastTradeOf(first.vault), trade, "lastTradeOf: a bid");
        assertNotEq(venue.lastTradeOf(bidder.vault), biddersTrade, "lastTradeOf: the bidder's");
    }

    function test_LIQ9_taking_all_leaves_flat_vaults() public {
        _oblige(first, 0.5e18);
        _oblige(second, 0.2e18);
        bytes32[] memory vaults = _vaults(first.vault, second.vault);
        _settleAll(vaults);
        uint256 count = venue.positionCount(vaults);
        _closeOut(vaults, WAD);
        assertGt(count, 1, "positionCount: of two vaults");
        assertGt(venue.positionCount(_only(bidder.vault)), 0, "positionCount: the bidder's");
        _assertFlat(first.vault);
        _assertFlat(second.vault);
        assertTrue(_takesEverything(first), "setEngaged: still held back");
        assertFalse(_takesEverything(bidder), "setEngaged: the bidder is not");
    }

    function testFuzz_WF3_covering_pays_no_more_than_asked_and_takes_from_no_other_vault(uint256 amount) public {
        _oblige(first, 0.5e18);
        _oblige(bystander, 0.3e18);
        venue.settle(first.vault);
        _closeOut(_only(first.vault), WAD);
        bytes32 untouched = _footprint(bystander.vault);
        uint256 free = _free(bidder.vault, address(usd));
        int256 value = _margin(bidder.vault, PriceUse.Liquidation).value;
        amount = bound(amount, 1, 2 * HOUSE_CAPITAL);
        vm.prank(address(liquidationEngine));
        (uint256 paid, uint256 forgiven) = venue.cover(first.vault, bidder.vault, amount);
        assertLe(paid + forgiven, amount, "cover: more than asked");
        assertEq(_free(bidder.vault, address(usd)), free + paid, "cover: paidQuote");
        assertEq(_margin(bidder.vault, PriceUse.Liquidation).value, value + int256(forgiven), "cover: forgiven");
        assertEq(_footprint(bystander.vault), untouched, "WF-3");
    }

    /// @dev From opening to the end, by the real engine: nothing of it is special to a venue.
    function test_LIQ2_the_liquidation_engine_liquidates_it() public {
        _oblige(first, 0.9e18);
        _oblige(bystander, 0.05e18);
        _mark(ETH_USD, ETH_PRICE * 55 / 100);
        Health memory before = engine.healthOf(first.vault, PriceUse.Liquidation);
        assertLt(before.equity, int256(before.maintenance), "the author's _oblige risks too little");
        bytes32 untouched = _digest(bystander.vault);
        _bidForAll(first.vault);

        Health memory afterwards = engine.healthOf(first.vault, PriceUse.Liquidation);
        assertTrue(
            venue.isFlat(first.vault)
                || int256(afterwards.maintenance) - afterwards.equity < int256(before.maintenance) - before.equity,
            "LIQ-2"
        );
        assertEq(_digest(bystander.vault), untouched, "SEG-2");
    }

    /// @dev Margined together they are worth and require what each does, and a bid takes the same fraction of both.
    function test_SEG2_a_group_of_two_vaults_is_taken_by_one_fraction() public {
        Trader memory sibling = _client("first", 1);
        bytes32[] memory vaults = _vaults(first.vault, sibling.vault);
        IMarginGroups groups = _modules().groups;
        vm.prank(first.owner);
        groups.form(vaults, MarginMode.Cross, _none());
        _oblige(first, 0.9e18);
        _oblige(sibling, 0.9e18);
        _oblige(bystander, 0.05e18);
        _mark(ETH_USD, ETH_PRICE * 55 / 100);
        bytes32 untouched = _digest(bystander.vault);
        uint256[2] memory before =
            [_margin(first.vault, PriceUse.Liquidation).mm, _margin(sibling.vault, PriceUse.Liquidation).mm];
        Health memory health = engine.healthOf(first.vault, PriceUse.Liquidation);
        assertEq(health.maintenance, before[0] + before[1], "a group requires what its vaults do");
        assertLt(health.equity, int256(health.maintenance), "the author's _oblige risks too little");

        uint256 left = WAD - _bidForAll(first.vault).fractionWad;
        uint256 units = _roundingUnits() * venue.positionCount(_only(bidder.vault));
        for (uint256 i = 0; i < 2; ++i) {
            uint256 mm = _margin(vaults[i], PriceUse.Liquidation).mm;
            assertApproxEqAbs(mm, before[i] * left / WAD, units, "closeOut: not the same fraction of both");
        }
        assertEq(_digest(bystander.vault), untouched, "SEG-2");
    }

    /* TRADE IDS AND HASHES */

    function test_lastTradeOf_and_positionsHash_follow_the_vaults_own_changes_and_nothing_else() public {
        bytes32 trade = venue.lastTradeOf(first.vault);
        _oblige(first, 0.2e18);
        bytes32 obliged = venue.lastTradeOf(first.vault);
        bytes32 hash = venue.positionsHash(_only(first.vault));
        assertNotEq(obliged, trade, "lastTradeOf: a new position");

        _oblige(second, 0.2e18);
        _timePasses();
        venue.settle(first.vault);
        _mark(ETH_USD, 1950e18);
        _deposit(stranger, first.vault, usd, 10 * USD);
        assertEq(venue.lastTradeOf(first.vault), obliged, "lastTradeOf: nothing happened to the vault");
        assertEq(venue.positionsHash(_only(first.vault)), hash, "positionsHash: no size has changed");

        _oblige(first, 0.1e18);
        assertNotEq(venue.lastTradeOf(first.vault), obliged, "lastTradeOf: more");
        assertNotEq(venue.positionsHash(_only(first.vault)), hash, "positionsHash: more");
        hash = venue.positionsHash(_vaults(first.vault, second.vault));
        assertNotEq(hash, venue.positionsHash(_vaults(second.vault, first.vault)), "positionsHash: in the order given");
        obliged = venue.lastTradeOf(first.vault);
        _release(first);
        assertNotEq(venue.lastTradeOf(first.vault), obliged, "lastTradeOf: the end");
    }

    /* SEGREGATION */

    function test_SEG2_what_one_vault_does_changes_no_other() public {
        _oblige(bystander, 0.3e18);
        bytes32 untouched = _footprint(bystander.vault);
        _oblige(first, 0.3e18);
        assertEq(_footprint(bystander.vault), untouched, "SEG-2: obliging");
        _release(first);
        assertEq(_footprint(bystander.vault), untouched, "SEG-2: releasing");
        _assertSeg1(bystander.vault, address(usd));
        _assertSeg1(first.vault, address(usd));
    }

    /* GAS */

    function test_LIQ11_eight_vaults_fit_one_bid() public {
        bytes32[] memory vaults = new bytes32[](MAX_VAULTS);
        for (uint256 i = 0; i < MAX_VAULTS; ++i) {
            Trader memory one = _client("many", uint32(i));
            _oblige(one, 0.1e18);
            vaults[i] = one.vault;
        }
        _timePasses();
        vm.cool(address(venue));
        uint256 gas = gasleft();
        venue.settle(vaults[0]);
        assertLe(gas - gasleft(), _gasOfUpkeep(), "gas: settle");
        _settleAll(vaults);
        vm.cool(address(venue));
        gas = gasleft();
        venue.margin(vaults, PriceView(PriceUse.Liquidation));
        assertLe(gas - gasleft(), _gasOfMargin(), "gas: margin");
        vm.cool(address(venue));
        gas = gasleft();
        _closeOut(vaults, 0.5e18);
        assertLe(gas - gasleft(), _gasOfCloseOut(), "gas: closeOut");
        vm.cool(address(venue));
        gas = gasleft();
        _quoteArrives(address(engine), vaults[0]);
        assertLe(gas - gasleft(), _gasOfUpkeep(), "gas: onQuote");
    }
}
