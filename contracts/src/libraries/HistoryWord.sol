// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { SafeCastLib } from "solady/utils/SafeCastLib.sol";

/// @notice What a feed's prices before the newest left, in one storage word: the sum of each times the seconds it was the newest (144 bits, lowest), and the
/// stable price (112), both as they stood at the newest one's time.
type HistoryWord is uint256;

using HistoryWords for HistoryWord global;

/// @title Packing of what past prices left
/// @notice The sum has as many bits as a price and 136 years of seconds.
library HistoryWords {
    using SafeCastLib for uint256;

    /// @dev Reverts rather than let an average be reckoned from a sum that wrapped around (VM-4). The stable price is checked by the caller.
    function pack(uint256 cumulativeWad, uint256 stableWad) internal pure returns (HistoryWord) {
        return HistoryWord.wrap(cumulativeWad.toUint144() | stableWad << 144);
    }

    function cumulative(HistoryWord word) internal pure returns (uint256) {
        return uint144(HistoryWord.unwrap(word));
    }

    function stable(HistoryWord word) internal pure returns (uint256) {
        return HistoryWord.unwrap(word) >> 144;
    }
}
