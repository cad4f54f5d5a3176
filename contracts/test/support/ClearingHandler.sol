// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IClearingHouse, InstrumentTerms } from "../../src/interfaces/IClearingHouse.sol";
import { Contribution, IDefaultWaterfall } from "../../src/interfaces/IDefaultWaterfall.sol";
import { Bid, BidResult, ILiquidationEngine } from "../../src/interfaces/ILiquidationEngine.sol";
import { Book, Health, IMarginEngine } from "../../src/interfaces/IMarginEngine.sol";
import { IOracleHub, PriceReport, PriceUse } from "../../src/interfaces/IOracleHub.sol";
import { TestToken } from "../../src/testing/TestToken.sol";
import { Test } from "forge-std/Test.sol";

/// @notice Gives the handler what it cannot make itself: signed prices.
interface IPricePoster {
    /// @dev Every mark follows it.
    function postEth(uint256 priceWad) external;
    /// @dev The vault's owner lets the operator trade with it, or no longer.
    function letTrade(bytes32 vault, address operator, bool may) external;
}

/// @notice And what only the admin can do.
interface IFundAdmin {
    /// @dev Asks a member for that much.
    function requireContribution(bytes32 memberId, uint256 required) external;
}

/// @notice Everything that members, owners, bidders and strangers do, in any order. After every call all vaults are compared with what they were
/// before it: a change of one that the call does not concern is a crossed wall (SEG-2).
contract ClearingHandler is Test {
    uint256 private constant WAD = 1e18;
    uint256 private constant USD = 1e6;
    IClearingHouse private immutable clearingHouse;
    IMarginEngine private immutable engine;
    ILiquidationEngine private immutable liquidationEngine;
    IOracleHub private immutable oracle;
    IPricePoster private immutable poster;
    TestToken private immutable usd;
    TestToken private immutable eth;
    bytes32 private immutable feed;

    /// @dev What the layers of the waterfall hold: house capital, and each contributor's.
    struct Layers {
        uint256 house;
        uint256[] funds;
    }

    bytes32[] private members;
    mapping(bytes32 memberId => address) private operatorOf;
    mapping(bytes32 vault => bytes32) private memberOf;
    address[] private owners;
    address[] private operators;
    bytes32[] public vaults;
    uint32[] public instruments;

    uint256 private nonce;
    mapping(bytes32 vault => bytes32) private before;
    mapping(bytes32 vault => bool) private concerned;

    uint256 public wallsCrossed;
    uint256 public badBids;
    uint256 public forgiven;
    uint256 public housePaid;
    uint256 public housePaidIn;
    uint256 public residual;
    uint256 public repaid;
    mapping(bytes32 memberId => int256) public contributed;
    mapping(string what => uint256) public done;

    constructor(
        IClearingHouse clearingHouse_,
        IMarginEngine engine_,
        ILiquidationEngine liquidationEngine_,
        IOracleHub oracle_,
        IPricePoster poster_,
        TestToken usd_,
        TestToken eth_,
        bytes32 feed_
    ) {
        (clearingHouse, engine, liquidationEngine) = (clearingHouse_, engine_, liquidationEngine_);
        (oracle, poster, usd, eth, feed) = (oracle_, poster_, usd_, eth_, feed_);
    }

    function addMember(bytes32 memberId, address operator) external {
        require(msg.sender == address(poster), "the fuzzer may not");
        members.push(memberId);
        operatorOf[memberId] = operator;
    }

    function add(address owner, address operator, bytes32 vault, bytes32 memberId) external {
        require(msg.sender == address(poster), "the fuzzer may not");
        memberOf[vault] = memberId;
        owners.push(owner);
        operators.push(operator);
        vaults.push(vault);
    }

    function list(uint32 instrument) external {
        require(msg.sender == address(poster), "the fuzzer may not");
        instruments.push(instrument);
    }

    function instrumentCount() external view returns (uint256) {
        return instruments.length;
    }

    function count() external view returns (uint256) {
        return vaults.length;
    }

    /* WHAT HAPPENS */

    function trade(uint256 a, uint256 b, uint256 size, uint256 offset) external {
        uint32 instrument = instruments[size % instruments.length];
        (a, b) = (a % vaults.length, b % vaults.length);
        InstrumentTerms memory terms = clearingHouse.termsOf(instrument);
        uint256 price = oracle.feedState(terms.feed).priceWad * _bound(offset, 980, 1020) / 1000;
        _concern(vaults[a], vaults[b]);
        // As much as both can carry: vaults at the edge are what these tests are about.
        size = _bound(size, 1, 40e18);
        if (operators[a] != operators[b]) poster.letTrade(vaults[b], operators[a], true);
        for (uint256 i = 0; i < 6; ++i) {
            vm.prank(operators[a]);
            try clearingHouse.novate(instrument, vaults[a], vaults[b], size, price, bytes32(++nonce), _none()) {
                ++done["trade"];
                if (terms.strikeWad != 0) ++done["option trade"];
                break;
            } catch {
                size = size / 2 + 1;
            }
        }
        if (operators[a] != operators[b]) poster.letTrade(vaults[b], operators[a], false);
        _check();
    }

    function movePrice(uint256 change, uint256 time) external {
        vm.warp(vm.getBlockTimestamp() + _bound(time, 1, 20 minutes));
        uint256 price = oracle.feedState(feed).priceWad * _bound(change, 880, 1120) / 1000;
        if (price < 500e18 || price > 8000e18) price = 2000e18;
        poster.postEth(price);
    }

    function wait(uint256 time) external {
        vm.warp(vm.getBlockTimestamp() + _bound(time, 1, 10 minutes));
        poster.postEth(oracle.feedState(feed).priceWad);
    }

    function closeRound() external {
        vm.warp(vm.getBlockTimestamp() + 1 hours);
        poster.postEth(oracle.feedState(feed).priceWad);
        _concern(0, 0);
        for (uint256 i = 0; i < instruments.length; ++i) {
            _closeOne(instruments[i]);
        }
        _check();
    }

    /// @dev Refused while too many rounds are open; the price stays posted either way.
    function _closeOne(uint32 instrument) private {
        try clearingHouse.closeRound(instrument, _none()) {
            uint32 closed = clearingHouse.stateOf(instrument).round - 1;
            ++done["round"];
            if (clearingHouse.roundOf(instrument, closed).fundingWad != 0) ++done["funding"];
            if (clearingHouse.stateOf(instrument).expired) ++done["expiry"];
        } catch {
            ++done["round refused"];
        }
    }

    /// @dev In an order of its own each time.
    function settleAll(uint256 start) external {
        bytes32[] memory all = new bytes32[](vaults.length);
        for (uint256 i = 0; i < all.length; ++i) {
            all[i] = vaults[(start % 7 + i * 5) % all.length];
        }
        for (uint256 i = 0; i < instruments.length; ++i) {
            clearingHouse.settleMany(instruments[(start + i) % instruments.length], all);
        }
        ++done["settled all"];
    }

    function settle(uint256 a, uint256 b) external {
        bytes32[] memory some = new bytes32[](2);
        (some[0], some[1]) = (vaults[a % vaults.length], vaults[b % vaults.length]);
        _concern(some[0], some[1]);
        clearingHouse.settleMany(instruments[(a ^ b) % instruments.length], some);
        _check();
    }

    function touch(uint256 a) external {
        _concern(vaults[a % vaults.length], 0);
        liquidationEngine.touch(vaults[a % vaults.length], _none());
        _check();
    }

    /// @dev Whoever fails first in line; the last vault bids when no other is named.
    function bid(uint256 start, uint256 by, uint256 fraction) external {
        uint256 a = _failingFrom(start % vaults.length);
        if (a == vaults.length) return;
        uint256 b = by % 2 == 0 ? vaults.length - 1 : by % vaults.length;
        if (a == b) return;
        Health memory health = engine.healthOf(vaults[a], PriceUse.Liquidation);
        Layers memory had = _layers();
        int256 wealth = engine.healthOf(vaults[b], PriceUse.Liquidation).marketValue;
        bool solvent = health.marketValue > int256(uint256(liquidationEngine.auctionOf(vaults[a]).reserved));
        _concern(vaults[a], vaults[b]);
        Bid memory wanted = Bid({
            vault: vaults[a],
            bidderVault: vaults[b],
            fractionWad: _bound(fraction, 0.05e18, 1.5e18),
            limitWad: solvent ? WAD : 0,
            lastTradeId: clearingHouse.lastTradeOf(vaults[a]),
            skip: new address[](0),
            maxResidual: type(uint128).max,
            effectKey: bytes32(++nonce),
            deadline: uint64(vm.getBlockTimestamp())
        });
        vm.prank(owners[b]);
        BidResult memory result = liquidationEngine.bid(wanted, _none());
        _check();
        _judge(a, b, health, wealth, result);
        _judgeLayers(memberOf[vaults[a]], had, result);
        forgiven += result.forgiven;
        residual += result.residual;
        ++done[solvent ? "bid" : "insolvent bid"];
        if (result.forgiven != 0) ++done["write-off"];
    }

    function deposit(uint256 a, uint256 amount, bool quote) external {
        a = a % vaults.length;
        TestToken token = quote ? usd : eth;
        amount = quote ? _bound(amount, 1, 3000 * USD) : _bound(amount, 1, 2e18);
        token.mint(owners[a], amount);
        _concern(vaults[a], 0);
        vm.startPrank(owners[a]);
        token.approve(address(engine), amount);
        engine.deposit(vaults[a], address(token), amount);
        vm.stopPrank();
        _check();
    }

    function withdraw(uint256 a, uint256 amount, bool quote) external {
        a = a % vaults.length;
        address token = quote ? address(usd) : address(eth);
        uint256 free = engine.bookOf(vaults[a], token).free;
        if (free == 0) return;
        _concern(vaults[a], 0);
        vm.prank(owners[a]);
        engine.withdraw(vaults[a], token, _bound(amount, 1, free), owners[a], _none());
        _check();
        ++done["withdrawal"];
    }

    function donate(uint256 a, uint256 amount) external {
        bytes32 vault = a % 3 == 0
            ? clearingHouse.settlementVaultOf(instruments[amount % instruments.length])
            : vaults[a % vaults.length];
        _concern(0, 0);
        usd.mint(engine.escrowOf(vault), _bound(amount, 1, 1e12));
        _check(); // SEG-5
    }

    /* THE DEFAULT FUND */

    function payIn(uint256 who, uint256 amount) external {
        bytes32 member = members[who % members.length];
        bool house = who % 3 == 0;
        Contribution memory contribution = _waterfall().contributionOf(member);
        bytes32 vault = house ? clearingHouse.houseVault() : contribution.vault;
        amount = _bound(amount, 1, 200 * USD);
        // Mostly all that is called for: else nobody would trade for long.
        if (!house && contribution.required > contribution.free && amount % 4 != 0) {
            amount = contribution.required - contribution.free;
        }
        _concern(0, 0);
        usd.mint(address(this), amount);
        usd.approve(address(engine), amount);
        engine.deposit(vault, address(usd), amount);
        _check();
        if (house) housePaidIn += amount;
        else contributed[member] += int256(amount);
    }

    function requireContribution(uint256 who, uint256 required) external {
        _concern(0, 0);
        IFundAdmin(address(poster)).requireContribution(members[who % members.length], _bound(required, 0, 300 * USD));
        _check();
        ++done["requirement"];
    }

    /// @dev With a notice that has run, or one that has not.
    function withdrawContribution(uint256 who, uint256 amount, uint256 time) external {
        bytes32 member = members[who % members.length];
        Contribution memory had = _waterfall().contributionOf(member);
        amount = _bound(amount, 1, 500 * USD);
        vm.prank(operatorOf[member]);
        _waterfall().announceWithdrawal(member, amount);
        time = _bound(time, 0, 15 days);
        uint256 back = vm.getBlockTimestamp();
        vm.warp(back + time);
        _concern(0, 0);
        vm.prank(operatorOf[member]);
        try _waterfall().withdrawContribution(member, amount, address(this)) {
            contributed[member] -= int256(amount);
            if (time < 7 days || had.free < had.required + amount) ++badBids; // SEG-3
            ++done["contribution withdrawn"];
        } catch { }
        _check();
        vm.warp(back);
    }

    function repayResiduals(uint256 most) external {
        uint256 capital = _layers().house;
        uint256 open = _waterfall().residualTotal();
        _concern(0, 0);
        for (uint256 i = 0; i < vaults.length; ++i) {
            concerned[vaults[i]] = true; // paid without being named by the call
        }
        uint256 amount = _waterfall().repayResiduals(_bound(most, 1, 4));
        repaid += amount;
        if (amount > capital || amount > open || capital - _layers().house != amount) ++badBids; // WF-2
        if (amount != 0) ++done["repayment"];
    }

    /* JUDGEMENT */

    /// @dev WF-1: nothing is taken of a layer while the one above has anything left. WF-2: all of them are what was received of them.
    function _judgeLayers(bytes32 member, Layers memory had, BidResult memory result) private {
        Layers memory has = _layers();
        uint256 house = had.house - has.house;
        housePaid += house;
        bool ownLeft = false;
        uint256 mutual = 0;
        uint256 mutualLeft = 0;
        uint256 own = 0;
        for (uint256 i = 0; i < members.length; ++i) {
            uint256 paid = had.funds[i] - has.funds[i];
            contributed[members[i]] -= int256(paid);
            if (members[i] == member) (own, ownLeft) = (paid, has.funds[i] != 0);
            else (mutual, mutualLeft) = (mutual + paid, mutualLeft + has.funds[i]);
        }
        if (house + mutual + result.forgiven + result.residual != 0 && ownLeft) ++badBids; // WF-1
        if (mutual + result.forgiven + result.residual != 0 && has.house != 0) ++badBids; // WF-1
        if (result.forgiven + result.residual != 0 && mutualLeft != 0) ++badBids; // WF-1
        if (own + house + mutual > result.received) ++badBids; // WF-2: the rest is from R
        if (own != 0) ++done["own contribution"];
        if (mutual != 0) ++done["mutual"];
    }

    function _layers() private view returns (Layers memory layers) {
        layers.house = engine.bookOf(clearingHouse.houseVault(), address(usd)).free;
        layers.funds = new uint256[](members.length);
        for (uint256 i = 0; i < members.length; ++i) {
            layers.funds[i] = _waterfall().contributionOf(members[i]).free;
        }
    }

    function _waterfall() private view returns (IDefaultWaterfall) {
        return IDefaultWaterfall(address(clearingHouse));
    }

    /// @dev Beside the parties, a call may move the settlement escrow and the layers of the waterfall; those are compared in the invariants.
    function _concern(bytes32 a, bytes32 b) private {
        for (uint256 i = 0; i < vaults.length; ++i) {
            before[vaults[i]] = _digest(vaults[i]);
            concerned[vaults[i]] = vaults[i] == a || vaults[i] == b;
        }
    }

    function _check() private {
        for (uint256 i = 0; i < vaults.length; ++i) {
            if (!concerned[vaults[i]] && before[vaults[i]] != _digest(vaults[i])) ++wallsCrossed;
        }
    }

    /// @dev SEG-2: escrow (by its book), free, locked, credit, owed and position; due is shared market data.
    function _digest(bytes32 vault) private view returns (bytes32) {
        (uint256 owed,) = clearingHouse.owedAndDueOf(vault);
        bytes memory positions;
        for (uint256 i = 0; i < instruments.length; ++i) {
            positions = abi.encode(positions, clearingHouse.positionOf(vault, instruments[i]));
        }
        return keccak256(
            abi.encode(engine.bookOf(vault, address(usd)), engine.bookOf(vault, address(eth)), positions, owed)
        );
    }

    function _judge(uint256 a, uint256 b, Health memory was, int256 wealth, BidResult memory result) private {
        Health memory now_ = engine.healthOf(vaults[a], PriceUse.Liquidation);
        bool closed = result.fractionWad == WAD;
        bool fell = int256(now_.maintenance) - now_.equity < int256(was.maintenance) - was.equity;
        bool kept = (now_.equity + 64) * int256(was.maintenance) >= was.equity * int256(now_.maintenance);
        if (!closed && !(fell && kept)) ++badBids; // LIQ-2
        if (closed && (!clearingHouse.isFlat(vaults[a]) || now_.equity < 0)) ++badBids; // LIQ-9
        Health memory bidder = engine.healthOf(vaults[b], PriceUse.RiskIncrease);
        if (bidder.initialEquity < int256(bidder.initial)) ++badBids; // MRG-1
        // LIQ-3: what the bidder gained is no more than (1 − d)·V·f, or x·M·f.
        int256 gained = bidder.marketValue - wealth;
        int256 reserved = int256(result.paid) > 0 ? was.marketValue : int256(0);
        uint256 rate = result.paid > 0 ? WAD - result.rateWad : result.rateWad;
        uint256 base = result.paid > 0 ? uint256(reserved > 0 ? reserved : int256(0)) : was.maintenance;
        if (gained > int256(base * rate / WAD * result.fractionWad / WAD) + 64) ++badBids;
    }

    function _failingFrom(uint256 start) private view returns (uint256) {
        for (uint256 i = 0; i < vaults.length; ++i) {
            uint256 a = (start + i) % vaults.length;
            Health memory health = engine.healthOf(vaults[a], PriceUse.Liquidation);
            if (health.equity < int256(health.maintenance)) return a;
        }
        return vaults.length;
    }

    function _none() private pure returns (PriceReport[] memory) {
        return new PriceReport[](0);
    }
}
