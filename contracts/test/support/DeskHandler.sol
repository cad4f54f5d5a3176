// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { LendingDesk } from "../../examples/LendingDesk.sol";
import { Bid, BidResult, ILiquidationEngine } from "../../src/interfaces/ILiquidationEngine.sol";
import { Health, IMarginEngine } from "../../src/interfaces/IMarginEngine.sol";
import { IOracleHub, PriceReport, PriceUse } from "../../src/interfaces/IOracleHub.sol";
import { TestToken } from "../../src/testing/TestToken.sol";
import { IPricePoster } from "./ClearingHandler.sol";
import { Test } from "forge-std/Test.sol";

/// @notice Everything that lenders, borrowers, bidders and strangers do at a lending desk, in any order. After every call all vaults and all lenders are
/// compared with what they were before it.
contract DeskHandler is Test {
    uint256 private constant WAD = 1e18;
    uint256 private constant USD = 1e6;

    LendingDesk private immutable desk;
    IMarginEngine private immutable engine;
    ILiquidationEngine private immutable liquidationEngine;
    IOracleHub private immutable oracle;
    IPricePoster private immutable poster;
    TestToken private immutable usd;
    TestToken private immutable eth;
    bytes32 private immutable feed;

    address[] public lenders;
    address[] public owners;
    bytes32[] public vaults;
    mapping(bytes32 vault => bytes32) private before;
    uint256 private claimsBefore;
    uint256 private sharesBefore;
    uint256 private nonce;

    uint256 public wallsCrossed;
    uint256 public badBids;
    uint256 public badClaims;
    uint256 public gifts;
    mapping(string what => uint256) public done;

    constructor(
        LendingDesk desk_,
        IMarginEngine engine_,
        ILiquidationEngine liquidationEngine_,
        IOracleHub oracle_,
        IPricePoster poster_,
        TestToken usd_,
        TestToken eth_,
        bytes32 feed_
    ) {
        (desk, engine, liquidationEngine, oracle) = (desk_, engine_, liquidationEngine_, oracle_);
        (poster, usd, eth, feed) = (poster_, usd_, eth_, feed_);
    }

    function add(address owner, bytes32 vault) external {
        require(msg.sender == address(poster), "the fuzzer may not");
        owners.push(owner);
        vaults.push(vault);
    }

    function addLender(address lender) external {
        require(msg.sender == address(poster), "the fuzzer may not");
        lenders.push(lender);
    }

    function count() external view returns (uint256) {
        return vaults.length;
    }

    function lenderCount() external view returns (uint256) {
        return lenders.length;
    }

    /* LENDERS */

    function supply(uint256 who, uint256 amount) external {
        address lender = lenders[who % lenders.length];
        amount = _bound(amount, 1, 20_000 * USD);
        usd.mint(lender, amount);
        _look();
        vm.startPrank(lender);
        usd.approve(address(desk), amount);
        desk.supply(amount);
        vm.stopPrank();
        _compare(0, 0);
        if (desk.claims() != claimsBefore + amount) ++badClaims;
        _judgePrice();
        ++done["supply"];
    }

    function redeem(uint256 who, uint256 part) external {
        address lender = lenders[who % lenders.length];
        uint256 shares = desk.sharesOf(lender) * _bound(part, 1, 100) / 100;
        _look();
        vm.prank(lender);
        uint256 amount = desk.redeem(shares, lender);
        _compare(0, 0);
        if (desk.claims() != claimsBefore - amount) ++badClaims;
        _judgePrice();
        ++done["redemption"];
    }

    /* BORROWERS */

    /// @dev As much as it can, up to `amount`, and takes the money away every other time.
    function borrow(uint256 a, uint256 amount, bool spend) external {
        a = a % vaults.length;
        amount = _bound(amount, 1, 8000 * USD);
        _look();
        for (uint256 i = 0; i < 5; ++i) {
            if (_tryBorrow(a, amount, spend)) break;
            amount = amount / 2 + 1;
        }
        _compare(vaults[a], 0);
        _judgeClaims();
    }

    function _tryBorrow(uint256 a, uint256 amount, bool spend) private returns (bool ok) {
        uint256 state = vm.snapshotState();
        vm.startPrank(owners[a]);
        try desk.borrow(vaults[a], amount, _none()) {
            ok = true;
            if (spend) {
                try engine.withdraw(vaults[a], address(usd), amount, owners[a], _none()) { }
                catch {
                    ok = false;
                }
            }
        } catch { }
        vm.stopPrank();
        if (!ok) vm.revertToState(state);
        else ++done["loan"];
    }

    function repay(uint256 a, uint256 amount) external {
        a = a % vaults.length;
        Health memory was = _health(vaults[a]);
        _look();
        vm.prank(owners[a]);
        desk.repay(vaults[a], _bound(amount, 1, 8000 * USD));
        _compare(vaults[a], 0);
        _judgeClaims();
        Health memory now_ = _health(vaults[a]);
        if (now_.equity != was.equity || now_.maintenance > was.maintenance) ++badClaims; // MRG-1
        ++done["repayment"];
    }

    function deposit(uint256 a, uint256 amount, bool quote) external {
        a = a % vaults.length;
        TestToken token = quote ? usd : eth;
        amount = quote ? _bound(amount, 1, 2000 * USD) : _bound(amount, 1, 1e18);
        token.mint(owners[a], amount);
        _look();
        vm.startPrank(owners[a]);
        token.approve(address(engine), amount);
        engine.deposit(vaults[a], address(token), amount);
        vm.stopPrank();
        _compare(vaults[a], 0);
        if (desk.claims() != claimsBefore) ++badClaims;
    }

    function withdraw(uint256 a, uint256 amount, bool quote) external {
        a = a % vaults.length;
        address token = quote ? address(usd) : address(eth);
        uint256 free = engine.bookOf(vaults[a], token).free;
        if (free == 0) return;
        _look();
        vm.prank(owners[a]);
        engine.withdraw(vaults[a], token, _bound(amount, 1, free), owners[a], _none());
        _compare(vaults[a], 0);
        ++done["withdrawal"];
    }

    /* STRANGERS */

    /// @dev By bare transfer to the lenders' escrow or to the desk, and by a deposit into the lenders' vault.
    function give(uint256 kind, uint256 amount) external {
        amount = _bound(amount, 1, 50_000 * USD);
        usd.mint(address(this), amount);
        _look();
        if (kind % 3 == 0) usd.transfer(engine.escrowOf(desk.lendersVault()), amount);
        else if (kind % 3 == 1) usd.transfer(address(desk), amount);
        else _depositGift(amount);
        _compare(0, 0);
        if (desk.claims() != claimsBefore) ++badClaims; // SEG-5
    }

    function _depositGift(uint256 amount) private {
        usd.approve(address(engine), amount);
        engine.deposit(desk.lendersVault(), address(usd), amount);
        gifts += amount;
    }

    function poke(uint256 a) external {
        _look();
        desk.settle(vaults[a % vaults.length]);
        desk.onQuote(vaults[a % vaults.length]);
        liquidationEngine.touch(vaults[a % vaults.length], _none());
        _compare(0, 0);
        if (desk.claims() != claimsBefore) ++badClaims;
    }

    function movePrice(uint256 change, uint256 time) external {
        vm.warp(vm.getBlockTimestamp() + _bound(time, 1, 20 minutes));
        uint256 price = oracle.feedState(feed).priceWad * _bound(change, 820, 1180) / 1000;
        if (price < 500e18 || price > 6000e18) price = 2000e18;
        poster.postEth(price);
    }

    function wait(uint256 time) external {
        vm.warp(vm.getBlockTimestamp() + _bound(time, 1, 40 days));
        poster.postEth(oracle.feedState(feed).priceWad);
    }

    /* BIDS */

    /// @dev Whoever fails first in line; the last vault bids when no other is named.
    function bid(uint256 start, uint256 by, uint256 fraction) external {
        uint256 a = _failingFrom(start % vaults.length);
        if (a == vaults.length) return;
        uint256 b = by % 2 == 0 ? vaults.length - 1 : by % vaults.length;
        if (a == b) return;
        Health memory was = _health(vaults[a]);
        bool solvent = was.marketValue > int256(uint256(liquidationEngine.auctionOf(vaults[a]).reserved));
        uint256 reserve = _reserve();
        uint256 idle = desk.idle();
        Bid memory wanted = Bid({
            vault: vaults[a],
            bidderVault: vaults[b],
            fractionWad: _bound(fraction, 0.05e18, 1.5e18),
            limitWad: solvent ? WAD : 0,
            lastTradeId: desk.lastTradeOf(vaults[a]),
            skip: new address[](0),
            maxResidual: type(uint128).max,
            effectKey: bytes32(++nonce),
            deadline: uint64(vm.getBlockTimestamp())
        });
        _look();
        vm.prank(owners[b]);
        BidResult memory result = liquidationEngine.bid(wanted, _none());
        _compare(vaults[a], vaults[b]);
        _judgeBid(a, b, was, result);
        uint256 lost = result.forgiven + idle - desk.idle();
        if (desk.claims() + lost < claimsBefore || desk.claims() + lost > claimsBefore + 2) ++badClaims; // WF-2
        if (lost != 0 && _reserve() != 0) ++badBids; // WF-1
        if (solvent && lost != 0) ++badBids;
        ++done[solvent ? "bid" : "insolvent bid"];
        if (lost != 0) ++done["loss"];
        if (reserve != _reserve()) ++done["reserve paid"];
    }

    /* JUDGEMENT */

    function _judgeBid(uint256 a, uint256 b, Health memory was, BidResult memory result) private {
        Health memory now_ = _health(vaults[a]);
        bool closed = result.fractionWad == WAD;
        bool fell = int256(now_.maintenance) - now_.equity < int256(was.maintenance) - was.equity;
        if (!closed && !fell) ++badBids; // LIQ-2
        if (closed && (!desk.isFlat(vaults[a]) || now_.equity < 0)) ++badBids; // LIQ-9
        Health memory bidder = engine.healthOf(vaults[b], PriceUse.RiskIncrease);
        if (bidder.initialEquity < int256(bidder.initial)) ++badBids; // MRG-1
    }

    /// @dev What nobody paid or took leaves all claims as they were, up to a rounding in the lenders' favour.
    function _judgeClaims() private {
        uint256 claims = desk.claims();
        if (claims < claimsBefore || claims > claimsBefore + 1) ++badClaims;
    }

    /// @dev Coming and going makes nobody's share cheaper: (claims + 1) / (shares + 1e6) does not fall.
    function _judgePrice() private {
        if ((desk.claims() + 1) * (sharesBefore + 1e6) < (claimsBefore + 1) * (desk.totalShares() + 1e6)) ++badClaims;
    }

    function _look() private {
        for (uint256 i = 0; i < vaults.length; ++i) {
            before[vaults[i]] = _digest(vaults[i]);
        }
        (claimsBefore, sharesBefore) = (desk.claims(), desk.totalShares());
    }

    function _compare(bytes32 a, bytes32 b) private {
        for (uint256 i = 0; i < vaults.length; ++i) {
            bool concerned = vaults[i] == a || vaults[i] == b;
            if (!concerned && before[vaults[i]] != _digest(vaults[i])) ++wallsCrossed; // SEG-2
        }
    }

    function _digest(bytes32 vault) private view returns (bytes32) {
        return keccak256(
            abi.encode(engine.bookOf(vault, address(usd)), engine.bookOf(vault, address(eth)), desk.debtOf(vault))
        );
    }

    function _reserve() private view returns (uint256) {
        return engine.bookOf(desk.reserveVault(), address(usd)).free;
    }

    function _health(bytes32 vault) private view returns (Health memory) {
        return engine.healthOf(vault, PriceUse.Liquidation);
    }

    function _failingFrom(uint256 start) private view returns (uint256) {
        for (uint256 i = 0; i < vaults.length; ++i) {
            uint256 a = (start + i) % vaults.length;
            Health memory health = _health(vaults[a]);
            if (health.equity < int256(health.maintenance)) return a;
        }
        return vaults.length;
    }

    function _none() private pure returns (PriceReport[] memory) {
        return new PriceReport[](0);
    }
}
