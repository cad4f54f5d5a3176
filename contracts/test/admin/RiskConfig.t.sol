// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { RiskConfig } from "../../src/admin/RiskConfig.sol";
import { IMarginEngine } from "../../src/interfaces/IMarginEngine.sol";
import { IRiskConfig, ParameterPush, ParameterSet } from "../../src/interfaces/IRiskConfig.sol";
import { Modules } from "../../src/interfaces/Modules.sol";
import { RiskFixture } from "../support/RiskFixture.sol";

/// @notice One key, one act at a time. What holds over any order of them is in RiskConfig.invariant.t.sol.
contract RiskConfigTest is RiskFixture {
    /* RAMPS */

    function testFuzz_MRG7_APushChangesMaintenanceInAStraightLineOverADay(uint64 step, uint256 elapsed) public {
        step = uint64(bound(step, 1, STEP));
        elapsed = bound(elapsed, 0, 2 days);
        _push(INITIAL + step, MAINTENANCE + step);
        assertEq(_maintenance(), MAINTENANCE, "MRG-7: not in the block of the push");
        assertEq(_initial(), INITIAL + step, "at once for what raises risk");
        _skip(elapsed);
        uint256 moved = elapsed >= DAY ? step : uint256(step) * elapsed / DAY;
        assertEq(_maintenance(), MAINTENANCE + moved);
    }

    function testFuzz_MRG7_NoHourMovesMaintenanceByMoreThanATwentyFourthOfTheStep(uint64 step, uint256 start) public {
        step = uint64(bound(step, 1, STEP));
        _push(INITIAL + step, MAINTENANCE + step);
        _skip(bound(start, 0, 25 hours));
        uint256 before = _maintenance();
        _skip(1 hours);
        assertLe(_maintenance() - before, (uint256(step) + 23) / 24);
    }

    function testFuzz_ADM1_LooseningByTheAdminJumpsAndTighteningByTheAdminRamps(uint64 maintenanceWad) public {
        maintenanceWad = uint64(bound(maintenanceWad, 0, 0.5e18));
        _set(0.5e18, maintenanceWad);
        assertEq(_initial(), 0.5e18);
        assertEq(_maintenance(), maintenanceWad < MAINTENANCE ? maintenanceWad : MAINTENANCE);
        _skip(DAY);
        assertEq(_maintenance(), maintenanceWad);
    }

    /// @dev The target falls, but what is in force is below it still: it goes on from where it is.
    function test_MRG7_LooseningTheAimOfARampNeverRaisesWhatIsInForce() public {
        _push(INITIAL + STEP, MAINTENANCE + STEP);
        _skip(12 hours);
        assertEq(_maintenance(), MAINTENANCE + STEP / 2);
        _set(INITIAL + STEP, MAINTENANCE + STEP * 3 / 4);
        assertEq(_maintenance(), MAINTENANCE + STEP / 2);
        _skip(12 hours);
        assertEq(_maintenance(), MAINTENANCE + STEP * 5 / 8);
        _set(INITIAL, MAINTENANCE);
        assertEq(_maintenance(), MAINTENANCE);
    }

    /* BOUNDS OF A PUSH */

    function testFuzz_ADM1_APushLowersNeitherNumber(uint64 initialWad, uint64 maintenanceWad) public {
        initialWad = uint64(bound(initialWad, 0, INITIAL));
        maintenanceWad = uint64(bound(maintenanceWad, 0, MAINTENANCE));
        vm.assume(initialWad < INITIAL || maintenanceWad < MAINTENANCE);
        _refused(initialWad, maintenanceWad, abi.encodeWithSelector(IRiskConfig.PushLoosens.selector, KEY));
        _refused(INITIAL + 1, MAINTENANCE - 1, abi.encodeWithSelector(IRiskConfig.PushLoosens.selector, KEY));
    }

    function testFuzz_ADM3_APushIsOneStepAtMost(uint64 step) public {
        step = uint64(bound(step, STEP + 1, 0.5e18));
        bytes memory tooLarge = abi.encodeWithSelector(IRiskConfig.StepTooLarge.selector, KEY, step, STEP);
        _refused(INITIAL + step, MAINTENANCE, tooLarge);
        _push(INITIAL + STEP, MAINTENANCE + STEP);
    }

    function testFuzz_ADM3_AKeyIsPushedOnceADay(uint256 elapsed) public {
        _push(INITIAL + 1, MAINTENANCE);
        uint64 from = uint64(vm.getBlockTimestamp()) + DAY;
        assertEq(risk.nextPushOf(KEY), from);
        _skip(bound(elapsed, 0, DAY - 1));
        _refused(INITIAL + 2, MAINTENANCE, abi.encodeWithSelector(IRiskConfig.PushTooSoon.selector, KEY, from));
        vm.warp(from);
        _push(INITIAL + 2, MAINTENANCE);
    }

    function test_ADM3_NoPushWhileARampOfTheAdminRuns() public {
        _set(0.5e18, 0.4e18);
        uint64 from = uint64(vm.getBlockTimestamp()) + DAY;
        _refused(0.5e18, 0.41e18, abi.encodeWithSelector(IRiskConfig.PushTooSoon.selector, KEY, from));
    }

    function test_SignersTightenAgainAsSoonAsTheAdminLoosened() public {
        _set(0.12e18, 0.08e18);
        _push(0.14e18, 0.1e18);
        assertEq(_initial(), 0.14e18);
    }

    function test_APushThatChangesNothingDoesNotUseUpTheDay() public {
        _refused(INITIAL, MAINTENANCE, abi.encodeWithSelector(IRiskConfig.PushChangesNothing.selector, KEY));
    }

    function test_MRG8_MaintenanceIsNeverAboveInitialAndNeitherReachesOne() public {
        vm.startPrank(admin);
        vm.expectRevert(abi.encodeWithSelector(IMarginEngine.BadHaircut.selector, 0.1e18 + 1, 0.1e18));
        risk.set(KEY, 0.1e18, 0.1e18 + 1, INPUTS, MODEL);
        vm.expectRevert(abi.encodeWithSelector(IMarginEngine.BadHaircut.selector, 0, 1e18));
        risk.set(KEY, 1e18, 0, INPUTS, MODEL);
        vm.stopPrank();
        _set(0.11e18, MAINTENANCE);
        bytes memory crossed = abi.encodeWithSelector(IMarginEngine.BadHaircut.selector, 0.12e18, 0.11e18);
        _refused(0.11e18, 0.12e18, crossed);
    }

    function test_AKeyThatNothingCanHaveHasNoValueAndTakesNone() public {
        ParameterPush memory given = _given(INITIAL, MAINTENANCE);
        (given.key, given.nonce) = (keccak256("another key"), 0);
        bytes memory unknown = abi.encodeWithSelector(IRiskConfig.UnknownKey.selector, given.key);
        given = _signed(given);
        vm.expectRevert(unknown);
        risk.push(given);
        vm.expectRevert(unknown);
        risk.effectiveOf(given.key);
        vm.expectRevert(unknown);
        vm.prank(admin);
        risk.set(given.key, INITIAL, MAINTENANCE, INPUTS, MODEL);
        vm.expectRevert(unknown);
        risk.setOf(given.key, 0);
    }

    /* SIGNATURES */

    function test_BR4_OneSignatureASignerTwiceOrAStrangerIsNotEnough() public {
        ParameterPush memory given = _signed(_given(INITIAL + 1, MAINTENANCE));
        bytes[] memory pair = given.signatures;
        bytes memory refusal = abi.encodeWithSelector(IRiskConfig.PushNotSigned.selector, KEY);
        given.signatures = new bytes[](1);
        given.signatures[0] = pair[0];
        vm.expectRevert(refusal);
        risk.push(given);
        given.signatures = new bytes[](2);
        (given.signatures[0], given.signatures[1]) = (pair[0], pair[0]);
        vm.expectRevert(refusal);
        risk.push(given);
        (, uint256 stranger) = makeAddrAndKey("stranger");
        given.signatures[1] = _signature(stranger, risk.digest(given));
        vm.expectRevert(refusal);
        risk.push(given);
        given.signatures = pair;
        risk.push(given);
    }

    function testFuzz_BR4_WhatWasSignedIsWhatIsPushed(uint8 field) public {
        ParameterPush memory given = _signed(_given(INITIAL + 2, MAINTENANCE + 2));
        field = uint8(bound(field, 0, 4));
        if (field == 0) given.initialWad -= 1;
        if (field == 1) given.maintenanceWad -= 1;
        if (field == 2) given.inputsHash = 0;
        if (field == 3) given.modelVersion = 0;
        if (field == 4) given.expiry += 1;
        vm.expectRevert(abi.encodeWithSelector(IRiskConfig.PushNotSigned.selector, KEY));
        risk.push(given);
    }

    function test_BR4_ASignatureIsForOneChainAndOneContract() public {
        ParameterPush memory given = _signed(_given(INITIAL + 1, MAINTENANCE));
        bytes memory refusal = abi.encodeWithSelector(IRiskConfig.PushNotSigned.selector, KEY);
        uint256 chain = block.chainid;
        vm.chainId(chain + 1);
        vm.expectRevert(refusal);
        risk.push(given);
        vm.chainId(chain);
        RiskConfig other = new RiskConfig(_modules(), _signers(), 2, STEP);
        ParameterPush memory first_ = _given(INITIAL + 1, MAINTENANCE);
        first_.nonce = 0;
        first_ = _signed(first_);
        vm.expectRevert(refusal);
        other.push(first_);
        risk.push(given);
    }

    function test_BR4_ANewSetOfSignersVoidsWhatTheOldOneSigned() public {
        ParameterPush memory old = _signed(_given(INITIAL + 1, MAINTENANCE));
        (address one, uint256 oneKey) = makeAddrAndKey("one");
        (address two, uint256 twoKey) = makeAddrAndKey("two");
        if (one > two) (one, two, oneKey, twoKey) = (two, one, twoKey, oneKey);
        address[] memory fresh = new address[](2);
        (fresh[0], fresh[1]) = (one, two);
        vm.prank(admin);
        risk.setSigners(fresh, 2);
        vm.expectRevert(abi.encodeWithSelector(IRiskConfig.WrongEpoch.selector, 1, 2));
        risk.push(old);
        ParameterPush memory given = _signed(_given(INITIAL + 1, MAINTENANCE));
        vm.expectRevert(abi.encodeWithSelector(IRiskConfig.PushNotSigned.selector, KEY));
        risk.push(given);
        bytes32 digest = risk.digest(given);
        (given.signatures[0], given.signatures[1]) = (_signature(oneKey, digest), _signature(twoKey, digest));
        risk.push(given);
        assertEq(risk.signers(), fresh);
    }

    function testFuzz_BR4_ASetOfSignersNeedsMoreThanHalfAndAtLeastTwo(uint256 threshold) public {
        address[] memory three = _signers();
        vm.startPrank(admin);
        if (threshold != 2 && threshold != 3) vm.expectRevert(IRiskConfig.BadSignerSet.selector);
        risk.setSigners(three, threshold);
        (three[0], three[1]) = (three[1], three[0]);
        vm.expectRevert(IRiskConfig.BadSignerSet.selector);
        risk.setSigners(three, 2);
        vm.stopPrank();
    }

    function test_BR3_APushIsForTheSetThatItFollowsAndIsPushedOnce() public {
        ParameterPush memory given = _signed(_given(INITIAL + 1, MAINTENANCE));
        risk.push(given);
        _skip(DAY);
        vm.expectRevert(abi.encodeWithSelector(IRiskConfig.WrongNonce.selector, KEY, 1, 2));
        risk.push(given);
        given = _signed(_given(INITIAL + 2, MAINTENANCE));
        _set(INITIAL, MAINTENANCE);
        vm.expectRevert(abi.encodeWithSelector(IRiskConfig.WrongNonce.selector, KEY, 2, 3));
        risk.push(given);
    }

    function testFuzz_APushExpiresAndIsNotKeptForLater(uint64 lead) public {
        lead = uint64(bound(lead, 0, 3 hours));
        ParameterPush memory given = _given(INITIAL + 1, MAINTENANCE);
        given.expiry = uint64(vm.getBlockTimestamp()) + lead;
        given = _signed(given);
        bool sane = lead != 0 && lead <= 1 hours;
        if (!sane) vm.expectRevert(abi.encodeWithSelector(IRiskConfig.BadExpiry.selector, KEY, given.expiry));
        risk.push(given);
    }

    /* THE ADMIN, AND THE RECORD */

    function testFuzz_ADM1_NobodyButTheAdminSetsAnything(address caller) public {
        vm.assume(caller != admin);
        bytes memory refusal = abi.encodeWithSelector(IRiskConfig.NotAdmin.selector, caller);
        address[] memory three = _signers();
        vm.startPrank(caller);
        vm.expectRevert(refusal);
        risk.set(KEY, INITIAL, MAINTENANCE, INPUTS, MODEL);
        vm.expectRevert(refusal);
        risk.setSigners(three, 2);
        vm.stopPrank();
    }

    function test_EverySetIsRecordedWithItsInputsAndItsModel() public {
        vm.expectEmit();
        emit IRiskConfig.SetAppended(KEY, 1, INITIAL + 1, MAINTENANCE + 1, MAINTENANCE, INPUTS, MODEL);
        _push(INITIAL + 1, MAINTENANCE + 1);
        ParameterSet memory stored = risk.setOf(KEY, 1);
        assertEq(stored.initialWad, INITIAL + 1);
        assertEq(stored.maintenanceWad, MAINTENANCE + 1);
        assertEq(stored.maintenanceFromWad, MAINTENANCE);
        assertEq(stored.time, vm.getBlockTimestamp());
        assertEq(stored.inputsHash, INPUTS);
        assertEq(stored.modelVersion, MODEL);
        assertEq(risk.countOf(KEY), 2);
    }

    function test_ADM3_AConfigWithoutABoundIsNotDeployed() public {
        Modules memory modules;
        address[] memory three = _signers();
        vm.expectRevert(abi.encodeWithSelector(IRiskConfig.BadStep.selector, 0));
        new RiskConfig(modules, three, 2, 0);
        vm.expectRevert(abi.encodeWithSelector(IRiskConfig.BadStep.selector, 1e18));
        new RiskConfig(modules, three, 2, 1e18);
    }

    function test_KeysOfCollateralsAndInstrumentsNeverMeet(address token, uint32 instrument) public view {
        assertNotEq(risk.collateralKey(token), risk.instrumentKey(instrument));
    }

    function _refused(uint64 initialWad, uint64 maintenanceWad, bytes memory why) private {
        ParameterPush memory given = _signed(_given(initialWad, maintenanceWad));
        vm.expectRevert(why);
        risk.push(given);
    }
}
