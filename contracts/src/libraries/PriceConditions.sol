// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { PriceUse } from "../interfaces/IOracleHub.sol";

/// @notice What may be wrong with a price. Stale and Paused are each meant for the use that is asked for: every use has an age and pauses of its own.
enum PriceFault {
    Stale,
    Suspect,
    Wide,
    SequencerDown,
    SequencerGrace,
    Paused
}

/// @title Which price may be used for what
/// @notice The action matrix: one row a fault, one column a use. A price with several faults may be used only where each of them permits it.
library PriceConditions {
    uint256 private constant WAD = 1e18;

    /// @notice Whether a price with this fault may still be used so.
    /// @dev Suspect: nobody is liquidated, settled or let go at a move that no second report has confirmed. Wide: losses grow while one waits, so that
    /// it stops only who would raise risk. Grace: owners first get time to pay in; a round's price is an average that no reopening can move much.
    function permits(PriceFault fault, PriceUse use) internal pure returns (bool) {
        if (fault == PriceFault.Wide) return use != PriceUse.RiskIncrease;
        if (fault == PriceFault.SequencerGrace) return use == PriceUse.Settlement;
        return false;
    }

    /// @notice Whether two prices, each within 112 bits, differ by at most this share of the second.
    function within(uint256 priceWad, uint256 ofWad, uint64 shareWad) internal pure returns (bool) {
        unchecked {
            uint256 difference = priceWad > ofWad ? priceWad - ofWad : ofWad - priceWad;
            return difference * WAD <= ofWad * shareWad; // at most 112 + 64 bits each
        }
    }

    /// @notice Whether a confidence interval's half-width is more than this share of its price; both within 112 bits.
    function isWide(uint256 priceWad, uint256 confWad, uint64 shareWad) internal pure returns (bool) {
        unchecked {
            return confWad * WAD > priceWad * shareWad; // at most 112 + 64 bits each
        }
    }
}
