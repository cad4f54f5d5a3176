// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ParameterKeys } from "../../src/libraries/ParameterKeys.sol";
import { ParameterRamp } from "../../src/libraries/ParameterRamp.sol";
import { Test } from "forge-std/Test.sol";

/// @notice The line of a ramp against its definition, over the whole range of what is stored.
contract ParameterRampTest is Test {
    uint256 private constant DAY = 24 hours;
    uint256 private constant START = 1_700_000_000;

    function testFuzz_MRG7_ARampIsNeverAheadOfItsLineAndLessThanAUnitBehind(uint64 from, uint64 to, uint256 elapsed)
        public
        pure
    {
        (from, to) = from < to ? (from, to) : (to, from);
        elapsed = bound(elapsed, 0, DAY);
        uint256 risen = ParameterRamp.valueAt(from, to, START, START + elapsed) - from;
        uint256 line = uint256(to - from) * elapsed; // over DAY
        assertLe(risen * DAY, line);
        assertGt((risen + 1) * DAY, line);
    }

    function testFuzz_MRG7_ARampBeginsWhereItBeginsAndEndsAfterADay(uint64 from, uint64 to, uint40 later) public pure {
        (from, to) = from < to ? (from, to) : (to, from);
        assertEq(ParameterRamp.valueAt(from, to, START, START), from);
        assertEq(ParameterRamp.valueAt(from, to, START, START + DAY + later), to);
    }

    function testFuzz_MRG7_ANewRampBeginsAtWhatIsInForceAndNeverAboveItsAim(uint64 inForce, uint64 to) public pure {
        uint64 from = ParameterRamp.nextFrom(inForce, to);
        assertEq(ParameterRamp.valueAt(from, to, START, START), inForce < to ? inForce : to);
    }
}

/// @notice Every thing has one key, and every key at most one thing.
contract ParameterKeysTest is Test {
    function testFuzz_AKeyNamesTheThingThatItWasMadeOf(address token, uint32 instrument) public pure {
        (bool isCollateral, address named) = ParameterKeys.asCollateral(ParameterKeys.ofCollateral(token));
        assertTrue(isCollateral);
        assertEq(named, token);
        (bool isInstrument, uint32 number) = ParameterKeys.asInstrument(ParameterKeys.ofInstrument(instrument));
        assertTrue(isInstrument);
        assertEq(number, instrument);
    }

    function testFuzz_NoKeyIsOfTwoThings(bytes32 key) public pure {
        (bool isCollateral, address token) = ParameterKeys.asCollateral(key);
        (bool isInstrument, uint32 instrument) = ParameterKeys.asInstrument(key);
        assertFalse(isCollateral && isInstrument);
        if (isCollateral) assertEq(ParameterKeys.ofCollateral(token), key);
        if (isInstrument) assertEq(ParameterKeys.ofInstrument(instrument), key);
    }

    function testFuzz_ABitBetweenKindAndNameMakesItNobodysKey(address token, uint32 instrument, uint8 bit) public pure {
        bytes32 low = bytes32(uint256(1) << bound(bit, 160, 247));
        (bool is_,) = ParameterKeys.asCollateral(ParameterKeys.ofCollateral(token) | low);
        assertFalse(is_);
        low = bytes32(uint256(1) << bound(bit, 32, 247));
        (is_,) = ParameterKeys.asInstrument(ParameterKeys.ofInstrument(instrument) | low);
        assertFalse(is_);
    }
}
