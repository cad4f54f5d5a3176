// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { InstrumentKind, InstrumentTerms } from "../../src/interfaces/IClearingHouse.sol";
import { Bid } from "../../src/interfaces/ILiquidationEngine.sol";
import { PriceReport } from "../../src/interfaces/IOracleHub.sol";
import { Rights } from "../../src/libraries/Rights.sol";
import { TestToken } from "../../src/testing/TestToken.sol";
import { ClearingFixture } from "../support/ClearingFixture.sol";
import { VmSafe } from "forge-std/Vm.sol";

/// @notice What trades, rounds and bids cost as transactions of their own (isolate), prices posted already. Targets and figures as in Book.t.sol.
/// forge-config: default.isolate = true
contract ClearingGasTest is ClearingFixture {
    Trader private long;
    Trader private short;
    Trader private bidder;
    PriceReport[] private none;
    bytes32[] private one;
    Bid private wanted;
    bool private optionsInstead;
    bytes32 private constant OPTION_MARK = keccak256("OPTION");

    function setUp() public override {
        super.setUp();
        long = _trader("long", alpha, 2500 * USD);
        short = _trader("short", beta, 100_000 * USD);
        bidder = _trader("bidder", beta, 100_000 * USD);
        _deposit(long.owner, long.vault, eth, 1e18);
    }

    /// @dev Little enough to be used up.
    function _houseCapital() internal pure override returns (uint256) {
        return 5000 * USD;
    }

    /// @dev 5,000 of it for each side: the clients of its member that hold something are counted. 2,100 each to read the caps
    /// on open interest, of the instrument and of the venue.
    function testGasNovateTwoNewPositions() public {
        _trade(long, short, 1e18); // the instrument's first trade opens its rounds
        _novateAs(bidder, short, 1e18);
        _atMost(282_000);
    }

    /// @dev 2,100 of it each to read the caps on open interest, of the instrument and of the venue, and 2,300 for each side: whether its member replenished its contribution.
    function testGasNovateAgain() public {
        _trade(long, short, 1e18);
        _novateAs(long, short, 1e18);
        _atMost(234_000);
    }

    function testGasCloseRound() public {
        _trade(long, short, 1e18);
        _skip(ROUND_SECONDS);
        _mark(ETH_USD, 1950e18);
        clearingHouse.closeRound(PERP, none);
        _atMost(165_000);
    }

    /// @dev The loser's escrow is deployed here, as at its first withdrawal.
    function testGasSettleALoser() public {
        _lostRound();
        _settleAs(long.vault);
        _atMost(240_000);
    }

    function testGasSettleAGainer() public {
        _lostRound();
        _settle(long.vault);
        _settleAs(short.vault);
        _atMost(170_000);
    }

    /// @dev One collateral, one perp; the bidder holds neither. Above its target of 420,000: the failing vault's escrow is deployed here (45,000), a
    /// movement between escrows is measured on both sides, the clients of both members are counted, whose vault it is is asked before and after, and the book is valued three times (before, after, and the bidder's).
    function testGasStartAndBid() public {
        _trade(long, short, 15e18);
        _mark(ETH_USD, 1830e18);
        _bidAs(long.vault, WAD);
        _atMost(527_000);
    }

    /// @dev Above its target of 300,000, for the reasons above.
    function testGasFurtherBid() public {
        _trade(long, short, 15e18);
        _mark(ETH_USD, 1830e18);
        _bid(bidder, long.vault, 0.05e18);
        _bidAs(long.vault, 0.05e18);
        _atMost(366_000);
    }

    /// @dev All of the shortfall comes from house capital.
    function testGasABidForAWorthlessGroup() public {
        _trade(long, short, 15e18);
        _mark(ETH_USD, 1600e18);
        _bidAs(long.vault, WAD);
        _atMost(700_000);
    }

    /// @dev House capital is used up, and all members pay, from escrows not deployed before.
    function testGasABidForAWorthlessGroupThatEveryMemberPays() public {
        _fund(500 * USD);
        _trade(long, short, 15e18);
        _mark(ETH_USD, 1200e18);
        _bidAs(long.vault, WAD);
        _atMost(1_150_000);
    }

    function testGasTouch() public {
        _trade(long, short, 15e18);
        _mark(ETH_USD, 1830e18);
        liquidationEngine.touch(long.vault, none);
        _atMost(140_000);
    }

    /// @dev LIQ-11: eight assets (quote and seven collaterals) and sixteen positions, all new to the bidder.
    function testGasLIQ11TheWorstBid() public {
        _fillToTheBrim(2500 * USD, 1);
        assertEq(engine.assetsOf(long.vault).length, 8);
        _bidForTheBrimful();
        _atMost(5_000_000);
    }

    /// @dev LIQ-11, without quote, so that a debt goes with each position.
    function testGasLIQ11TheWorstBidWithDebts() public {
        _fillToTheBrim(0, 1);
        assertEq(clearingHouse.claimsOf(long.vault, 15).length, 1);
        _bidForTheBrimful();
        _atMost(5_000_000);
    }

    /// @dev LIQ-11, with fifteen short options beside the perp: calls and puts at as many strikes, of one expiry, where each is weighed at every strike. Without
    /// quote, so that a debt goes with each.
    function testGasLIQ11TheWorstBidWithOptions() public {
        optionsInstead = true;
        _fillToTheBrim(0, 1);
        assertEq(clearingHouse.instrumentsOf(long.vault).length, 16);
        _bidForTheBrimful();
        _atMost(5_000_000);
    }

    /// @dev LIQ-11: the same, worth nothing, so that house capital and every member pay. A write-off would make
    /// it cheaper: the debts would be gone.
    function testGasLIQ11TheWorstBidForAWorthlessGroup() public {
        _fund(2000 * USD);
        _fillToTheBrim(0, 1);
        _mark(ETH_USD, 900e18);
        _bidAs(long.vault, 0.5e18);
        _atMost(5_000_000);
        assertEq(_contributed(alpha), 0);
        assertEq(_waterfall().residualTotal() + clearingHouse.stateOf(0).shortfall, 0);
        assertLt(_contributed(_waterfall().contributors()[3]), 2000 * USD);
    }

    /// @dev Beyond LIQ-11: a debt to each of the eight rounds that may be open, in each of sixteen instruments. Above 5 M, under any block's limit: such
    /// a vault cannot hide behind its debts.
    function testGasABidForOneHundredAndTwentyEightDebts() public {
        _fillToTheBrim(0, 8);
        assertEq(clearingHouse.claimsOf(long.vault, 15).length, 8);
        _bidForTheBrimful();
        _atMost(9_000_000);
    }

    /* HELPERS */

    /// @dev As many members as there may be, with so much each.
    function _fund(uint256 each) private {
        for (uint256 i = 0; i < 4; ++i) {
            bytes32 member = alpha;
            if (i != 0) {
                vm.prank(admin);
                member = registry.admitMember(string(abi.encode("contributor", i)), address(1));
            }
            _require(member, each);
            _contribute(member, each);
        }
    }

    /// @dev A vault of its own in `long`: so much quote, seven collaterals, sixteen positions, and so many lost rounds of each.
    function _fillToTheBrim(uint256 quote, uint256 rounds) private {
        long = _trader("brimful", alpha, quote);
        _deposit(long.owner, long.vault, eth, 3e18);
        for (uint256 i = 0; i < 6; ++i) {
            TestToken token = new TestToken("T", "T", 18);
            vm.prank(admin);
            engine.listCollateral(address(token), ETH_USD, 0.1e18, 0.15e18);
            _deposit(long.owner, long.vault, token, 0.1e18);
        }
        for (uint32 i = 0; i < 16; ++i) {
            if (i != 0) _list();
            _letTrade(short, alphaOperator, Rights.TRADE);
            bool sold = optionsInstead && i != 0;
            bytes32 buyer = sold ? short.vault : long.vault;
            bytes32 seller = sold ? long.vault : short.vault;
            uint256 price = sold ? 100e18 : ETH_PRICE;
            vm.prank(alphaOperator);
            clearingHouse.novate(i, buyer, seller, sold ? 0.5e18 : 1e18, price, keccak256(abi.encode(i)), none);
        }
        for (uint256 round = 1; round <= rounds; ++round) {
            _skip(1);
            _mark(ETH_USD, 1900e18 - round * 1e18);
            _skip(ROUND_SECONDS);
            if (optionsInstead) _post(OPTION_MARK, 110e18);
            for (uint32 i = 0; i < 16; ++i) {
                clearingHouse.closeRound(i, none);
            }
        }
        clearingHouse.settle(long.vault);
    }

    function _list() private {
        InstrumentTerms memory terms = _perpTerms();
        if (optionsInstead) {
            uint32 number = clearingHouse.instrumentCount();
            if (number == 1) _post(OPTION_MARK, 100e18);
            (terms.kind, terms.indexFeed) = (number % 2 == 0 ? InstrumentKind.Call : InstrumentKind.Put, ETH_USD);
            (terms.feed, terms.imRateWad, terms.mmRateWad) = (OPTION_MARK, 0, 0);
            (terms.expiry, terms.strikeWad) = (uint64(START) + 30 days, uint128(1900e18 + uint256(number) * 10e18));
        }
        vm.prank(admin);
        clearingHouse.listInstrument(terms);
    }

    function _bidForTheBrimful() private {
        uint256 mark = 1895e18;
        uint256 optionMark = 110e18;
        while (optionsInstead && _health(long.vault).equity >= int256(_health(long.vault).maintenance)) {
            _mark(OPTION_MARK, optionMark += 10e18);
            _refresh(ETH_USD);
        }
        while (_health(long.vault).equity >= int256(_health(long.vault).maintenance)) {
            _mark(ETH_USD, mark -= 5e18);
        }
        assertEq(clearingHouse.instrumentsOf(long.vault).length, 16);
        _bidAs(long.vault, 0.5e18);
    }

    function _lostRound() private {
        _trade(long, short, 1e18);
        _roundAt(1950e18);
    }

    function _novateAs(Trader memory buyer, Trader memory seller, uint256 sizeWad) private {
        _letTrade(seller, buyer.operator, Rights.TRADE);
        vm.prank(buyer.operator);
        clearingHouse.novate(PERP, buyer.vault, seller.vault, sizeWad, ETH_PRICE, "gas", none);
    }

    function _settleAs(bytes32 vault) private {
        one.push(vault);
        clearingHouse.settleMany(PERP, one);
    }

    function _bidAs(bytes32 vault, uint256 fraction) private {
        wanted = _bidFor(vault, bidder.vault, fraction);
        vm.prank(bidder.owner);
        liquidationEngine.bid(wanted, none);
    }

    /// @dev Of the last transaction, after refunds, as in a receipt.
    function _atMost(uint256 limit) private {
        VmSafe.Gas memory gas = vm.lastCallGas();
        uint256 used = gas.gasTotalUsed - uint256(int256(gas.gasRefunded));
        emit log_named_uint("gas used", used);
        assertLe(used, limit, "gas");
    }
}
