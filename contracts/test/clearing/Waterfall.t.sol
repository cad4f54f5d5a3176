// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Bid, BidResult, ILiquidationEngine } from "../../src/interfaces/ILiquidationEngine.sol";
import { Health } from "../../src/interfaces/IMarginEngine.sol";
import { ClearingFixture } from "../support/ClearingFixture.sol";

/// @notice A vault worth less than nothing, and 100 dollars of house capital.
contract WaterfallTest is ClearingFixture {
    Trader internal failing;
    Trader internal short;
    Trader internal otherShort;
    Trader internal bystander;
    Trader internal bidder;

    function setUp() public override {
        super.setUp();
        failing = _trader("failing", alpha, 1500 * USD);
        _deposit(failing.owner, failing.vault, eth, 1e18);
        short = _trader("short", beta, 100_000 * USD);
        otherShort = _trader("other short", beta, 100_000 * USD);
        bystander = _trader("bystander", alpha, 5000 * USD);
        bidder = _trader("bidder", beta, 50_000 * USD);
        _trade(failing, short, 6e18);
        _trade(failing, otherShort, 4e18);
        _trade(bystander, short, 1e18);
    }

    function _houseCapital() internal pure override returns (uint256) {
        return 100 * USD;
    }

    function test_WF1_house_capital_is_used_up_before_any_due_is_written_off() public {
        // 3,000 lost in the round, of which 1,500 are paid, and 890 since; the ether is worth 1,611.
        _roundAt(1700e18);
        _failWith(1611e18);
        clearingHouse.settleMany(PERP, _vaults(short.vault, otherShort.vault));
        _settle(bystander.vault);
        uint256 due = _due(short.vault) + _due(otherShort.vault);
        bytes32 before = _snapshotOthers();
        Health memory health = _health(failing.vault);
        BidResult memory result = _bid(bidder, failing.vault, WAD);

        uint256 missing = uint256(-health.marketValue);
        assertEq(result.received, 100 * USD, "WF-1");
        assertEq(result.received + result.forgiven + result.residual, missing, "WF-2: to the unit");
        assertEq(result.residual, 0);
        assertEq(_quote(clearingHouse.houseVault()), 0);
        assertEq(_state().shortfall, result.forgiven, "recorded (LIQ-9)");
        assertEq(before, _snapshotOthers(), "WF-3: nobody else's book or position moved");

        // Exactly that much less reaches the gainers of that round, in proportion.
        clearingHouse.settleMany(PERP, _vaults(bidder.vault, short.vault));
        clearingHouse.settleMany(PERP, _vaults(otherShort.vault, bystander.vault));
        clearingHouse.settleMany(PERP, _vaults(short.vault, otherShort.vault));
        assertEq(_due(short.vault) + _due(otherShort.vault), 0, "complete: nothing more is due");
        assertGt(due, 0);
    }

    function test_WF2_a_write_off_lowers_each_gainers_due_pro_rata_to_the_unit() public {
        _roundAt(1611e18);
        clearingHouse.settleMany(PERP, _vaults(failing.vault, bystander.vault));
        clearingHouse.settleMany(PERP, _vaults(short.vault, otherShort.vault));
        uint256 dueShort = _due(short.vault);
        uint256 dueOther = _due(otherShort.vault);
        uint256 quoteShort = _quote(short.vault);
        uint256 quoteOther = _quote(otherShort.vault);
        BidResult memory result = _bid(bidder, failing.vault, WAD);
        assertGt(result.forgiven, 500 * USD);

        clearingHouse.settleMany(PERP, _vaults(short.vault, otherShort.vault));
        uint256 gotShort = _quote(short.vault) - quoteShort;
        uint256 gotOther = _quote(otherShort.vault) - quoteOther;
        assertApproxEqAbs(dueShort + dueOther - gotShort - gotOther, result.forgiven, 2, "the sum");
        // short gained on 7, the other on 4.
        assertApproxEqAbs(dueShort - gotShort, result.forgiven * 7 / 11, 2, "in proportion");
        assertEq(_due(short.vault) + _due(otherShort.vault), 0);
        assertEq(_lastRound().writtenOff, result.forgiven);
        assertEq(_state().openRounds, 0, "the round is complete");
        assertLe(_escrowQuote(), 3, "VM-1: only rounding stays");
    }

    function test_WF2_what_was_owed_to_nobody_yet_is_a_recorded_residual_that_the_bidder_agreed_to() public {
        _mark(ETH_USD, 1600e18); // a gap inside the round: nothing is owed
        Bid memory bid = _bidFor(failing.vault, bidder.vault, WAD);
        bid.maxResidual = uint128(799 * USD);
        vm.expectRevert(abi.encodeWithSelector(ILiquidationEngine.ResidualTooLarge.selector, 800 * USD, 799 * USD));
        this.bidAs(bidder, bid);
        bid.maxResidual = uint128(800 * USD);
        BidResult memory result = this.bidAs(bidder, bid);
        assertEq(result.received, 100 * USD);
        assertEq(result.forgiven, 0);
        assertEq(result.residual, 800 * USD);
        assertTrue(clearingHouse.isFlat(failing.vault), "LIQ-6: closed");
    }

    function test_LIQ6_the_reward_rises_while_nobody_wants_a_worthless_group() public {
        _mark(ETH_USD, 1680e18);
        liquidationEngine.touch(failing.vault, _none());
        _skip(10 minutes);
        liquidationEngine.touch(failing.vault, _none());
        (, uint256 x) = liquidationEngine.ratesOf(failing.vault);
        assertEq(x, WAD / 6);
        Health memory health = _health(failing.vault);
        BidResult memory result = _bid(bidder, failing.vault, 0.5e18);
        uint256 whole = uint256(-health.marketValue) + health.maintenance * x / WAD;
        assertEq(result.received + result.forgiven + result.residual, whole / 2);
        assertEq(liquidationEngine.auctionOf(failing.vault).insolventSeconds, 10 minutes);
    }

    function testFuzz_WF2_WF3_in_pieces_too(uint256 priceWad, uint256 fraction, bool settled) public {
        priceWad = bound(priceWad, 1500e18, 1680e18);
        if (settled) {
            _roundAt(priceWad);
            _failWith(priceWad);
        } else {
            _mark(ETH_USD, priceWad);
        }
        uint256 capital = _quote(clearingHouse.houseVault());
        uint256 forgiven = 0;
        uint256 paid = 0;
        bytes32 before = _snapshotOthers();
        for (uint256 i = 0; i < 3; ++i) {
            Health memory health = _health(failing.vault);
            if (health.equity >= int256(health.maintenance)) break;
            uint256 f = i == 2 ? WAD : bound(uint256(keccak256(abi.encode(fraction, i))), 0.05e18, 0.7e18);
            BidResult memory result = _bid(bidder, failing.vault, f);
            uint256 asked = uint256(-health.marketValue) * result.fractionWad / WAD;
            assertEq(result.received + result.forgiven + result.residual, asked, "WF-2");
            if (result.forgiven != 0) assertEq(_quote(clearingHouse.houseVault()), 0, "WF-1");
            forgiven += result.forgiven;
            paid += result.received;
        }
        assertEq(_quote(clearingHouse.houseVault()), capital - paid);
        assertEq(_state().shortfall, forgiven);
        assertEq(before, _snapshotOthers(), "WF-3");
    }

    /* HELPERS */

    function bidAs(Trader memory who, Bid memory bid) external returns (BidResult memory) {
        return _bid(who, bid);
    }

    function _failWith(uint256 priceWad) private {
        _mark(ETH_USD, priceWad);
        clearingHouse.settle(failing.vault);
    }

    /// @dev Books, positions and what is owed of all that no bid concerns.
    function _snapshotOthers() private view returns (bytes32) {
        bytes32[3] memory others = [short.vault, otherShort.vault, bystander.vault];
        bytes memory all;
        for (uint256 i = 0; i < others.length; ++i) {
            all = abi.encode(
                all,
                engine.bookOf(others[i], address(usd)),
                engine.bookOf(others[i], address(eth)),
                _position(others[i]),
                _owed(others[i])
            );
        }
        return keccak256(all);
    }
}
