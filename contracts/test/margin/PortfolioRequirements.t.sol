// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IClearingHouseEvents } from "../../src/interfaces/IClearingHouse.sol";
import { Bid } from "../../src/interfaces/ILiquidationEngine.sol";
import { Health, IMarginEngine } from "../../src/interfaces/IMarginEngine.sol";
import { IMarginGroups, MarginMode } from "../../src/interfaces/IMarginGroups.sol";
import { PriceUse } from "../../src/interfaces/IOracleHub.sol";
import {
    Attestation,
    AttestedRequirement,
    IPortfolioRequirements
} from "../../src/interfaces/IPortfolioRequirements.sol";
import { RequirementMath } from "../../src/libraries/RequirementMath.sol";
import { GroupFixture } from "../support/GroupFixture.sol";

/// @notice Portfolio mode: a requirement that M of N signed for exactly these positions (RISK §4).
contract PortfolioRequirementsTest is GroupFixture {
    /// @dev Long 10 at 2,000: a gross notional of 20,000, 2,000 and 1,300 in cross mode, a floor of 400 and 200.
    uint256 private constant CROSS_IM = 2000e6;
    uint256 private constant CROSS_MM = 1300e6;

    function setUp() public override {
        super.setUp();
        _deposit(first.owner, second.vault, usd, 5000 * USD);
        _form(MarginMode.Portfolio);
        _trade(first, counterparty, 10e18);
    }

    /* WHAT COUNTS */

    function test_WithoutAnAttestationPortfolioModeNeedsWhatCrossModeNeeds() public view {
        _assertRequires(CROSS_IM, CROSS_MM);
    }

    function test_AnAttestationForExactlyThesePositionsTakesThePlaceOfTheSumOverLegs() public {
        _attest(900e6, 600e6);
        _assertRequires(900e6, 600e6);
    }

    function testFuzz_MRG8_NoAttestationGoesBelowTheFloorOnGrossNotional(uint256 im, uint256 mm) public {
        im = bound(im, 0, 1e12);
        mm = bound(mm, 0, im);
        _attest(im, mm);
        _assertRequires(im > 400e6 ? im : 400e6, mm > 200e6 ? mm : 200e6);
    }

    function test_AFlatBookNeedsNothingWhateverWasAttested() public {
        _attest(2000e6, 1300e6);
        _trade(counterparty, first, 10e18);
        _assertRequires(0, 0);
    }

    function test_TheNewestPriceTimeWinsAndAnOlderOneIsSkipped() public {
        Attestation memory older = _attestation(first.vault, _positionsHash(), 500e6, 300e6);
        _mark(ETH_USD, ETH_PRICE);
        _attest(900e6, 600e6);
        assertEq(requirements.attest(_single(older)), 0);
        _assertRequires(900e6, 600e6);
    }

    function test_MRG9_AnAttestationOfOtherPositionsNeverLowersARequirement() public {
        _attest(900e6, 600e6);
        _trade(first, counterparty, 1e18);
        _assertRequires(2200e6, 1430e6);
        _attestFor(first.vault, keccak256("other positions"), 1e6, 1e6);
        _assertRequires(2200e6, 1430e6);
    }

    /// @dev Attested above cross: a trade of dust must not bring the requirement back down.
    function test_MRG9_ATradeOfDustIsNoWayOutOfAHighRequirement() public {
        _attest(4000e6, 3000e6);
        _trade(counterparty, first, 1e12);
        _assertRequires(4000e6, 3000e6);
    }

    function test_AnAttestationForTheResultMakesRoomForTheTradeThatLeadsToIt() public {
        _withdraw(first.owner, second.vault, address(usd), 2900 * USD);
        bytes32 tradeId = "too large";
        vm.expectPartialRevert(IMarginEngine.Unhealthy.selector);
        vm.prank(alphaOperator);
        this.novateBoth(tradeId);
        int128 size = 20e18;
        bytes32 result = keccak256(abi.encode(bytes32(0), first.vault, uint256(PERP), size));
        _attestFor(first.vault, result, 1000e6, 500e6);
        _trade(first, counterparty, 10e18);
        assertEq(_positionsHash(), result);
        _assertRequires(1000e6, 500e6);
    }

    /* EXPIRY */

    function testFuzz_MRG9_AfterExpiryMaintenanceMovesOverSixHoursAndNeverDown(uint256 attestedMm, uint256 elapsed)
        public
    {
        attestedMm = bound(attestedMm, 200e6, 3000e6);
        elapsed = bound(elapsed, 0, 12 hours);
        _attest(3000e6, attestedMm);
        uint256 before = _health(first.vault).maintenance;
        _skip(30 minutes);
        assertEq(_health(first.vault).maintenance, before, "MRG-9: not in the block in which it lapses");
        uint256 last = before;
        for (uint256 i = 1; i <= 4; ++i) {
            _skip(elapsed / 4);
            uint256 now_ = _health(first.vault).maintenance;
            assertGe(now_, last, "MRG-9: never down");
            last = now_;
        }
        uint256 target = attestedMm > CROSS_MM ? attestedMm : CROSS_MM;
        assertLe(last, target);
        if (elapsed / 4 * 4 >= 6 hours) assertEq(last, target);
        if (elapsed != 0) assertGe(_initialHealth(first.vault).initial, CROSS_IM, "MRG-9: at once for IM");
    }

    function test_MRG9_WhileItHasLapsedNothingRaisesRiskAndAnythingMayLowerIt() public {
        _attest(900e6, 600e6);
        uint64 expiry = uint64(vm.getBlockTimestamp() + 30 minutes);
        _skip(30 minutes);
        vm.expectRevert(abi.encodeWithSelector(IPortfolioRequirements.AttestationLapsed.selector, first.vault, expiry));
        engine.requireInitial(first.vault);
        vm.expectRevert(abi.encodeWithSelector(IPortfolioRequirements.AttestationLapsed.selector, first.vault, expiry));
        _withdraw(first.owner, second.vault, address(usd), USD);
        _trade(counterparty, first, 1e18);
        assertEq(_position(first.vault).size, 9e18);
    }

    function test_MRG9_AttestersThatAreDownKeepNobodyInPortfolioMode() public {
        _attest(900e6, 600e6);
        _skip(2 hours);
        vm.prank(first.owner);
        groups.setMode(first.vault, MarginMode.Cross, _none());
        _assertRequires(CROSS_IM, CROSS_MM);
        _deposit(first.owner, first.vault, usd, 3000 * USD);
        _leave(second.vault);
        assertEq(_health(second.vault).maintenance, 0);
    }

    function test_MRG5_TheModeChangesOnlyWhenTheGroupIsHealthyInBoth() public {
        _attest(900e6, 600e6);
        _withdraw(first.owner, second.vault, address(usd), 4000 * USD);
        vm.expectPartialRevert(IMarginGroups.Unhealthy.selector);
        vm.prank(first.owner);
        groups.setMode(first.vault, MarginMode.Cross, _none());
    }

    /* TRADES AND BIDS */

    /// @dev A leg by itself shows nothing: selling the hedge of an option lowers its own requirement and raises the group's.
    function test_MRG1_AReducingTradeOfAPortfolioMustLeaveItHealthy() public {
        _attest(900e6, 600e6);
        _withdraw(first.owner, second.vault, address(usd), 4000 * USD);
        vm.expectPartialRevert(IClearingHouseEvents.TradeWouldUndermargin.selector);
        vm.prank(alphaOperator);
        this.novateBack(1e17);
    }

    function testFuzz_ABidLeavesTheAttestedRequirementOfTheRest(uint256 fraction) public {
        fraction = bound(fraction, 0.001e18, 0.2e18);
        _attest(3000e6, 2500e6);
        _mark(ETH_USD, 1740e18); // equity 2,400
        bytes32 before = _positionsHash();
        Bid memory bid = _bidFor(first.vault, bidder.vault, fraction);
        uint256 taken = _bid(bidder, bid).fractionWad;
        (AttestedRequirement memory attested, bool here) = requirements.countingFor(first.vault, _positionsHash());
        assertTrue(here);
        assertNotEq(_positionsHash(), before);
        assertEq(attested.mm, RequirementMath.rest(2500e6, taken));
        assertEq(attested.im, RequirementMath.rest(3000e6, taken));
        assertEq(_health(first.vault).maintenance, attested.mm);
    }

    /// @dev Attested small, then traded up: a bid of dust must not make the small requirement count for the large position.
    function testFuzz_MRG9_ABidNeverMakesARequirementOfOtherPositionsCountForThese(uint256 fraction) public {
        fraction = bound(fraction, 0.0001e18, 0.2e18);
        _attest(400e6, 300e6);
        _trade(first, counterparty, 10e18);
        _mark(ETH_USD, 1740e18);
        uint256 required = _health(first.vault).maintenance;
        assertGt(required, 2000e6, "cross");
        Bid memory bid = _bidFor(first.vault, bidder.vault, fraction);
        uint256 taken = _bid(bidder, bid).fractionWad;
        assertApproxEqAbs(_health(first.vault).maintenance, RequirementMath.rest(required, taken), 2, "MRG-9");
        (AttestedRequirement memory attested, bool here) = requirements.countingFor(first.vault, _positionsHash());
        assertFalse(here);
        assertEq(attested.mm, RequirementMath.rest(300e6, taken), "still a bound from below");
    }

    function test_OnlyTheLiquidationEngineRescales() public {
        vm.expectRevert(abi.encodeWithSelector(IPortfolioRequirements.NotTheLiquidationEngine.selector, address(this)));
        requirements.onBid(first.vault, 0, 0, WAD);
    }

    function test_PositionsHashChangesWithSizesAndNotWithDeposits() public {
        bytes32 before = _positionsHash();
        _deposit(counterparty.owner, second.vault, usd, USD); // by anybody
        assertEq(_positionsHash(), before);
        _trade(first, counterparty, 1);
        assertNotEq(_positionsHash(), before);
    }

    /* SIGNATURES */

    function test_BR4_TooFewSignaturesAStrangerOrTheWrongOrderAreRefused() public {
        Attestation memory attestation = _attestation(first.vault, _positionsHash(), 900e6, 600e6);
        bytes[] memory good = attestation.signatures;
        attestation.signatures = new bytes[](1);
        attestation.signatures[0] = good[0];
        _assertRefused(attestation, IPortfolioRequirements.BadSignatures.selector);
        _signBy(attestation, 1, 0);
        _assertRefused(attestation, IPortfolioRequirements.BadSignatures.selector);
        _signBy(attestation, 0, 0);
        _assertRefused(attestation, IPortfolioRequirements.BadSignatures.selector);
        (, uint256 stranger) = makeAddrAndKey("stranger");
        attestation.signatures[0] = _signRequirement(stranger, attestation);
        _assertRefused(attestation, IPortfolioRequirements.BadSignatures.selector);
        attestation.signatures = good;
        ++attestation.mm;
        _assertRefused(attestation, IPortfolioRequirements.BadSignatures.selector);
    }

    function test_BR4_ANewSetRetiresTheOldOne() public {
        Attestation memory old = _attestation(first.vault, _positionsHash(), 900e6, 600e6);
        address[] memory set = new address[](2);
        (set[0], set[1]) = (vm.addr(signerKeys[0]), vm.addr(signerKeys[2]));
        vm.expectRevert(abi.encodeWithSelector(IPortfolioRequirements.NotAdmin.selector, address(this)));
        requirements.setAttesters(set, 2);
        vm.prank(admin);
        requirements.setAttesters(set, 2);
        assertEq(requirements.epoch(), 2);
        _assertRefused(old, IPortfolioRequirements.WrongEpoch.selector);
        old.epoch = 2;
        _signBy(old, 0, 1);
        _assertRefused(old, IPortfolioRequirements.BadSignatures.selector);
        _signBy(old, 0, 2);
        assertEq(requirements.attest(_single(old)), 1);
    }

    function test_BR4_ASetNeedsTwoAndMoreThanHalf() public {
        vm.startPrank(admin);
        vm.expectRevert(IPortfolioRequirements.BadSignerSet.selector);
        requirements.setAttesters(_signers(), 1);
        address[] memory four = new address[](4);
        for (uint160 i = 0; i < 4; ++i) {
            four[i] = address(i + 1);
        }
        vm.expectRevert(IPortfolioRequirements.BadSignerSet.selector);
        requirements.setAttesters(four, 2);
        (four[0], four[1]) = (four[1], four[0]);
        vm.expectRevert(IPortfolioRequirements.BadSignerSet.selector);
        requirements.setAttesters(four, 3);
    }

    function test_BR3_AnAttestationThatMakesNoSenseIsRefused() public {
        bytes32 hash = _positionsHash();
        Attestation memory attestation = _attestation(first.vault, hash, 600e6, 601e6);
        _assertRefused(attestation, IPortfolioRequirements.BadAttestation.selector);
        attestation = _attestation(first.vault, 0, 900e6, 600e6);
        _assertRefused(attestation, IPortfolioRequirements.BadAttestation.selector);
        attestation = _attestation(first.vault, hash, 900e6, 600e6);
        attestation.expiry = attestation.priceTime + 1 hours + 1;
        _assertRefused(attestation, IPortfolioRequirements.BadAttestation.selector);
        attestation.expiry = uint64(vm.getBlockTimestamp());
        _assertRefused(attestation, IPortfolioRequirements.BadAttestation.selector);
        attestation.priceTime += 3;
        attestation.expiry = attestation.priceTime + 60;
        _assertRefused(attestation, IPortfolioRequirements.BadAttestation.selector);
    }

    /* HELPERS */

    function novateBoth(bytes32 tradeId) external {
        _letTrade(counterparty, alphaOperator, 2);
        vm.prank(alphaOperator);
        clearingHouse.novate(PERP, first.vault, counterparty.vault, 10e18, ETH_PRICE, tradeId, _none());
    }

    function novateBack(uint256 sizeWad) external {
        _letTrade(counterparty, alphaOperator, 2);
        vm.prank(alphaOperator);
        clearingHouse.novate(PERP, counterparty.vault, first.vault, sizeWad, ETH_PRICE, "back", _none());
    }

    function _assertRequires(uint256 im, uint256 mm) private view {
        Health memory health = engine.healthOf(second.vault, PriceUse.Liquidation);
        assertEq(health.maintenance, mm, "MM");
        assertEq(health.initial, im, "IM");
    }

    function _assertRefused(Attestation memory attestation, bytes4 selector) private {
        _signIfUnsigned(attestation);
        vm.expectPartialRevert(selector);
        requirements.attest(_single(attestation));
    }

    function _signIfUnsigned(Attestation memory attestation) private view {
        if (attestation.signatures.length == 0) _signBy(attestation, 0, 1);
    }
}
