// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Auction, AuctionTerms, Bid, BidResult, ILiquidationEngine } from "../../src/interfaces/ILiquidationEngine.sol";
import { Health, IMarginEngine } from "../../src/interfaces/IMarginEngine.sol";
import { IOracleHub } from "../../src/interfaces/IOracleHub.sol";
import { Modules } from "../../src/interfaces/Modules.sol";
import { Rights } from "../../src/libraries/Rights.sol";
import { LiquidationEngine } from "../../src/margin/LiquidationEngine.sol";
import { ClearingFixture } from "../support/ClearingFixture.sol";

/// @notice One vault long 10 ETH with 1,500 dollars and one ether: 3,300 of equity at 2,000, failing under 1,804.9,
/// E < 0 under 1,697.2, V < 0 under 1,681.8.
contract LiquidationTest is ClearingFixture {
    Trader internal failing;
    Trader internal short;
    Trader internal bidder;

    function setUp() public override {
        super.setUp();
        failing = _trader("failing", alpha, 1500 * USD);
        _deposit(failing.owner, failing.vault, eth, 1e18);
        short = _trader("short", beta, 100_000 * USD);
        bidder = _trader("bidder", beta, 50_000 * USD);
        _trade(failing, short, 10e18);
    }

    /* LIQ-1 */

    function test_LIQ1_a_healthy_group_cannot_be_taken() public {
        _mark(ETH_USD, 1810e18);
        Health memory health = _health(failing.vault);
        assertGe(health.equity, int256(health.maintenance));
        Bid memory bid = _bidFor(failing.vault, bidder.vault, WAD);
        vm.expectRevert(
            abi.encodeWithSelector(
                ILiquidationEngine.Healthy.selector, failing.vault, health.equity, health.maintenance
            )
        );
        this.bidAs(bidder, bid);
    }

    function test_LIQ1_nothing_is_taken_at_a_stale_price() public {
        _mark(ETH_USD, 1800e18);
        Bid memory bid = _bidFor(failing.vault, bidder.vault, WAD);
        uint64 seen = uint64(vm.getBlockTimestamp());
        vm.warp(seen + AGE_LIQUIDATION + 1);
        bid.deadline = uint64(vm.getBlockTimestamp());
        vm.expectRevert(abi.encodeWithSelector(IOracleHub.StalePrice.selector, ETH_USD, seen, uint256(AGE_LIQUIDATION)));
        this.bidAs(bidder, bid);
    }

    function test_LIQ1_a_dead_feed_shields_nothing_when_its_collateral_is_skipped() public {
        _deposit(failing.owner, failing.vault, btc, 1000); // 0.4 dollars
        vm.warp(vm.getBlockTimestamp() + AGE_LIQUIDATION + 1);
        _post(ETH_USD, 1800e18);
        Bid memory bid = _bidFor2(WAD);
        vm.expectPartialRevert(IOracleHub.StalePrice.selector);
        this.bidAs(bidder, bid);

        bid.skip = _list(address(btc));
        this.bidAs(bidder, bid);
        assertEq(_free(failing.vault, address(btc)), 1000, "skipped: it stays");
        assertEq(_free(bidder.vault, address(btc)), 0);
    }

    /* LIQ-2, LIQ-3 */

    function test_LIQ2_start_and_bid_in_one_call_leaves_health_at_the_target_and_the_auction_over() public {
        _mark(ETH_USD, 1800e18);
        Health memory before = _health(failing.vault);
        assertEq(before.equity, int256(1120 * USD));
        assertEq(before.maintenance, 1170 * USD);
        assertEq(before.marketValue, int256(1300 * USD));

        BidResult memory result = _bid(bidder, failing.vault, WAD);
        // B = 1,120 − 1.15 × 1,170 = −225.5; f = 225.5 / (225.5 + 0.98 × 1,300)
        assertEq(result.fractionWad, uint256(225.5e6) * WAD / (225.5e6 + 1274e6));
        assertEq(result.rateWad, 0.98e18);
        assertEq(result.paid, (1274e6 * result.fractionWad + WAD - 1) / WAD);

        Health memory afterwards = _health(failing.vault);
        assertApproxEqAbs(afterwards.equity, int256(afterwards.maintenance * 115 / 100), 8, "health 1.15");
        assertEq(liquidationEngine.auctionOf(failing.vault).startedAt, 0);
    }

    /// forge-config: default.fuzz.runs = 128
    /// forge-config: deep.fuzz.runs = 20000
    function testFuzz_LIQ3_a_bidder_gets_what_the_auction_price_allows(uint256 priceWad, uint256 fraction, uint256 wait)
        public
    {
        priceWad = bound(priceWad, 1710e18, 1804e18);
        fraction = bound(fraction, 0.001e18, 0.99e18); // the last hundredth would be dust
        _mark(ETH_USD, priceWad);
        liquidationEngine.touch(failing.vault, _none());
        _skip(bound(wait, 0, 15 minutes));

        Health memory before = _health(failing.vault);
        int256 wealth = _health(bidder.vault).marketValue;
        BidResult memory result = _bid(bidder, failing.vault, fraction);
        Health memory afterwards = _health(failing.vault);
        int256 gained = _health(bidder.vault).marketValue - wealth;

        int256 allowed = before.marketValue * int256((WAD - result.rateWad) * result.fractionWad / WAD) / int256(WAD);
        assertLe(gained, allowed + 2, "LIQ-3");
        assertGe(gained, allowed - 8, "and no less, up to rounding");
        assertLt(
            int256(afterwards.maintenance) - afterwards.equity, int256(before.maintenance) - before.equity, "LIQ-2: gap"
        );
        assertGe(
            (afterwards.equity + 64) * int256(before.maintenance),
            before.equity * int256(afterwards.maintenance),
            "LIQ-2: ratio"
        );
        assertLe(afterwards.equity, int256(afterwards.maintenance * 115 / 100 + 64), "never past the target");
        assertEq(_position(failing.vault).size + _position(bidder.vault).size, 10e18, "positions only moved");
        assertLe(result.fractionWad, fraction);
    }

    function test_LIQ3_a_bidder_names_its_limit() public {
        _mark(ETH_USD, 1800e18);
        Bid memory bid = _bidFor2(WAD);
        bid.limitWad = 0.97e18;
        vm.expectRevert(abi.encodeWithSelector(ILiquidationEngine.LimitExceeded.selector, 0.98e18, 0.97e18));
        this.bidAs(bidder, bid);
        bid.fractionWad = 0;
        bid.limitWad = WAD;
        vm.expectRevert(ILiquidationEngine.ZeroFraction.selector);
        this.bidAs(bidder, bid);
    }

    function test_LIQ3_skipping_cannot_turn_a_group_into_one_that_the_waterfall_pays_for() public {
        _mark(ETH_USD, 1800e18);
        Bid memory bid = _bidFor2(WAD);
        bid.skip = _list(address(eth));
        vm.expectRevert(
            abi.encodeWithSelector(ILiquidationEngine.CannotSkip.selector, failing.vault, -int256(500 * USD))
        );
        this.bidAs(bidder, bid);

        // Nor raise its pay: where V ≤ 0, the ether that the bidder leaves counts as if taken.
        _mark(ETH_USD, 1660e18);
        bid = _bidFor2(WAD);
        bid.limitWad = 0;
        bid.skip = _list(address(eth));
        BidResult memory result = this.bidAs(bidder, bid);
        assertEq(result.received, 240 * USD, "3,400 lost of 1,500 and an ether at 1,660");
        assertEq(_free(failing.vault, address(eth)), 1e18);
    }

    /* LIQ-4 */

    /// forge-config: default.fuzz.runs = 24
    /// forge-config: deep.fuzz.runs = 20000
    function testFuzz_LIQ4_bidding_in_pieces_takes_no_more_than_one_bid(uint256 seed) public {
        _mark(ETH_USD, 1740e18);
        liquidationEngine.touch(failing.vault, _none());
        _skip(15 minutes);
        liquidationEngine.touch(failing.vault, _none());
        _skip(15 minutes);
        uint256 state = vm.snapshotState();
        int256 wealth = _health(bidder.vault).marketValue;
        _bid(bidder, failing.vault, WAD);
        int256 once = _health(bidder.vault).marketValue - wealth;

        vm.revertToState(state);
        uint256 bids = 0;
        while (!_isHealthy(failing.vault) && bids < 25) {
            seed = uint256(keccak256(abi.encode(seed)));
            _bid(bidder, failing.vault, bids == 24 ? WAD : bound(seed, 0.02e18, 0.08e18));
            ++bids;
            // R counts in E, and no settlement and no bid takes it.
            clearingHouse.settle(failing.vault);
            assertGe(_quote(failing.vault), liquidationEngine.auctionOf(failing.vault).reserved);
        }
        int256 pieces = _health(bidder.vault).marketValue - wealth;
        assertGt(bids, 3);
        assertLe(pieces, once + int256(bids) * 8, "up to rounding");
    }

    function test_LIQ4_what_bidders_paid_in_pays_no_debt_before_the_auction_ends() public {
        // A loss settled beyond its quote leaves a debt; the price stays.
        _roundAt(1790e18);
        clearingHouse.settle(failing.vault);
        uint256 owed = _owed(failing.vault);
        assertGt(owed, 500 * USD);
        BidResult memory first = _bid(bidder, failing.vault, 0.05e18);
        assertEq(_owed(failing.vault), owed - (owed * 5 + 99) / 100);
        assertEq(_quote(failing.vault), first.paid);
        clearingHouse.settle(failing.vault);
        assertEq(_quote(failing.vault), first.paid, "set aside");

        _bid(bidder, failing.vault, WAD);
        assertEq(liquidationEngine.auctionOf(failing.vault).startedAt, 0, "ended");
        assertEq(_quote(failing.vault), 0, "now ordinary quote, it pays what is owed");
    }

    /* LIQ-5 */

    function test_LIQ5_dust_is_taken_whole() public {
        Trader memory small = _trader("small", alpha, 2 * USD);
        _trade(small, short, 0.01e18);
        _mark(ETH_USD, 1880e18);
        Bid memory bid = _bidFor(small.vault, bidder.vault, 0.5e18);
        vm.expectRevert(abi.encodeWithSelector(ILiquidationEngine.DustLeft.selector, small.vault));
        this.bidAs(bidder, bid);
        BidResult memory result = _bid(bidder, small.vault, WAD);
        assertEq(result.fractionWad, WAD);
        assertTrue(clearingHouse.isFlat(small.vault));
    }

    /* LIQ-7 */

    function test_LIQ7_nobody_liquidates_itself() public {
        _mark(ETH_USD, 1800e18);
        bytes32 second = _openVault(failing.owner, 1, address(clearingHouse), alpha);
        _deposit(failing.owner, second, usd, 50_000 * USD);
        Bid memory bid = _bidFor(failing.vault, second, WAD);
        vm.expectRevert(abi.encodeWithSelector(ILiquidationEngine.SelfLiquidation.selector, failing.vault, second));
        this.bidAs(failing, bid);

        // Nor by somebody else's vault that it may trade with, nor by the operator of the failing vault.
        vm.startPrank(bidder.owner);
        registry.setRights(bidder.accountId, failing.owner, Rights.TRADE);
        registry.setRights(bidder.accountId, failing.operator, Rights.TRADE);
        vm.stopPrank();
        bid = _bidFor2(WAD);
        bytes memory refusal =
            abi.encodeWithSelector(ILiquidationEngine.SelfLiquidation.selector, failing.vault, bidder.vault);
        vm.prank(failing.owner);
        vm.expectRevert(refusal);
        liquidationEngine.bid(bid, _none());
        vm.prank(failing.operator);
        vm.expectRevert(refusal);
        liquidationEngine.bid(bid, _none());
    }

    function test_MRG2_only_who_may_trade_for_the_bidding_vault_bids_with_it() public {
        _mark(ETH_USD, 1800e18);
        Bid memory bid = _bidFor2(WAD);
        address stranger = makeAddr("stranger");
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(ILiquidationEngine.NotAuthorised.selector, bidder.vault, stranger));
        liquidationEngine.bid(bid, _none());
    }

    function test_SEG2_the_clearing_houses_own_escrows_cannot_be_bid_for_nor_with() public {
        _mark(ETH_USD, 1800e18);
        bytes32 house = clearingHouse.houseVault();
        Bid memory bid = _bidFor2(WAD);
        bid.vault = house;
        bid.lastTradeId = 0;
        vm.expectRevert(abi.encodeWithSelector(ILiquidationEngine.VenueMismatch.selector, house, bidder.vault));
        this.bidAs(bidder, bid);
    }

    /* LIQ-8 */

    function test_LIQ8_the_discount_falls_only_over_time_shown_unhealthy() public {
        _mark(ETH_USD, 1800e18);
        liquidationEngine.touch(failing.vault, _none());
        _skip(10 minutes);
        liquidationEngine.touch(failing.vault, _none());
        assertEq(liquidationEngine.auctionOf(failing.vault).solventSeconds, 10 minutes);
        (uint256 discount,) = liquidationEngine.ratesOf(failing.vault);
        assertEq(discount, 0.89e18);

        // Seen by nobody for longer than the gap: the clock starts anew.
        _skip(15 minutes + 1);
        (discount,) = liquidationEngine.ratesOf(failing.vault);
        assertEq(discount, 0.98e18);
        liquidationEngine.touch(failing.vault, _none());
        assertEq(liquidationEngine.auctionOf(failing.vault).solventSeconds, 0);
    }

    /// forge-config: default.fuzz.runs = 32
    /// forge-config: deep.fuzz.runs = 20000
    function testFuzz_LIQ8_d_is_monotone_within_one_auction(uint256 seed) public {
        _mark(ETH_USD, 1800e18);
        uint256 last = WAD;
        for (uint256 i = 0; i < 12; ++i) {
            liquidationEngine.touch(failing.vault, _none());
            (uint256 discount,) = liquidationEngine.ratesOf(failing.vault);
            assertLe(discount, last);
            assertGe(discount, 0.5e18);
            last = discount;
            seed = uint256(keccak256(abi.encode(seed)));
            _skip(seed % 15 minutes);
        }
    }

    function test_LIQ8_anyone_showing_health_ends_the_auction_and_a_new_one_starts_at_the_top() public {
        _mark(ETH_USD, 1800e18);
        liquidationEngine.touch(failing.vault, _none());
        _skip(14 minutes);
        liquidationEngine.touch(failing.vault, _none());
        _mark(ETH_USD, 1900e18);
        liquidationEngine.touch(failing.vault, _none());
        assertEq(liquidationEngine.auctionOf(failing.vault).startedAt, 0);
        _mark(ETH_USD, 1800e18);
        assertEq(_bid(bidder, failing.vault, WAD).rateWad, 0.98e18);
    }

    function test_a_successful_health_check_ends_the_auction() public {
        _mark(ETH_USD, 1800e18);
        liquidationEngine.touch(failing.vault, _none());
        _deposit(failing.owner, failing.vault, usd, 5000 * USD);
        assertGt(liquidationEngine.auctionOf(failing.vault).startedAt, 0, "a deposit runs no health check");
        _withdraw(failing.owner, failing.vault, address(usd), 1 * USD);
        assertEq(liquidationEngine.auctionOf(failing.vault).startedAt, 0);
        vm.expectRevert(abi.encodeWithSelector(ILiquidationEngine.NotTheMarginEngine.selector, address(this)));
        liquidationEngine.onHealthy(failing.vault);
    }

    /* LIQ-10 */

    function test_LIQ10_a_collateral_that_refuses_becomes_credit_and_blocks_nothing() public {
        _mark(ETH_USD, 1800e18);
        uint256 free = _free(failing.vault, address(eth));
        vm.mockCallRevert(address(eth), abi.encodeWithSignature("transfer(address,uint256)"), "no");
        BidResult memory result = _bid(bidder, failing.vault, WAD);
        vm.clearMockedCalls();
        uint256 share = free * result.fractionWad / WAD;
        assertEq(_free(failing.vault, address(eth)), free - share);
        assertEq(engine.creditOf(failing.vault, address(eth), bidder.vault), share, "inside the same escrow");
        vm.prank(bidder.owner);
        engine.claimCredit(failing.vault, address(eth), bidder.vault, bidder.owner);
        assertEq(eth.balanceOf(bidder.owner), share);
    }

    function test_LIQ10_a_vault_whose_quote_is_frozen_is_still_taken() public {
        _mark(ETH_USD, 1690e18);
        vm.mockCallRevert(address(usd), abi.encodeWithSignature("transfer(address,uint256)"), "frozen");
        BidResult memory result = _bid(bidder, failing.vault, WAD);
        vm.clearMockedCalls();
        assertEq(result.fractionWad, WAD);
        assertTrue(clearingHouse.isFlat(failing.vault));
        _assertSeg1(failing.vault, address(usd));
        _assertSeg1(bidder.vault, address(usd));
    }

    /* EFF-1 */

    function test_EFF1_an_effect_key_works_once_for_a_bidding_vault_and_not_after_its_deadline() public {
        _mark(ETH_USD, 1800e18);
        Bid memory bid = _bidFor2(0.01e18);
        bid.effectKey = "key";
        this.bidAs(bidder, bid);
        assertTrue(liquidationEngine.effectKeyUsed(bidder.vault, "key"));
        vm.expectRevert(abi.encodeWithSelector(ILiquidationEngine.EffectKeyUsed.selector, bidder.vault, bytes32("key")));
        this.bidAs(bidder, bid);

        // Another's vault has keys of its own: nobody can burn mine.
        Trader memory other = _trader("other", beta, 50_000 * USD);
        Bid memory theirs = _bidFor(failing.vault, other.vault, 0.01e18);
        theirs.effectKey = "key";
        this.bidAs(other, theirs);

        bid = _bidFor2(WAD);
        bid.deadline = uint64(vm.getBlockTimestamp() - 1);
        vm.expectRevert(
            abi.encodeWithSelector(ILiquidationEngine.DeadlinePassed.selector, bid.deadline, vm.getBlockTimestamp())
        );
        this.bidAs(bidder, bid);
    }

    function test_a_bid_can_name_the_trade_it_saw_or_take_the_vault_as_it_is() public {
        _mark(ETH_USD, 1800e18);
        Bid memory bid = _bidFor2(0.01e18);
        bytes32 seen = bid.lastTradeId;
        _trade(short, failing, 0.1e18); // the owner reduces in front of the bid
        bytes32 current = clearingHouse.lastTradeOf(failing.vault);
        vm.expectRevert(
            abi.encodeWithSelector(ILiquidationEngine.PositionChanged.selector, failing.vault, seen, current)
        );
        this.bidAs(bidder, bid);
        bid.lastTradeId = 0;
        this.bidAs(bidder, bid);
        assertNotEq(clearingHouse.lastTradeOf(failing.vault), current);
    }

    /* THE BIDDER */

    function test_MRG1_a_bidder_must_be_able_to_carry_what_it_takes() public {
        Trader memory poor = _trader("poor", beta, 50 * USD);
        _mark(ETH_USD, 1800e18);
        Bid memory bid = _bidFor(failing.vault, poor.vault, WAD);
        vm.expectPartialRevert(IMarginEngine.Unhealthy.selector);
        this.bidAs(poor, bid);
    }

    function test_a_bidder_with_the_opposite_position_nets_and_open_interest_falls() public {
        _trade(bidder, short, 1e18); // so that open interest is not the failing vault's alone
        _trade(short, bidder, 5e18);
        assertEq(_position(bidder.vault).size, -4e18);
        _mark(ETH_USD, 1690e18);
        _bid(bidder, failing.vault, WAD);
        assertEq(_position(bidder.vault).size, 6e18);
        assertEq(_position(short.vault).size, -6e18);
        assertEq(_state().openInterest, 6e18);
        assertEq(_state().holders, 2);
    }

    function test_terms_that_make_no_sense_are_refused() public {
        AuctionTerms memory terms = _auctionTerms();
        terms.kneeDiscountWad = terms.startDiscountWad + 1;
        Modules memory modules = _modules();
        vm.expectRevert(ILiquidationEngine.BadTerms.selector);
        new LiquidationEngine(modules, terms);
    }

    /* HELPERS */

    function bidAs(Trader memory who, Bid memory bid) external returns (BidResult memory) {
        return _bid(who, bid);
    }

    /// @dev A bid whose limit needs no health: prices may be stale.
    function _bidFor2(uint256 fraction) private view returns (Bid memory) {
        return Bid({
            vault: failing.vault,
            bidderVault: bidder.vault,
            fractionWad: fraction,
            limitWad: WAD,
            lastTradeId: clearingHouse.lastTradeOf(failing.vault),
            skip: new address[](0),
            maxResidual: 0,
            effectKey: keccak256(abi.encode("plain", fraction)),
            deadline: uint64(vm.getBlockTimestamp())
        });
    }

    function _isHealthy(bytes32 vault) private view returns (bool) {
        Health memory health = _health(vault);
        return health.equity >= int256(health.maintenance);
    }

    function _list(address token) private pure returns (address[] memory list) {
        list = new address[](1);
        list[0] = token;
    }
}
