// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Bid, BidResult, ILiquidationEngine } from "../../src/interfaces/ILiquidationEngine.sol";
import { Health, IMarginEngine } from "../../src/interfaces/IMarginEngine.sol";
import { IMarginGroups, MarginMode } from "../../src/interfaces/IMarginGroups.sol";
import { PriceUse } from "../../src/interfaces/IOracleHub.sol";
import { IVaultRegistry } from "../../src/interfaces/IVaultRegistry.sol";
import { TestToken } from "../../src/testing/TestToken.sol";
import { GroupFixture } from "../support/GroupFixture.sol";

/// @notice Cross mode: vaults of one account margined together, each deposit in its own escrow (RISK §2).
contract GroupsTest is GroupFixture {
    /* FORMING, JOINING, LEAVING */

    function test_MRG5_TwoHealthyVaultsAreMarginedTogetherAndTheirAssetsStayWhereTheyAre() public {
        _deposit(first.owner, first.vault, usd, 1000 * USD);
        _deposit(first.owner, second.vault, eth, 1e18);
        _form(MarginMode.Cross);
        assertEq(groups.leadOf(second.vault), first.vault);
        Health memory health = _health(second.vault);
        assertEq(health.equity, _health(first.vault).equity, "either vault names the group");
        assertEq(health.equity, 1000e6 + 1800e6);
        assertEq(_live(first.vault, address(usd)), 1000 * USD);
        assertEq(_live(second.vault, address(eth)), 1e18);
    }

    function test_MRG5_AVaultBelowItsInitialMarginAloneCannotHideInAGroup() public {
        _deposit(first.owner, first.vault, usd, 1500 * USD);
        _deposit(first.owner, second.vault, usd, 100_000 * USD);
        _trade(first, counterparty, 7e18);
        _mark(ETH_USD, 1980e18);
        vm.expectPartialRevert(IMarginGroups.Unhealthy.selector);
        _form(MarginMode.Cross);
    }

    function test_MRG2_OnlyTheOwnerFormsAGroup() public {
        vm.expectRevert(abi.encodeWithSelector(IMarginGroups.NotTheAccountOwner.selector, first.vault, alphaOperator));
        vm.prank(alphaOperator);
        groups.form(_vaults(first.vault, second.vault), MarginMode.Cross, _none());
    }

    function test_SEG2_VaultsOfAnotherAccountOrVenueOrMemberAreRefused() public {
        vm.expectRevert(
            abi.encodeWithSelector(IMarginGroups.NotTheAccountOwner.selector, counterparty.vault, first.owner)
        );
        _formOf(_vaults(first.vault, counterparty.vault), MarginMode.Cross);
        bytes32 otherMember = _openVault(first.owner, 7, address(clearingHouse), beta);
        vm.expectRevert(abi.encodeWithSelector(IMarginGroups.NotAlike.selector, otherMember));
        _formOf(_vaults(first.vault, otherMember), MarginMode.Cross);
        bytes32 noVenue = _openVault(first.owner, 8, address(0), alpha);
        vm.expectRevert(abi.encodeWithSelector(IMarginGroups.NotAlike.selector, noVenue));
        _formOf(_vaults(first.vault, noVenue), MarginMode.Cross);
    }

    function test_AVaultIsInOneGroupAndOnce() public {
        vm.expectRevert(abi.encodeWithSelector(IMarginGroups.AlreadyGrouped.selector, first.vault));
        _formOf(_vaults(first.vault, first.vault), MarginMode.Cross);
        _form(MarginMode.Cross);
        vm.expectRevert(abi.encodeWithSelector(IMarginGroups.AlreadyGrouped.selector, second.vault));
        _formOf(_vaults(third.vault, second.vault), MarginMode.Cross);
    }

    function test_LIQ11_AGroupHasTwoToEightVaults() public {
        bytes32[] memory vaults = new bytes32[](9);
        for (uint32 i = 0; i < 9; ++i) {
            vaults[i] = i < 3 ? _three()[i] : _openVault(first.owner, 20 + i, address(clearingHouse), alpha);
        }
        vm.expectRevert(abi.encodeWithSelector(IMarginGroups.BadGroupSize.selector, 9));
        _formOf(vaults, MarginMode.Cross);
        vm.expectRevert(abi.encodeWithSelector(IMarginGroups.BadGroupSize.selector, 1));
        _formOf(new bytes32[](1), MarginMode.Cross);
        vm.expectRevert(IMarginGroups.BadMode.selector);
        _form(MarginMode.Segregated);
    }

    function test_LIQ11_AGroupThatNoBidCouldTakeIsRefused() public {
        for (uint256 i = 0; i < 17; ++i) {
            TestToken token = new TestToken("Collateral", "COL", 18);
            vm.prank(admin);
            engine.listCollateral(address(token), ETH_USD, 0.1e18, 0.15e18);
            _deposit(first.owner, _three()[i / 6], token, 1e18);
        }
        vm.expectRevert(abi.encodeWithSelector(IMarginEngine.GroupTooLarge.selector, first.vault, 17, 0));
        _formOf(_three(), MarginMode.Cross);
        _form(MarginMode.Cross); // two of them hold twelve
    }

    function test_MRG5_LeavingNeedsHealthOnBothSides() public {
        _deposit(first.owner, second.vault, usd, 10_000 * USD);
        _form(MarginMode.Cross);
        _trade(first, counterparty, 10e18); // needs 2,000: on the sibling's quote
        vm.expectPartialRevert(IMarginGroups.Unhealthy.selector);
        _leave(second.vault);
        vm.expectPartialRevert(IMarginGroups.Unhealthy.selector);
        _leave(first.vault);
        _deposit(first.owner, first.vault, usd, 2000 * USD);
        _leave(second.vault);
        assertEq(uint8(_modeOf(first.vault)), uint8(MarginMode.Segregated));
        assertEq(_health(second.vault).maintenance, 0);
    }

    function test_MRG5_LeavingWaitsUntilTheIntraAccountDebtIsPaid() public {
        uint256 debt = _indebt();
        vm.expectRevert(abi.encodeWithSelector(IMarginGroups.DebtOutstanding.selector, first.vault, second.vault, debt));
        _leave(second.vault);
        _deposit(first.owner, first.vault, usd, 2500 * USD); // pays it back by itself
        assertEq(groups.debtBetween(first.vault, second.vault), 0);
        _leave(second.vault);
        assertEq(_quote(second.vault), 10_000 * USD, "whole again");
    }

    function test_TheNextVaultLeadsWhenTheLeadLeaves() public {
        _deposit(first.owner, third.vault, usd, 10_000 * USD);
        _formOf(_three(), MarginMode.Cross);
        _trade(second, counterparty, 10e18);
        _leave(first.vault);
        assertEq(groups.leadOf(third.vault), second.vault);
        assertEq(_membersOf(second.vault).length, 2);
        assertEq(_membersOf(first.vault).length, 1);
        assertEq(_health(second.vault).equity, _health(third.vault).equity);
    }

    function test_AVaultJoinsAtTheEndOfTheOrder() public {
        _form(MarginMode.Cross);
        vm.prank(first.owner);
        groups.join(first.vault, third.vault, _none());
        assertEq(_membersOf(third.vault), _three());
    }

    function test_SEG2_AGroupedVaultKeepsItsVenue() public {
        _form(MarginMode.Cross);
        vm.expectRevert(abi.encodeWithSelector(IVaultRegistry.VaultGrouped.selector, second.vault));
        vm.prank(first.owner);
        registry.changeVenue(second.vault, address(0), 0);
    }

    function test_NothingChangesWhileAnAuctionIsOpen() public {
        _failing();
        liquidationEngine.touch(first.vault, _none());
        vm.startPrank(first.owner);
        vm.expectRevert(abi.encodeWithSelector(IMarginGroups.AuctionOpen.selector, first.vault));
        groups.leave(second.vault, _none());
        vm.expectRevert(abi.encodeWithSelector(IMarginGroups.AuctionOpen.selector, first.vault));
        groups.join(first.vault, third.vault, _none());
        vm.expectRevert(abi.encodeWithSelector(IMarginGroups.AuctionOpen.selector, first.vault));
        groups.setMode(first.vault, MarginMode.Portfolio, _none());
        vm.stopPrank();
    }

    /* SETTLEMENT */

    function test_SiblingsPayInTheOwnersOrderAfterTheVaultItself() public {
        _deposit(first.owner, first.vault, usd, 300 * USD);
        _deposit(first.owner, second.vault, usd, 400 * USD);
        _deposit(first.owner, third.vault, usd, 5000 * USD);
        _formOf(_three(), MarginMode.Cross);
        _trade(first, counterparty, 10e18);
        _roundAt(1900e18);
        _settle(first.vault);
        assertEq(_quote(first.vault), 0);
        assertEq(_quote(second.vault), 0);
        assertEq(_quote(third.vault), 5700 * USD - _loss(10e18));
        assertEq(_owed(first.vault), 0);
        assertEq(groups.debtBetween(first.vault, second.vault), 400 * USD);
        assertEq(groups.debtBetween(first.vault, third.vault), _loss(10e18) - 700 * USD);
    }

    function testFuzz_SEG3_TokensMoveEscrowToEscrowWithAnEventNamingPayerAndDebtor(uint256 drop) public {
        drop = bound(drop, 1, 150);
        _deposit(first.owner, second.vault, usd, 10_000 * USD);
        _form(MarginMode.Cross);
        _trade(first, counterparty, 10e18);
        _roundAt((2000 - drop) * 1e18);
        bytes32 escrow = clearingHouse.settlementVaultOf(PERP);
        vm.expectEmit(address(engine));
        emit IMarginEngine.ChargedFor(second.vault, first.vault, escrow, _loss(10e18));
        _settle(first.vault);
        assertEq(_live(second.vault, address(usd)), 10_000 * USD - _loss(10e18));
        _assertSeg1(second.vault, address(usd));
        _assertSeg1(escrow, address(usd));
    }

    function test_SEG2_ASegregatedVaultOfTheSameOwnerIsNeverDrawnOn() public {
        _deposit(first.owner, first.vault, usd, 2500 * USD);
        _deposit(first.owner, third.vault, usd, 10_000 * USD);
        _trade(first, counterparty, 10e18);
        _roundAt(1700e18);
        _settle(first.vault);
        assertEq(_quote(third.vault), 10_000 * USD);
        assertEq(_owed(first.vault), _loss(10e18) - 2500 * USD);
    }

    function test_LaterGainsPayBackBeforeTheyAreTheVaultsOwn() public {
        _indebt();
        _roundAt(2100e18);
        _settle(counterparty.vault);
        _settle(first.vault);
        assertEq(groups.debtBetween(first.vault, second.vault), 0);
        assertEq(_quote(second.vault), 10_000 * USD);
        assertGt(_quote(first.vault), 0);
    }

    function test_DebtsBetweenTwoVaultsAreSetOff() public {
        uint256 debt = _indebt();
        vm.prank(address(engine));
        groups.addDebt(second.vault, first.vault, debt + 200e6);
        assertEq(groups.debtBetween(first.vault, second.vault), 0);
        assertEq(groups.debtBetween(second.vault, first.vault), 200e6);
        (bytes32[] memory payers, uint256[] memory amounts) = groups.debtsOf(second.vault);
        assertEq(payers.length, 1);
        assertEq(amounts[0], 200e6);
        (payers,) = groups.debtsOf(first.vault);
        assertEq(payers.length, 0);
    }

    function test_ASiblingsOtherCollateralIsNotDrawnOn() public {
        _deposit(first.owner, second.vault, eth, 10e18);
        _form(MarginMode.Cross);
        _trade(first, counterparty, 10e18);
        _roundAt(1900e18);
        _settle(first.vault);
        assertEq(_free(second.vault, address(eth)), 10e18);
        assertEq(_owed(first.vault), _loss(10e18));
    }

    function test_OnlyTheEngineWritesDebtsAndOnlyGroupsMarkVaults() public {
        vm.expectRevert(abi.encodeWithSelector(IMarginGroups.NotTheMarginEngine.selector, address(this)));
        groups.addDebt(first.vault, second.vault, 1);
        vm.expectRevert(abi.encodeWithSelector(IMarginGroups.NotTheMarginEngine.selector, address(this)));
        groups.reduceDebt(first.vault, second.vault, 1);
        vm.expectRevert(abi.encodeWithSelector(IMarginEngine.NotTheMarginGroups.selector, address(this)));
        engine.setGrouped(first.vault, true);
        vm.expectRevert(abi.encodeWithSelector(IMarginEngine.NotTheVenue.selector, first.vault, address(this)));
        engine.chargeSiblings(first.vault, PERP, 1);
    }

    /* WITHDRAWALS */

    function test_MRG1_AWithdrawalFromOneVaultAnswersForTheGroup() public {
        _deposit(first.owner, second.vault, usd, 10_000 * USD);
        _form(MarginMode.Cross);
        _trade(first, counterparty, 10e18);
        vm.expectPartialRevert(IMarginEngine.Unhealthy.selector);
        _withdraw(first.owner, second.vault, address(usd), 8001 * USD);
        _withdraw(first.owner, second.vault, address(usd), 8000 * USD);
        assertEq(_initialHealth(first.vault).initialEquity, 2000e6);
    }

    function test_MRG1_DecidedLossesOfASiblingArePaidBeforeQuoteLeaves() public {
        _deposit(first.owner, second.vault, usd, 10_000 * USD);
        _form(MarginMode.Cross);
        _trade(first, counterparty, 10e18);
        _roundAt(1900e18);
        _withdraw(first.owner, second.vault, address(usd), 1000 * USD);
        assertEq(_quote(second.vault), 9000 * USD - _loss(10e18));
    }

    function test_MRG4_AGroupWithoutObligationsWithdrawsWithoutAPrice() public {
        _deposit(first.owner, first.vault, eth, 1e18);
        _deposit(first.owner, second.vault, usd, 100 * USD);
        _form(MarginMode.Cross);
        vm.warp(START + 365 days);
        _withdraw(first.owner, first.vault, address(eth), 1e18);
        _withdraw(first.owner, second.vault, address(usd), 100 * USD);
    }

    /* LIQUIDATION */

    function testFuzz_LIQ2_ABidTakesTheSameFractionOfEveryVault(uint256 fraction) public {
        fraction = bound(fraction, 0.05e18, WAD);
        _failing();
        uint256 ethBefore = _free(second.vault, address(eth));
        uint256 usdBefore = _quote(second.vault);
        int128 sizeBefore = _position(first.vault).size;
        BidResult memory result = _bidOn(fraction);
        uint256 f = result.fractionWad;
        assertEq(_free(second.vault, address(eth)), ethBefore - ethBefore * f / WAD);
        assertEq(_quote(second.vault), usdBefore - usdBefore * f / WAD);
        assertEq(_position(first.vault).size, sizeBefore - int128(int256(uint256(uint128(sizeBefore)) * f / WAD)));
        assertEq(_position(bidder.vault).size + _position(first.vault).size, sizeBefore);
        _assertSeg1(first.vault, address(usd));
        _assertSeg1(second.vault, address(usd));
        _assertSeg1(second.vault, address(eth));
    }

    function test_LIQ3_TheBidderPaysTheAuctionPriceOfTheWholeGroup() public {
        _failing();
        int256 value = _health(first.vault).marketValue;
        BidResult memory result = _bidOn(WAD);
        assertEq(result.rateWad, 0.98e18);
        uint256 expected = (uint256(value) * result.fractionWad * 0.98e18 + WAD * WAD - 1) / (WAD * WAD);
        assertEq(result.paid, expected);
        Health memory after_ = _health(first.vault);
        assertGe(after_.equity, int256(after_.maintenance));
    }

    /// @dev Equity of 50 against a maintenance of 100, at one price and one d: what many bids of a group pay out is never more than one.
    function testFuzz_LIQ4_SplittingABidForAGroupNeverPaysMore(uint256 part) public {
        part = bound(part, 0.01e18, 0.5e18);
        _failing();
        uint256 snapshot = vm.snapshotState();
        uint256 wealth = _wealth(bidder.vault);
        _bidOn(WAD);
        int256 once = int256(_wealth(bidder.vault)) - int256(wealth);
        vm.revertToState(snapshot);
        for (uint256 i = 0; i < 6; ++i) {
            Health memory health = _health(first.vault);
            if (health.equity >= int256(health.maintenance)) break;
            _bidOn(part);
        }
        int256 split = int256(_wealth(bidder.vault)) - int256(wealth);
        assertLe(split, once + 32, "LIQ-4");
    }

    function test_LIQ1_ABidNamesTheGroupByItsLead() public {
        _failing();
        Bid memory bid = _bidFor(first.vault, bidder.vault, WAD);
        bid.vault = second.vault;
        vm.expectRevert(abi.encodeWithSelector(ILiquidationEngine.NotTheLead.selector, second.vault, first.vault));
        vm.prank(bidder.owner);
        liquidationEngine.bid(bid, _none());
        vm.expectRevert(abi.encodeWithSelector(ILiquidationEngine.NotTheLead.selector, second.vault, first.vault));
        liquidationEngine.touch(second.vault, _none());
    }

    function test_ABidSeesTheLastTradeOfEveryVault() public {
        _failing();
        Bid memory bid = _bidFor(first.vault, bidder.vault, WAD);
        bid.lastTradeId = keccak256(
            abi.encode(
                keccak256(abi.encode(bytes32(0), clearingHouse.lastTradeOf(first.vault))),
                clearingHouse.lastTradeOf(second.vault)
            )
        );
        assertEq(bid.lastTradeId, liquidationEngine.lastTradeOfGroup(first.vault));
        _bid(bidder, bid);
        bid.effectKey = "again";
        vm.expectPartialRevert(ILiquidationEngine.PositionChanged.selector);
        vm.prank(bidder.owner);
        liquidationEngine.bid(bid, _none());
    }

    function test_LIQ9_AWorthlessGroupIsPaidForByTheWaterfallAndEndsWithNothing() public {
        _failing();
        _mark(ETH_USD, 1300e18);
        vm.warp(vm.getBlockTimestamp() + 1);
        _post(ETH_USD, 1000e18);
        assertLt(_health(first.vault).marketValue, 0);
        Bid memory bid = _bidFor(first.vault, bidder.vault, WAD);
        BidResult memory result = _bid(bidder, bid);
        assertEq(result.fractionWad, WAD);
        assertEq(_health(first.vault).equity, 0);
        assertEq(_position(first.vault).size, 0);
        assertEq(_free(second.vault, address(eth)), 0);
    }

    function test_TheAuctionEndsWhenTheGroupIsHealthyWhateverVaultIsPaidInto() public {
        _failing();
        liquidationEngine.touch(first.vault, _none());
        _deposit(first.owner, second.vault, usd, 50_000 * USD);
        _withdraw(first.owner, second.vault, address(usd), USD);
        assertEq(liquidationEngine.auctionOf(first.vault).startedAt, 0);
    }

    function test_LIQ4_SiblingsCannotDrawOnWhatBiddersPaidIn() public {
        _failing();
        _bidOn(0.02e18);
        uint256 reserved = liquidationEngine.auctionOf(first.vault).reserved;
        assertGt(reserved, 0);
        vm.prank(address(clearingHouse));
        engine.chargeSiblings(second.vault, PERP, type(uint120).max);
        assertEq(_quote(first.vault), reserved);
    }

    /* HELPERS */

    /// @dev The first vault, with no quote of its own, lost; its sibling of 10,000 paid. It goes on with a smaller position.
    function _indebt() private returns (uint256 debt) {
        _deposit(first.owner, second.vault, usd, 10_000 * USD);
        _form(MarginMode.Cross);
        _trade(first, counterparty, 5e18);
        _roundAt(1900e18);
        _settle(first.vault);
        debt = groups.debtBetween(first.vault, second.vault);
        assertEq(debt, _loss(5e18));
        _trade(counterparty, first, 1e18);
    }

    /// @dev Of a long position in the last round, from 2,000.
    function _loss(uint256 size) private view returns (uint256) {
        return (size * (2000e18 - _lastRound().priceWad) + 1e30 - 1) / 1e30;
    }

    /// @dev Long 30 in the first vault on 2,000 there and 4,000 and 3 ETH in the second; then the price falls to 1,750: E < MM.
    function _failing() private {
        _deposit(first.owner, first.vault, usd, 2000 * USD);
        _deposit(first.owner, second.vault, usd, 4000 * USD);
        _deposit(first.owner, second.vault, eth, 3e18);
        _form(MarginMode.Cross);
        _trade(first, counterparty, 30e18);
        _mark(ETH_USD, 1750e18);
        Health memory health = _health(first.vault);
        assertLt(health.equity, int256(health.maintenance));
        assertGt(health.marketValue, 0);
    }

    function _bidOn(uint256 fraction) private returns (BidResult memory) {
        Bid memory bid = _bidFor(first.vault, bidder.vault, fraction);
        bid.lastTradeId = liquidationEngine.lastTradeOfGroup(first.vault);
        return _bid(bidder, bid);
    }

    function _wealth(bytes32 vault) private view returns (uint256) {
        return uint256(engine.healthOf(vault, PriceUse.Liquidation).marketValue);
    }
}
