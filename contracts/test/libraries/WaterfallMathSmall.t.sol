// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { WaterfallMath } from "../../src/libraries/WaterfallMath.sol";
import { Test } from "forge-std/Test.sol";

/// @notice WF-2 in every small case, where no solver ends (a product over a sum): three payers with 0 to 9 each, and four, the most there are, with 0 to 4.
contract WaterfallMathSmallTest is Test {
    function test_WF2_every_small_shortfall_is_shared_to_the_unit_by_three() public pure {
        _every(3, 10);
    }

    function test_WF2_every_small_shortfall_is_shared_to_the_unit_by_four() public pure {
        _every(4, 5);
    }

    function _every(uint256 count, uint256 amounts) private pure {
        uint256[] memory has = new uint256[](count);
        for (uint256 number = 0; number < amounts ** count; ++number) {
            uint256 total = 0;
            for ((uint256 i, uint256 digits) = (0, number); i < count; ++i) {
                (has[i], digits) = (digits % amounts, digits / amounts);
                total += has[i];
            }
            for (uint256 missing = 0; missing <= total + 1; ++missing) {
                _check(missing, has, total);
            }
        }
    }

    /// @dev All of it, nobody above what it has, each at least its share rounded down; and exactly that but for the last, where the last has the rest.
    function _check(uint256 missing, uint256[] memory has, uint256 total) private pure {
        uint256[] memory shares = WaterfallMath.proRata(missing, has);
        uint256 asked = missing < total ? missing : total;
        uint256 last = has.length - 1;
        uint256 sum = 0;
        uint256 floors = 0;
        bool exact = true;
        for (uint256 i = 0; i <= last; ++i) {
            uint256 floor = total == 0 ? 0 : asked * has[i] / total;
            require(shares[i] <= has[i] && shares[i] >= floor, "above what it has, or below its share");
            sum += shares[i];
            if (i == last) continue;
            floors += floor;
            exact = exact && shares[i] == floor;
        }
        require(sum == asked, "WF-2");
        require(exact || asked - floors > has[last], "not the last one's");
    }
}
