// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Bid } from "../../src/interfaces/ILiquidationEngine.sol";
import { Health } from "../../src/interfaces/IMarginEngine.sol";
import { PriceUse } from "../../src/interfaces/IOracleHub.sol";
import { IVaultRegistry } from "../../src/interfaces/IVaultRegistry.sol";
import { IVenue, PriceView, VenueMargin } from "../../src/interfaces/IVenue.sol";
import { Rights } from "../../src/libraries/Rights.sol";
import { Fixture } from "../Fixture.sol";

/// @notice What IVenue promises, as tests that a venue's author inherits. Give it the venue and three verbs; it deploys the rest of the system as
/// production does, and plays owners, bidders, strangers and the engines.
///
///     contract MyVenueConformanceTest is VenueConformance {
///         function _deployVenue() internal override returns (IVenue) { … }
///         function _oblige(Trader memory who, uint256 partWad) internal override { … }
///         function _release(Trader memory who) internal override { … }
///     }
abstract contract VenueConformance is Fixture {
    uint256 internal constant STAKE_QUOTE = 2000 * USD;
    uint256 internal constant STAKE_ETHER = 2e18;
    uint256 private constant MAX_VAULTS = 8;

    IVenue internal venue;
    Trader internal first;
    Trader internal second;
    Trader internal bystander;
    Trader internal bidder;
    address private immutable stranger = makeAddr("stranger");

    /* WHAT THE VENUE'S AUTHOR GIVES */

    /// @dev Deploys the venue under test, and whatever it needs. Prices are fresh.
    function _deployVenue() internal virtual returns (IVenue);

    /// @dev Gives the vault a position, or adds to it: `partWad` of the most that a vault with the stake above could carry, more or less. At 0.9 the
    /// vault must be unhealthy once ether has lost 45 %. The bidder's position must not offset it. Prices are fresh.
    function _oblige(Trader memory who, uint256 partWad) internal virtual;

    /// @dev Ends all that the vault and the venue have with one another. Time may pass.
    function _release(Trader memory who) internal virtual;

    /// @dev The member that vaults of this venue name. Zero unless the venue is the clearing house.
    function _memberId() internal view virtual returns (bytes32) {
        return 0;
    }

    /// @dev Time passes, and the venue decides what it decides by itself. Prices end fresh.
    function _timePasses() internal virtual {
        _skip(1 days);
    }

    /// @dev What one position's roundings may come to when it is split, in units of quote, against the bidder.
    function _roundingUnits() internal view virtual returns (uint256) {
        return 2;
    }

    /// @dev The same in favour of the bidder: none, unless positions of several vaults become one, which is then rounded once.
    function _unitsForTheBidder() internal view virtual returns (uint256) {
        return 0;
    }

    /// @dev Cold, for eight vaults with a position each. A bid in a group of eight has to fit 5 M gas in all (LIQ-11): it reads margins three times.
    function _gasOfMargin() internal view virtual returns (uint256) {
        return 400_000;
    }

    function _gasOfCloseOut() internal view virtual returns (uint256) {
        return 1_500_000;
    }

    /// @dev Cold, for one vault: settle and onQuote.
    function _gasOfUpkeep() internal view virtual returns (uint256) {
        return 100_000;
    }

    function setUp() public virtual override {
        super.setUp();
        venue = _deployVenue();
        first = _client("first", 0);
        second = _client("second", 0);
        bystander = _client("bystander", 0);
        bidder = _client("bidder", 0);
        _deposit(bidder.owner, bidder.vault, usd, 200_000 * USD);
    }

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

        Bid memory bid = Bid({
            vault: first.vault,
            bidderVault: bidder.vault,
            fractionWad: WAD,
            limitWad: before.marketValue > 0 ? WAD : 0,
            lastTradeId: venue.lastTradeOf(first.vault),
            skip: new address[](0),
            maxResidual: type(uint128).max,
            effectKey: "conformance",
            deadline: uint64(vm.getBlockTimestamp())
        });
        vm.prank(bidder.owner);
        liquidationEngine.bid(bid, _none());

        Health memory afterwards = engine.healthOf(first.vault, PriceUse.Liquidation);
        assertTrue(
            venue.isFlat(first.vault)
                || int256(afterwards.maintenance) - afterwards.equity < int256(before.maintenance) - before.equity,
            "LIQ-2"
        );
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

    /* WORDS */

    /// @dev An owner with a vault at the venue, and the stake in it. The member's operator, if there is one, may trade for it.
    function _client(string memory name, uint32 bucket) internal returns (Trader memory who) {
        who.owner = makeAddr(name);
        who.vault = _openVault(who.owner, bucket, address(venue), _memberId());
        who.accountId = registry.vaultOf(who.vault).accountId;
        who.operator = _memberId() == 0 ? who.owner : registry.memberOperator(_memberId());
        if (who.operator != who.owner) {
            vm.prank(who.owner);
            registry.setRights(who.accountId, who.operator, Rights.TRADE);
        }
        _deposit(who.owner, who.vault, usd, STAKE_QUOTE);
        _deposit(who.owner, who.vault, eth, STAKE_ETHER);
    }

    function _margin(bytes32 vault, PriceUse use) internal view returns (VenueMargin memory) {
        return venue.margin(_only(vault), PriceView(use));
    }

    function _only(bytes32 vault) internal pure returns (bytes32[] memory vaults) {
        vaults = new bytes32[](1);
        vaults[0] = vault;
    }

    /// @dev As a bid does it: in a group whose vaults have all been settled.
    function _closeOut(bytes32[] memory vaults, uint256 fractionWad) internal returns (int256) {
        vm.prank(address(liquidationEngine));
        return venue.closeOut(vaults, fractionWad, bidder.vault);
    }

    function _settleAll(bytes32[] memory vaults) private {
        for (uint256 i = 0; i < vaults.length; ++i) {
            venue.settle(vaults[i]);
        }
    }

    function _quoteArrives(address caller, bytes32 vault) private returns (bool ok) {
        vm.prank(caller);
        (ok,) = address(venue).call(abi.encodeCall(IVenue.onQuote, (vault)));
    }

    /// @dev Asset by asset, as an owner would who wants to leave.
    function _takesEverything(Trader memory who) private returns (bool) {
        return _takesAll(who, address(usd)) && _takesAll(who, address(eth));
    }

    function _takesAll(Trader memory who, address token) private returns (bool ok) {
        uint256 free = _free(who.vault, token);
        if (free == 0) return true;
        vm.prank(who.owner);
        (ok,) = address(engine).call(abi.encodeCall(engine.withdraw, (who.vault, token, free, who.owner, _none())));
    }

    function _assertFlat(bytes32 vault) private view {
        assertTrue(venue.isFlat(vault), "isFlat: nothing is left");
        assertFalse(venue.hasObligation(vault), "hasObligation: nothing is left");
        assertEq(venue.positionCount(_only(vault)), 0, "positionCount: nothing is left");
        assertEq(venue.positionsHash(_only(vault)), 0, "positionsHash: nothing is left");
    }

    function _assertNoPriceWasRead() private {
        (bytes32[] memory reads,) = vm.accesses(address(oracle));
        assertEq(reads.length, 0, "a price was read");
    }

    /* DIGESTS: what must not change */

    /// @dev SEG-2: escrow, book, owed and position. Comparable whatever time passes.
    function _footprint(bytes32 vault) internal view returns (bytes32) {
        bytes32 positions = venue.positionsHash(_only(vault));
        return keccak256(abi.encode(_bookDigest(vault), positions, venue.lastTradeOf(vault), venue.isFlat(vault)));
    }

    /// @dev The same and what it is worth: comparable at one time and price.
    function _digest(bytes32 vault) internal view returns (bytes32) {
        return keccak256(abi.encode(_footprint(vault), _marginDigest(_only(vault), PriceUse.Liquidation)));
    }

    function _bookDigest(bytes32 vault) private view returns (bytes32) {
        return keccak256(abi.encode(engine.bookOf(vault, address(usd)), engine.bookOf(vault, address(eth))));
    }

    function _marginDigest(bytes32[] memory vaults, PriceUse use) private view returns (bytes32) {
        return keccak256(abi.encode(venue.margin(vaults, PriceView(use))));
    }

    /// @dev ⌊value × fraction⌋, toward −∞.
    function _shareDown(int256 value, uint256 fractionWad) private pure returns (int256) {
        int256 product = value * int256(fractionWad);
        int256 share = product / int256(WAD);
        return product < 0 && product % int256(WAD) != 0 ? share - 1 : share;
    }
}
