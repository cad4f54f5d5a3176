// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { HeldPrice, IOracleHub, OracleTerms, PriceReport, PriceUse } from "../../src/interfaces/IOracleHub.sol";
import { ISequencerFeed } from "../../src/interfaces/ISequencerFeed.sol";
import { PriceConditions, PriceFault } from "../../src/libraries/PriceConditions.sol";
import { OracleHub } from "../../src/oracle/OracleHub.sol";
import { BookFixture } from "../support/BookFixture.sol";

/// @notice Reports what a test tells it.
contract TestSequencerFeed is ISequencerFeed {
    int256 private _answer;
    uint256 private _since;

    function set(int256 answer, uint256 since) external {
        (_answer, _since) = (answer, since);
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return (1, _answer, _since, _since, 1);
    }
}

/// @notice Steps, confidence and the sequencer: which price may be used for what.
contract PriceConditionsTest is BookFixture {
    uint256 private constant STEP = 0.1e18;
    uint256 private constant BAND = 0.02e18;
    uint256 private constant MAX_CONF = 0.05e18;
    uint256 private constant GRACE = 1 hours;
    bytes32 private constant FEED = keccak256("SPX/USD");
    uint256 private constant PRICE = 1000e18;

    TestSequencerFeed private sequencer;

    function setUp() public override {
        sequencer = new TestSequencerFeed();
        sequencer.set(0, START - GRACE);
        super.setUp();
        _post(FEED, PRICE);
    }

    function _oracleTerms() internal view override returns (OracleTerms memory terms) {
        terms = super._oracleTerms();
        (terms.maxStepWad, terms.confirmBandWad, terms.maxConfWad) = (uint64(STEP), uint64(BAND), uint64(MAX_CONF));
        (terms.sequencerFeed, terms.graceSeconds) = (address(sequencer), uint32(GRACE));
    }

    /* THE MATRIX */

    /// @dev As in docs/reference/price-conditions.md: rows in the order of PriceFault, columns in that of PriceUse.
    function test_LIQ1_TheMatrixIsTheDocumentedOne() public pure {
        bool[3][6] memory expected = [
            [false, false, false], // stale
            [false, false, false], // suspect
            [false, true, true], // wide
            [false, false, false], // sequencer down
            [false, false, true], // sequencer grace
            [false, false, false] // paused
        ];
        for (uint256 fault = 0; fault < 6; ++fault) {
            for (uint256 use = 0; use < 3; ++use) {
                assertEq(PriceConditions.permits(PriceFault(fault), PriceUse(use)), expected[fault][use]);
            }
            // A bidder's: as liquidation.
            assertEq(PriceConditions.permits(PriceFault(fault), PriceUse.TakeOver), expected[fault][1]);
        }
    }

    /* STEPS */

    function testFuzz_LIQ1_AStepWithinTheBoundIsBelievedAtOnceAndALargerOneIsHeld(uint256 price) public {
        price = bound(price, PRICE / 2, PRICE * 2);
        uint256 move = price > PRICE ? price - PRICE : PRICE - price;
        bool believed = move * WAD <= PRICE * STEP;
        assertEq(_postAt(START + 1, price), believed);
        assertEq(oracle.feedState(FEED).priceWad, believed ? price : PRICE);
        assertEq(oracle.feedState(FEED).time, believed ? START + 1 : START);
        HeldPrice memory held = oracle.heldPrice(FEED);
        assertEq(held.priceWad, believed ? 0 : price);
        assertEq(held.time, believed ? 0 : START + 1);
        for (uint256 i = 0; i < 3; ++i) {
            if (!believed) {
                vm.expectRevert(abi.encodeWithSelector(IOracleHub.PriceSuspect.selector, FEED, PRICE, price));
            }
            oracle.priceOf(FEED, PriceUse(i));
        }
    }

    /// @dev The mark of an option: a small price, moves that are large beside it and small beside its underlying.
    function testFuzz_LIQ1_AStepWithinTheFeedsFloorIsBelievedHoweverLargeBesideThePrice(uint256 price) public {
        price = bound(price, 1, PRICE * 3);
        uint256 floor = 300e18;
        vm.expectRevert(abi.encodeWithSelector(IOracleHub.NotAdmin.selector, address(this)));
        oracle.setStepFloor(FEED, floor);
        vm.prank(admin);
        oracle.setStepFloor(FEED, floor);
        uint256 move = price > PRICE ? price - PRICE : PRICE - price;
        assertEq(_postAt(START + 1, price), move <= floor);
        // Another feed keeps its own bound.
        assertEq(oracle.stepFloorOf(ETH_USD), 0);
    }

    function test_LIQ1_ASecondReportNearTheHeldOneConfirmsIt() public {
        _postAt(START + 1, 700e18);
        assertTrue(_postAt(START + 2, 705e18));
        _expectSound(705e18);
    }

    function test_LIQ1_AReportNearTheStoredPriceDeniesTheHeldOne() public {
        _postAt(START + 1, 700e18);
        assertTrue(_postAt(START + 2, 950e18));
        _expectSound(950e18);
        // What was denied confirms nothing later.
        assertFalse(_postAt(START + 3, 700e18));
        assertEq(oracle.heldPrice(FEED).time, START + 3);
    }

    function test_LIQ1_AReportNearNeitherTakesTheHeldOnesPlace() public {
        _postAt(START + 1, 700e18);
        assertFalse(_postAt(START + 2, 500e18));
        assertFalse(_postAt(START + 3, 700e18));
        assertTrue(_postAt(START + 4, 690e18));
        _expectSound(690e18);
    }

    /// @dev The report of one second says nothing twice, and an older one says nothing at all.
    function test_LIQ1_OnlyALaterReportConfirms() public {
        _postAt(START + 5, 700e18);
        assertEq(oracle.post(_one(_report(FEED, 700e18, 0, uint64(START + 5)))), 0);
        assertEq(oracle.post(_one(_report(FEED, 701e18, 0, uint64(START + 4)))), 0);
        assertEq(oracle.post(_one(_report(FEED, PRICE, 0, uint64(START + 4)))), 0);
        assertEq(oracle.heldPrice(FEED).priceWad, 700e18);
        assertEq(oracle.feedState(FEED).priceWad, PRICE);
    }

    function test_BothReportsOfAJumpMayComeInOneCall() public {
        vm.warp(START + 2);
        PriceReport[] memory reports = new PriceReport[](2);
        reports[0] = _report(FEED, 700e18, 0, uint64(START + 1));
        reports[1] = _report(FEED, 700e18, 0, uint64(START + 2));
        assertEq(oracle.post(reports), 1);
        _expectSound(700e18);
    }

    function test_VM4_ASpikeThatIsDeniedIsInNoAverage() public {
        _postAt(START + 10, 2000e18);
        _postAt(START + 20, PRICE);
        assertEq(oracle.feedState(FEED).cumulativeWad, PRICE * 20);
    }

    function test_TheFirstReportOfAFeedIsBelieved() public {
        bytes32 other = keccak256("other");
        assertEq(oracle.post(_one(_report(other, 5e18))), 1);
    }

    /* CONFIDENCE */

    function testFuzz_MRG1_AWideIntervalStopsRiskAndNothingElse(uint256 conf) public {
        conf = bound(conf, 0, PRICE / 5);
        vm.warp(START + 1);
        oracle.post(_one(_report(FEED, PRICE, conf, uint64(START + 1))));
        oracle.priceOf(FEED, PriceUse.Liquidation);
        oracle.priceOf(FEED, PriceUse.Settlement);
        bool wide = conf * WAD > PRICE * MAX_CONF;
        if (wide) vm.expectRevert(abi.encodeWithSelector(IOracleHub.PriceTooWide.selector, FEED, PRICE, conf));
        oracle.priceOf(FEED, PriceUse.RiskIncrease);
    }

    /* SEQUENCER */

    function test_LIQ1_WhileTheSequencerIsDownNothingIsPriced() public {
        sequencer.set(1, START - 1);
        _expectSequencer(true, true, true, START - 1);
    }

    function testFuzz_LIQ1_AfterItsReturnOwnersHaveTheGracePeriod(uint256 back) public {
        back = bound(back, START - 2 * GRACE, START);
        sequencer.set(0, back);
        bool grace = START - back < GRACE;
        _expectSequencer(grace, grace, false, back);
    }

    function test_LIQ1_ASequencerFeedThatKnowsNothingIsNoGoodNews() public {
        sequencer.set(0, 0);
        _expectSequencer(true, true, true, 0);
        sequencer.set(0, START + 1);
        _expectSequencer(true, true, true, START + 1);
    }

    /* TERMS */

    function test_ADM3_TermsWithoutABoundAreRefused() public {
        for (uint256 i = 0; i < 5; ++i) {
            OracleTerms memory terms = _oracleTerms();
            if (i == 0) terms.maxStepWad = 0;
            if (i == 1) terms.confirmBandWad = terms.maxStepWad / 2 + 1;
            if (i == 2) terms.maxConfWad = 0;
            if (i == 3) terms.maxAges[1] = 0;
            if (i == 4) terms.maxAges[1] = 31 days;
            bytes memory code =
                abi.encodePacked(type(OracleHub).creationCode, abi.encode(_modules(), terms, _signers(), uint256(2)));
            address built;
            assembly ("memory-safe") {
                built := create(0, add(code, 0x20), mload(code))
            }
            assertEq(built, address(0));
        }
    }

    /* ROTATION */

    function test_BR4_RotationRetiresTheOldSetAtOnce() public {
        PriceReport memory old = _report(FEED, PRICE, 0, uint64(START + 1));
        address[] memory others = new address[](3);
        uint256[3] memory keys = _rotate(others);
        assertEq(oracle.epoch(), 2);
        assertEq(oracle.signers(), others);
        vm.warp(START + 1);
        vm.expectRevert(abi.encodeWithSelector(IOracleHub.BadSignatures.selector, FEED));
        oracle.post(_one(old));
        PriceReport memory report = PriceReport(FEED, PRICE, 0, uint64(START + 1), 2, new bytes[](2));
        (report.signatures[0], report.signatures[1]) = (_sign(keys[0], report), _sign(keys[1], report));
        assertEq(oracle.post(_one(report)), 1);
    }

    /// @dev Who stays in the set signs anew: what was signed for the old epoch is refused.
    function test_BR4_ASetThatStaysBeginsANewEpochAllTheSame() public {
        PriceReport memory old = _report(FEED, PRICE, 0, uint64(START + 1));
        vm.prank(admin);
        oracle.setSigners(_signers(), 3);
        assertEq(oracle.threshold(), 3);
        vm.warp(START + 1);
        vm.expectRevert(abi.encodeWithSelector(IOracleHub.WrongEpoch.selector, 1, 2));
        oracle.post(_one(old));
        PriceReport memory report = PriceReport(FEED, PRICE, 0, uint64(START + 1), 2, new bytes[](2));
        (report.signatures[0], report.signatures[1]) = (_sign(signerKeys[0], report), _sign(signerKeys[1], report));
        vm.expectRevert(abi.encodeWithSelector(IOracleHub.BadSignatures.selector, FEED));
        oracle.post(_one(report));
    }

    function testFuzz_ADM1_OnlyTheAdminRotates(address caller) public {
        vm.assume(caller != admin);
        address[] memory set = _signers();
        vm.expectRevert(abi.encodeWithSelector(IOracleHub.NotAdmin.selector, caller));
        vm.prank(caller);
        oracle.setSigners(set, 2);
    }

    /* HELPERS */

    function _postAt(uint256 time, uint256 price) private returns (bool) {
        vm.warp(time);
        return oracle.post(_one(_report(FEED, price))) == 1;
    }

    function _expectSound(uint256 price) private view {
        for (uint256 i = 0; i < 3; ++i) {
            assertEq(oracle.priceOf(FEED, PriceUse(i)), price);
        }
        assertEq(oracle.heldPrice(FEED).time, 0);
    }

    function _expectSequencer(bool risk, bool liquidation, bool settlement, uint256 since) private {
        bool[3] memory refused = [risk, liquidation, settlement];
        for (uint256 i = 0; i < 3; ++i) {
            if (refused[i]) vm.expectRevert(abi.encodeWithSelector(IOracleHub.SequencerNotReady.selector, since));
            oracle.priceOf(FEED, PriceUse(i));
        }
    }

    /// @dev Three new signers, in the order of their addresses.
    function _rotate(address[] memory set) private returns (uint256[3] memory keys) {
        for (uint256 i = 0; i < 3; ++i) {
            keys[i] = 1000 + i;
        }
        for (uint256 i = 0; i < 2; ++i) {
            for (uint256 j = 0; j < 2 - i; ++j) {
                if (vm.addr(keys[j]) > vm.addr(keys[j + 1])) (keys[j], keys[j + 1]) = (keys[j + 1], keys[j]);
            }
        }
        for (uint256 i = 0; i < 3; ++i) {
            set[i] = vm.addr(keys[i]);
        }
        vm.prank(admin);
        oracle.setSigners(set, 2);
    }
}
