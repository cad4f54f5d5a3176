// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { AuctionTerms } from "../interfaces/ILiquidationEngine.sol";
import { FixedPointMathLib } from "solady/utils/FixedPointMathLib.sol";

/// @notice What bid sizing looks at, quote decimals (RISK §5).
/// @param equity E. @param maintenance M. @param takeable V without R and without skipped collaterals. @param reserved R.
/// @param skipped what skipped collaterals add to E: it does not shrink with the bid, as R does not.
struct BidInputs {
    int256 equity;
    uint256 maintenance;
    int256 takeable;
    uint256 reserved;
    uint256 skipped;
}

/// @title Auction clock, bid sizing and bid price (RISK §5)
/// @notice Pure. Fractions round down, what a bidder pays up, what it is paid down. Off-chain code repeats exactly these steps.
library LiquidationMath {
    uint256 internal constant WAD = 1e18;

    /* AUCTION CLOCK */

    /// @notice d after so many seconds of proven ill health: start → knee, knee → floor, then the floor for good (LIQ-8).
    function discountAfter(uint256 elapsed, AuctionTerms memory terms) internal pure returns (uint256) {
        if (elapsed <= terms.kneeSeconds) {
            return _fall(terms.startDiscountWad, terms.kneeDiscountWad, elapsed, terms.kneeSeconds);
        }
        return _fall(terms.kneeDiscountWad, terms.floorDiscountWad, elapsed - terms.kneeSeconds, terms.floorSeconds);
    }

    /// @notice x after so many seconds without value: 0 → 1, then 1.
    function rewardAfter(uint256 elapsed, AuctionTerms memory terms) internal pure returns (uint256) {
        if (elapsed >= terms.rewardSeconds) return WAD;
        return WAD * elapsed / terms.rewardSeconds;
    }

    function _fall(uint256 from, uint256 to, uint256 elapsed, uint256 length) private pure returns (uint256) {
        if (elapsed >= length) return to;
        return from - (from - to) * elapsed / length;
    }

    /* SIZING */

    /// @notice Largest fraction that a bid may take: f = B / (B − R − S − d·V) with B = E − (1+β)·M, rounded down; all of it when E ≤ 0, when V ≤ 0, when
    /// E is under the dust line, or when what would remain is. It leaves health at 1+β up to rounding. S, the skipped collaterals, stays like R.
    function largestFraction(BidInputs memory bid, AuctionTerms memory terms, uint256 discountWad)
        internal
        pure
        returns (uint256)
    {
        if (bid.equity <= 0 || bid.takeable <= 0 || uint256(bid.equity) < terms.dustQuote) return WAD;
        uint256 equity = uint256(bid.equity);
        uint256 target = (WAD + terms.bufferWad) * bid.maintenance;
        if (target <= equity * WAD) return 0;
        uint256 missing = target - equity * WAD; // −B, at WAD
        uint256 whole = missing + (bid.reserved + bid.skipped) * WAD + discountWad * uint256(bid.takeable);
        uint256 fraction = FixedPointMathLib.fullMulDiv(missing, WAD, whole);
        return FixedPointMathLib.fullMulDiv(equity, WAD - fraction, WAD) < terms.dustQuote ? WAD : fraction;
    }

    /// @notice Whether taking `fraction` would leave something too small for anyone to bid for (LIQ-5). Every measure of size must be small: a group
    /// with little net value can still hold large amounts.
    function leavesDust(BidInputs memory bid, uint256 fractionWad, uint256 dust) internal pure returns (bool) {
        if (fractionWad == WAD) return false;
        return _rest(bid.maintenance, fractionWad) < dust
            && _rest(FixedPointMathLib.abs(bid.equity), fractionWad) < dust
            && _rest(FixedPointMathLib.abs(bid.takeable), fractionWad) < dust;
    }

    function _rest(uint256 amount, uint256 fractionWad) private pure returns (uint256) {
        return FixedPointMathLib.fullMulDiv(amount, WAD - fractionWad, WAD);
    }

    /* PRICE */

    /// @notice What the bidder pays while V > 0: ⌈d·V·f⌉ (LIQ-3).
    function priceOf(uint256 takeable, uint256 fractionWad, uint256 discountWad) internal pure returns (uint256) {
        return FixedPointMathLib.fullMulDivUp(takeable, discountWad * fractionWad, WAD * WAD);
    }

    /// @notice What the bidder is paid while V ≤ 0: ⌊f·(−V + x·M)⌋.
    /// @param missing −V.
    function rewardOf(uint256 missing, uint256 maintenance, uint256 fractionWad, uint256 rewardWad)
        internal
        pure
        returns (uint256)
    {
        uint256 whole = missing + FixedPointMathLib.fullMulDiv(rewardWad, maintenance, WAD);
        return FixedPointMathLib.fullMulDiv(whole, fractionWad, WAD);
    }

    /* LIQ-2 */

    /// @notice MM − E strictly fell, and E/MM did not fall: by cross-multiplication, `slack` units of rounding allowed in the second.
    function improved(int256 equity, uint256 maintenance, int256 equityAfter, uint256 maintenanceAfter, uint256 slack)
        internal
        pure
        returns (bool)
    {
        int256 before = int256(maintenance);
        int256 after_ = int256(maintenanceAfter);
        if (after_ - equityAfter >= before - equity) return false;
        return (equityAfter + int256(slack)) * before >= equity * after_;
    }
}
