// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ClearingHouse } from "../src/clearing/ClearingHouse.sol";
import { CloseOut } from "../src/clearing/CloseOut.sol";
import { Trading } from "../src/clearing/Trading.sol";
import { ClearingCode, IClearingHouse, InstrumentKind, InstrumentTerms } from "../src/interfaces/IClearingHouse.sol";
import { AuctionTerms } from "../src/interfaces/ILiquidationEngine.sol";
import { Rights } from "../src/libraries/Rights.sol";
import { LiquidationEngine } from "../src/margin/LiquidationEngine.sol";
import { BookFixture } from "./support/BookFixture.sol";

/// @notice The whole system as production deploys it: two members, three collaterals, one perp on ETH/USD, funded house capital.
abstract contract Fixture is BookFixture {
    /// @dev One owner with one vault at the clearing house, whose member's operator may trade for it.
    struct Trader {
        address owner;
        bytes32 accountId;
        bytes32 vault;
        address operator;
    }

    uint256 internal constant HOUSE_CAPITAL = 100_000 * USD;
    uint32 internal constant PERP = 0;
    uint32 internal constant ROUND_SECONDS = 3600;

    IClearingHouse internal clearingHouse;
    address internal immutable alphaOperator = makeAddr("alpha operator");
    address internal immutable betaOperator = makeAddr("beta operator");
    bytes32 internal alpha;
    bytes32 internal beta;
    uint256 private _tradeCount;

    function setUp() public virtual override {
        super.setUp();
        clearingHouse = IClearingHouse(clearingHouseAddress);
        // By artefact name: a test contract would otherwise carry the code of all of them. They are imported so that forge compiles them also where
        // this fixture is used from another project.
        bytes memory arguments = abi.encode(_modules(), _auctionTerms());
        _deploy("liquidation", bytes.concat(vm.getCode("LiquidationEngine.sol:LiquidationEngine"), arguments));
        _deployClearing();

        vm.startPrank(admin);
        alpha = registry.admitMember("alpha", alphaOperator);
        beta = registry.admitMember("beta", betaOperator);
        clearingHouse.listInstrument(_perpTerms());
        vm.stopPrank();
        if (_houseCapital() != 0) _deposit(admin, clearingHouse.houseVault(), usd, _houseCapital());
    }

    function _deployClearing() private {
        bytes memory arguments = abi.encode(_modules());
        ClearingCode memory code = ClearingCode({
            trading: _deploy("trading", bytes.concat(vm.getCode("Trading.sol:Trading"), arguments)),
            closeOut: _deploy("closeOut", bytes.concat(vm.getCode("CloseOut.sol:CloseOut"), arguments)),
            waterfall: _deploy(
                "waterfall", bytes.concat(vm.getCode("DefaultWaterfall.sol:DefaultWaterfall"), arguments)
            )
        });
        arguments = abi.encode(_modules(), code);
        _deploy("clearing", bytes.concat(vm.getCode("ClearingHouse.sol:ClearingHouse"), arguments));
    }

    function _houseCapital() internal view virtual returns (uint256) {
        return HOUSE_CAPITAL;
    }

    function _auctionTerms() internal view virtual returns (AuctionTerms memory) {
        return AuctionTerms({
            bufferWad: 0.15e18,
            startDiscountWad: 0.98e18,
            kneeDiscountWad: 0.8e18,
            floorDiscountWad: 0.5e18,
            kneeSeconds: 20 minutes,
            floorSeconds: 12 hours,
            rewardSeconds: 60 minutes,
            gapSeconds: 15 minutes,
            dustQuote: uint128(_dollars(5))
        });
    }

    function _perpTerms() internal view virtual returns (InstrumentTerms memory) {
        return InstrumentTerms({
            feed: ETH_USD,
            indexFeed: 0,
            kind: InstrumentKind.Perp,
            roundSeconds: ROUND_SECONDS,
            imRateWad: 0.1e18,
            mmRateWad: 0.065e18,
            tradeBandWad: 0.02e18,
            memberCapBps: 0,
            expiry: 0,
            fundingCapWad: 0,
            strikeWad: 0,
            openInterestCapWad: type(uint128).max,
            name: "ETH-PERP"
        });
    }

    /* TRADERS */

    /// @dev Bucket 0, named by `name`; `member` is alpha or beta. Quote may be zero.
    function _trader(string memory name, bytes32 member, uint256 quote) internal returns (Trader memory trader) {
        trader.owner = makeAddr(name);
        trader.operator = registry.memberOperator(member);
        trader.vault = _openVault(trader.owner, 0, address(clearingHouse), member);
        trader.accountId = registry.vaultOf(trader.vault).accountId;
        vm.prank(trader.owner);
        registry.setRights(trader.accountId, trader.operator, Rights.TRADE);
        if (quote != 0) _deposit(trader.owner, trader.vault, usd, quote);
    }

    /// @dev At the stored mark.
    function _trade(Trader memory buyer, Trader memory seller, uint256 sizeWad) internal {
        _trade(buyer, seller, sizeWad, oracle.feedState(ETH_USD).priceWad);
    }

    function _trade(Trader memory buyer, Trader memory seller, uint256 sizeWad, uint256 priceWad) internal {
        bytes32 tradeId = keccak256(abi.encode("trade", ++_tradeCount));
        _letTrade(seller, buyer.operator, Rights.TRADE);
        vm.prank(buyer.operator);
        clearingHouse.novate(PERP, buyer.vault, seller.vault, sizeWad, priceWad, tradeId, _none());
        _letTrade(seller, buyer.operator, 0);
    }

    /// @dev For one trade only: whoever has a right on an account may not liquidate it (LIQ-7).
    function _letTrade(Trader memory trader, address operator, uint256 rights) internal {
        if (operator == trader.operator) return;
        vm.prank(trader.owner);
        registry.setRights(trader.accountId, operator, rights);
    }

    /// @dev Posts a price, one second later: a report no newer than the stored one would be skipped.
    function _mark(bytes32 feed, uint256 priceWad) internal {
        vm.warp(vm.getBlockTimestamp() + 1);
        _post(feed, priceWad);
    }

    /// @dev Lets the round run out and closes it.
    function _closeRound() internal {
        _skip(ROUND_SECONDS);
        clearingHouse.closeRound(PERP, _none());
    }

    function _vaults(bytes32 first, bytes32 second) internal pure returns (bytes32[] memory vaults) {
        vaults = new bytes32[](2);
        (vaults[0], vaults[1]) = (first, second);
    }
}
