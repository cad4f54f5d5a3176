// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { WaterfallMath } from "../../src/libraries/WaterfallMath.sol";
import { Test } from "forge-std/Test.sol";

contract WaterfallMathTest is Test {
    uint256 private constant LARGEST = type(uint112).max;

    function testFuzz_WF1_a_layer_pays_all_that_it_has_before_anything_is_left_to_the_next(uint256 missing, uint256 has)
        public
        pure
    {
        uint256 paid = WaterfallMath.fromLayer(missing, has);
        assertLe(paid, has);
        assertLe(paid, missing);
        if (paid < missing) assertEq(paid, has, "WF-1");
    }

    function testFuzz_WF2_shares_sum_to_what_is_missing_or_to_all_that_there_is(
        uint256 missing,
        uint256[] memory has,
        uint256 dust
    ) public pure {
        _shape(has, dust);
        uint256 total = _sum(has);
        missing = bound(missing, 0, total + total / 4 + 3);
        uint256[] memory shares = WaterfallMath.proRata(missing, has);
        assertEq(shares.length, has.length);
        assertEq(_sum(shares), missing < total ? missing : total, "WF-2: to the unit");
        for (uint256 i = 0; i < has.length; ++i) {
            assertLe(shares[i], has[i], "nobody pays more than it has");
        }
    }

    function testFuzz_WF2_everyone_but_the_last_pays_its_share_rounded_down_and_the_last_the_rest(
        uint256 missing,
        uint256[] memory has,
        uint256 dust
    ) public pure {
        vm.assume(has.length != 0);
        _shape(has, dust);
        uint256 last = has.length - 1;
        uint256 total = _sum(has);
        missing = bound(missing, 0, total);
        uint256[] memory shares = WaterfallMath.proRata(missing, has);
        uint256 rest = missing;
        for (uint256 i = 0; i < last; ++i) {
            uint256 fair = total == 0 ? 0 : missing * has[i] / total;
            assertGe(shares[i], fair, "pro rata");
            rest -= fair;
        }
        if (rest > has[last]) {
            assertEq(shares[last], has[last], "all that it has");
            return;
        }
        assertEq(shares[last], rest, "the rest");
        for (uint256 i = 0; i < last; ++i) {
            assertEq(shares[i], total == 0 ? 0 : missing * has[i] / total, "pro rata, to the unit");
        }
    }

    function testFuzz_WF2_whoever_has_nothing_pays_nothing_and_changes_nobody_elses_share(
        uint256 missing,
        uint256[] memory has,
        uint256 at
    ) public pure {
        _shape(has, at);
        uint256[] memory more = new uint256[](has.length + 1);
        at = bound(at, 0, has.length);
        for (uint256 i = 0; i < has.length; ++i) {
            more[i < at ? i : i + 1] = has[i];
        }
        missing = bound(missing, 0, _sum(has) + 1);
        uint256[] memory without = WaterfallMath.proRata(missing, has);
        uint256[] memory with = WaterfallMath.proRata(missing, more);
        assertEq(with[at], 0);
        for (uint256 i = 0; i < has.length; ++i) {
            assertEq(with[i < at ? i : i + 1], without[i]);
        }
    }

    function test_WF2_a_remainder_above_what_the_last_one_has_goes_to_the_one_before() public pure {
        uint256[] memory has = new uint256[](4);
        (has[0], has[1], has[2], has[3]) = (1, 1, 1, 0);
        uint256[] memory shares = WaterfallMath.proRata(2, has);
        assertEq(shares[0], 0);
        assertEq(shares[1], 1);
        assertEq(shares[2], 1);
        assertEq(shares[3], 0);
    }

    function test_WF2_of_nobody_nothing() public pure {
        assertEq(WaterfallMath.proRata(7, new uint256[](0)).length, 0);
        assertEq(WaterfallMath.proRata(7, new uint256[](2))[1], 0);
    }

    /// @dev Some large, some of a few units, some empty.
    function _shape(uint256[] memory has, uint256 dust) private pure {
        for (uint256 i = 0; i < has.length; ++i) {
            uint256 kind = uint256(keccak256(abi.encode(dust, i))) % 3;
            has[i] = kind == 0 ? bound(has[i], 0, 3) : bound(has[i], 0, LARGEST);
        }
    }

    function _sum(uint256[] memory amounts) private pure returns (uint256 sum) {
        for (uint256 i = 0; i < amounts.length; ++i) {
            sum += amounts[i];
        }
    }
}
