// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Claim, InstrumentState, Position, Round } from "../../src/interfaces/IClearingHouse.sol";
import { Contribution, IDefaultWaterfall } from "../../src/interfaces/IDefaultWaterfall.sol";
import { Bid, BidResult } from "../../src/interfaces/ILiquidationEngine.sol";
import { Health } from "../../src/interfaces/IMarginEngine.sol";
import { PriceUse } from "../../src/interfaces/IOracleHub.sol";
import { Fixture } from "../Fixture.sol";

/// @notice Fixture with the words that tests of trades, rounds and bids use. Amounts in whole dollars where a name says `dollars`.
abstract contract ClearingFixture is Fixture {
    uint256 private _bidCount;

    /* ROUNDS */

    /// @dev Holds the mark at `priceWad` for a whole round and closes it: the settlement price is exactly that.
    function _closeRoundAt(uint256 priceWad) internal {
        _mark(ETH_USD, priceWad);
        clearingHouse.closeRound(PERP, _none()); // the price before weighed until now
    }

    /// @dev From the round's first second on the price is `priceWad`.
    function _roundAt(uint256 priceWad) internal {
        vm.warp(vm.getBlockTimestamp() + 1);
        _post(ETH_USD, priceWad);
        _refresh(BTC_USD);
        _skip(ROUND_SECONDS);
        clearingHouse.closeRound(PERP, _none());
    }

    function _settle(bytes32 vault) internal {
        bytes32[] memory vaults = new bytes32[](1);
        vaults[0] = vault;
        clearingHouse.settleMany(PERP, vaults);
    }

    function _position(bytes32 vault) internal view returns (Position memory) {
        return clearingHouse.positionOf(vault, PERP);
    }

    function _state() internal view returns (InstrumentState memory) {
        return clearingHouse.stateOf(PERP);
    }

    function _round(uint32 number) internal view returns (Round memory) {
        return clearingHouse.roundOf(PERP, number);
    }

    function _lastRound() internal view returns (Round memory) {
        return _round(_state().round - 1);
    }

    function _owed(bytes32 vault) internal view returns (uint256 owed) {
        (owed,) = clearingHouse.owedAndDueOf(vault);
    }

    function _due(bytes32 vault) internal view returns (uint256 due) {
        (, due) = clearingHouse.owedAndDueOf(vault);
    }

    function _quote(bytes32 vault) internal view returns (uint256) {
        return _free(vault, address(usd));
    }

    function _escrowQuote() internal view returns (uint256) {
        return _quote(clearingHouse.settlementVaultOf(PERP));
    }

    /* DEFAULT FUND */

    function _waterfall() internal view returns (IDefaultWaterfall) {
        return IDefaultWaterfall(address(clearingHouse));
    }

    function _contribution(bytes32 member) internal view returns (Contribution memory) {
        return _waterfall().contributionOf(member);
    }

    function _require(bytes32 member, uint256 required) internal {
        vm.prank(admin);
        _waterfall().setRequiredContribution(member, required);
    }

    /// @dev Paid in by somebody who has nothing to do with the member.
    function _contribute(bytes32 member, uint256 amount) internal {
        if (amount != 0) _deposit(admin, _contribution(member).vault, usd, amount);
    }

    function _contributed(bytes32 member) internal view returns (uint256) {
        return _quote(_contribution(member).vault);
    }

    /* HEALTH */

    function _health(bytes32 vault) internal view returns (Health memory) {
        return engine.healthOf(vault, PriceUse.Liquidation);
    }

    /* BIDS */

    /// @dev Everything, at any price.
    function _bidFor(bytes32 vault, bytes32 bidderVault, uint256 fractionWad) internal returns (Bid memory) {
        return Bid({
            vault: vault,
            bidderVault: bidderVault,
            fractionWad: fractionWad,
            limitWad: _health(vault).marketValue > int256(uint256(liquidationEngine.auctionOf(vault).reserved))
                ? WAD
                : 0,
            lastTradeId: liquidationEngine.lastTradeOfGroup(vault),
            skip: new address[](0),
            maxResidual: type(uint128).max,
            effectKey: keccak256(abi.encode("bid", ++_bidCount)),
            deadline: uint64(vm.getBlockTimestamp())
        });
    }

    function _bid(Trader memory bidder, bytes32 vault, uint256 fractionWad) internal returns (BidResult memory) {
        return _bid(bidder, _bidFor(vault, bidder.vault, fractionWad));
    }

    function _bid(Trader memory bidder, Bid memory bid) internal returns (BidResult memory) {
        vm.prank(bidder.owner);
        return liquidationEngine.bid(bid, _none());
    }
}
