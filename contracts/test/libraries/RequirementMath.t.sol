// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { RequirementMath } from "../../src/libraries/RequirementMath.sol";
import { Test } from "forge-std/Test.sol";

/// @notice What attested requirements round to: up, so that no requirement is ever a unit short of what it says.
contract RequirementMathTest is Test {
    uint256 private constant WAD = 1e18;

    function test_MRG9_a_floor_of_less_than_a_unit_is_a_unit() public pure {
        assertEq(RequirementMath.floorOf(1, 0.01e18), 1);
        assertEq(RequirementMath.floorOf(101, 0.01e18), 2);
        assertEq(RequirementMath.floorOf(100, 0.01e18), 1);
    }

    function test_MRG9_what_a_bid_leaves_of_a_requirement_is_rounded_up() public pure {
        assertEq(RequirementMath.rest(1, 0.5e18), 1);
        assertEq(RequirementMath.rest(3, 0.5e18), 2);
        assertEq(RequirementMath.rest(4, 0.5e18), 2);
        assertEq(RequirementMath.rest(4, WAD), 0);
    }
}
