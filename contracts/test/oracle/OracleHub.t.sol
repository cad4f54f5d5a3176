// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { FeedState, IOracleHub, OracleTerms, PriceReport, PriceUse } from "../../src/interfaces/IOracleHub.sol";
import { Modules } from "../../src/interfaces/Modules.sol";
import { OracleHub } from "../../src/oracle/OracleHub.sol";
import { BookFixture } from "../support/BookFixture.sol";

contract OracleHubTest is BookFixture {
    bytes32 private constant FEED = keccak256("SPX/USD");
    uint256 private constant CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    /* SIGNATURES */

    function test_BR4_TwoOfThreeSignersInOrderAreEnough() public {
        for (uint256 i = 0; i < 3; ++i) {
            PriceReport memory report = _unsigned(100e18, uint64(START + i));
            (uint256 low, uint256 high) = i == 0 ? (0, 1) : i == 1 ? (0, 2) : (1, 2);
            vm.warp(START + i);
            assertEq(oracle.post(_one(_signedBy(report, low, high))), 1);
        }
    }

    function test_BR4_OneSignatureIsTooFew() public {
        PriceReport memory report = _unsigned(100e18, uint64(START));
        report.signatures = new bytes[](1);
        report.signatures[0] = _sign(signerKeys[0], report);
        _refuse(report);
        report.signatures = new bytes[](0);
        _refuse(report);
    }

    function test_BR4_OneSignerTwiceOrOutOfOrderIsRefused() public {
        _refuse(_signedBy(_unsigned(100e18, uint64(START)), 1, 1));
        _refuse(_signedBy(_unsigned(100e18, uint64(START)), 1, 0));
    }

    function test_BR4_AStrangersSignatureIsRefusedEvenAsAThird() public {
        PriceReport memory report = _unsigned(100e18, uint64(START));
        bytes[] memory signatures = new bytes[](3);
        (address who, uint256 key) = makeAddrAndKey("stranger");
        // The first two are right; the third would be in order.
        signatures[0] = _sign(signerKeys[0], report);
        signatures[1] = _sign(signerKeys[1], report);
        signatures[2] = _sign(key, report);
        while (who < vm.addr(signerKeys[1])) {
            (who, key) = makeAddrAndKey(vm.toString(key));
            signatures[2] = _sign(key, report);
        }
        report.signatures = signatures;
        _refuse(report);
    }

    function test_BR4_EveryFieldIsSigned(uint8 field) public {
        PriceReport memory report = _report(FEED, 100e18, 1e18, uint64(START));
        field = uint8(bound(field, 0, 4));
        if (field == 0) report.feed = keccak256("other");
        if (field == 1) report.priceWad += 1;
        if (field == 2) report.confWad += 1;
        if (field == 3) report.time -= 1;
        if (field == 4) report.signatures[0][5] ^= 0x01;
        vm.expectPartialRevert(IOracleHub.BadSignatures.selector);
        oracle.post(_one(report));
    }

    function test_BR4_TheOtherFormOfASignatureIsRefused() public {
        PriceReport memory report = _report(FEED, 100e18, 0, uint64(START));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(signerKeys[0], oracle.digest(report));
        bytes32 highS = bytes32(CURVE_ORDER - uint256(s));
        report.signatures[0] = abi.encodePacked(r, highS, v == 27 ? uint8(28) : uint8(27));
        _refuse(report);
        report.signatures[0] = abi.encodePacked(r, s, v - 27);
        _refuse(report);
        report.signatures[0] = abi.encodePacked(r, s, v, uint8(0));
        _refuse(report);
        report.signatures[0] = "";
        _refuse(report);
    }

    function test_BR4_OnlySoundSignerSetsCanBeBuiltOrSet() public {
        address[] memory set = new address[](3);
        (set[0], set[1], set[2]) = (address(1), address(2), address(3));
        new OracleHub(_modules(), _oracleTerms(), set, 2);
        _refuseSet(set, 1);
        _refuseSet(set, 4);
        set[2] = address(2);
        _refuseSet(set, 2);
        set[2] = address(0);
        _refuseSet(set, 2);
        address[] memory four = new address[](4);
        for (uint160 i = 0; i < 4; ++i) {
            four[i] = address(i + 1);
        }
        _refuseSet(four, 2); // two of four is not more than half
        new OracleHub(_modules(), _oracleTerms(), four, 3);
    }

    function test_BR3_AnotherEpochIsRefused() public {
        PriceReport memory report = _unsigned(100e18, uint64(START));
        report.epoch = 2;
        report = _signedBy(report, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(IOracleHub.WrongEpoch.selector, 2, 1));
        oracle.post(_one(report));
    }

    function test_ASignatureServesEveryChainButOnlyItsFeedSet() public {
        PriceReport memory report = _report(FEED, 100e18, 0, uint64(START));
        OracleTerms memory terms = _oracleTerms();
        OracleHub elsewhere = new OracleHub(_modules(), terms, _signers(), 2);
        terms.feedSetId = keccak256("other");
        OracleHub other = new OracleHub(_modules(), terms, _signers(), 2);
        vm.expectPartialRevert(IOracleHub.BadSignatures.selector);
        other.post(_one(report));
        vm.chainId(10);
        assertEq(elsewhere.post(_one(report)), 1);
    }

    function test_TheDigestIsTheEip712OneOfTheReport() public view {
        PriceReport memory report = _report(FEED, 100e18, 3, uint64(START));
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,bytes32 salt)"),
                keccak256("Bulkhead Price"),
                keccak256("1"),
                FEED_SET
            )
        );
        bytes32 typeHash = keccak256("Price(bytes32 feed,uint256 priceWad,uint256 confWad,uint64 time,uint64 epoch)");
        bytes32 structHash = keccak256(abi.encode(typeHash, FEED, uint256(100e18), uint256(3), START, 1));
        assertEq(oracle.digest(report), keccak256(abi.encodePacked(hex"1901", domain, structHash)));
    }

    /* ORDER AND AGE */

    function test_TheNewestWinsAndAnOlderOneIsSkippedInSilence() public {
        _post(FEED, 100e18);
        assertEq(oracle.post(_one(_report(FEED, 90e18, 0, uint64(START - 1)))), 0);
        assertEq(oracle.post(_one(_report(FEED, 90e18, 0, uint64(START)))), 0);
        assertEq(oracle.feedState(FEED).priceWad, 100e18);
        PriceReport[] memory reports = new PriceReport[](2);
        reports[0] = _report(FEED, 90e18, 0, uint64(START));
        reports[1] = _report(FEED, 110e18, 5e18, uint64(START + 1));
        assertEq(oracle.post(reports), 1);
        (uint256 price, uint256 conf) = oracle.priceAndConfOf(FEED, PriceUse.RiskIncrease);
        assertEq(price, 110e18);
        assertEq(conf, 5e18);
    }

    function test_AClockMayLeadByTwoSecondsAndNoMore() public {
        assertEq(oracle.post(_one(_report(FEED, 100e18, 0, uint64(START + 2)))), 1);
        PriceReport memory early = _report(FEED, 100e18, 0, uint64(START + 3));
        vm.expectPartialRevert(IOracleHub.PriceFromTheFuture.selector);
        oracle.post(_one(early));
    }

    function test_PricesOutOfRangeAreRefused() public {
        uint256[3] memory prices = [uint256(0), 1 << 112, type(uint256).max];
        for (uint256 i = 0; i < prices.length; ++i) {
            PriceReport memory report = _report(FEED, prices[i], 0, uint64(START));
            vm.expectPartialRevert(IOracleHub.PriceOutOfRange.selector);
            oracle.post(_one(report));
        }
        PriceReport memory wide = _report(FEED, 1e18, 1 << 104, uint64(START));
        vm.expectPartialRevert(IOracleHub.PriceOutOfRange.selector);
        oracle.post(_one(wide));
    }

    function testFuzz_LIQ1_F13_EveryUseHasItsOwnAge(uint256 age) public {
        age = bound(age, 0, 1000);
        _post(FEED, 100e18);
        vm.warp(START + age);
        _expectAge(PriceUse.RiskIncrease, age, AGE_RISK);
        _expectAge(PriceUse.Liquidation, age, AGE_LIQUIDATION);
        _expectAge(PriceUse.Settlement, age, AGE_SETTLEMENT);
    }

    function test_AFeedWithoutAPriceHasNone() public {
        vm.expectRevert(abi.encodeWithSelector(IOracleHub.NoPrice.selector, FEED));
        oracle.priceOf(FEED, PriceUse.Settlement);
        assertEq(oracle.feedState(FEED).time, 0);
    }

    /* TIME-WEIGHTED SUM */

    /// @dev The naive reference keeps every accepted report and adds up second by second.
    function testFuzz_VM4_TheRunningSumIsTheSecondBySecondSum(uint16[12] calldata gaps, uint64[12] calldata prices)
        public
    {
        uint256 time = START;
        uint256 naive = 0;
        uint256 current = 0;
        for (uint256 i = 0; i < gaps.length; ++i) {
            uint256 gap = bound(gaps[i], 1, 90);
            for (uint256 second = 0; second < gap; ++second) {
                naive += current;
            }
            time += gap;
            // Each step is one that is believed at once.
            current = current == 0
                ? bound(prices[i], 1, type(uint64).max)
                : bound(prices[i], current - current / 2, 2 * current);
            vm.warp(time);
            _post(FEED, current);
            FeedState memory state = oracle.feedState(FEED);
            assertEq(state.cumulativeWad, naive);
            assertEq(state.priceWad, current);
            assertEq(state.time, time);
        }
    }

    function test_VM4_TheAverageOfAPartIsADifferenceOfTwoReadings() public {
        _post(FEED, 100e18);
        FeedState memory from = oracle.feedState(FEED);
        vm.warp(START + 30);
        _post(FEED, 200e18);
        vm.warp(START + 40);
        _post(FEED, 1000e18);
        FeedState memory to = oracle.feedState(FEED);
        // 100 for 30 s and 200 for 10 s; the spike of the last moment counts nothing.
        assertEq((to.cumulativeWad - from.cumulativeWad) / (to.time - from.time), 125e18);
    }

    /* HELPERS */

    function _unsigned(uint256 priceWad, uint64 time) private pure returns (PriceReport memory) {
        return PriceReport(FEED, priceWad, 0, time, 1, new bytes[](2));
    }

    function _signedBy(PriceReport memory report, uint256 first, uint256 second)
        private
        view
        returns (PriceReport memory)
    {
        report.signatures = new bytes[](2);
        report.signatures[0] = _sign(signerKeys[first], report);
        report.signatures[1] = _sign(signerKeys[second], report);
        return report;
    }

    function _refuse(PriceReport memory report) private {
        vm.expectRevert(abi.encodeWithSelector(IOracleHub.BadSignatures.selector, FEED));
        oracle.post(_one(report));
    }

    function _refuseSet(address[] memory set, uint256 threshold) private {
        Modules memory modules = _modules();
        OracleTerms memory terms = _oracleTerms();
        vm.expectRevert(IOracleHub.BadSignerSet.selector);
        new OracleHub(modules, terms, set, threshold);
        vm.expectRevert(IOracleHub.BadSignerSet.selector);
        vm.prank(admin);
        oracle.setSigners(set, threshold);
    }

    function _expectAge(PriceUse use, uint256 age, uint256 limit) private {
        if (age > limit) {
            vm.expectRevert(abi.encodeWithSelector(IOracleHub.StalePrice.selector, FEED, START, limit));
        }
        oracle.priceOf(FEED, use);
    }
}
