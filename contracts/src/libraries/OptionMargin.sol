// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { FixedPointMathLib } from "solady/utils/FixedPointMathLib.sol";

/// @notice One option position. @param indexFeed @param expiry what it is margined together with. @param size WAD, long > 0.
struct OptionLeg {
    bytes32 indexFeed;
    uint64 expiry;
    bool isCall;
    int256 size;
    uint256 strikeWad;
    uint256 markWad;
}

/// @title What the options of one vault, underlying and expiry require (RISK §2)
/// @notice R = min(L_iso, L_max) + Σ signed marks, net of an equity that holds the marks. L_iso: each short alone, at its mark and a share of the
/// underlying. L_max: the most that all of them together can pay out at the strikes and at zero, and beyond them a multiple of the forward for each
/// call that no call covers. The forward is the index: no rate is known on chain.
/// @dev |size| ≤ 2^127; prices and strikes < 2^112; at most sixteen legs: every sum stays below 2^250. Sums are exact (WAD × WAD); each requirement is
/// rounded up, per unit and at the end. Off-chain code repeats exactly these steps.
library OptionMargin {
    using FixedPointMathLib for uint256;

    uint256 private constant PERCENT = 100;
    uint256 private constant SHORT_MM = 9;
    uint256 private constant SHORT_IM_AT_THE_MONEY = 15;
    uint256 private constant SHORT_IM_LEAST = 13;
    uint256 private constant SHORT_PUT_IM = 105;
    uint256 private constant UNCOVERED_CALL_IM = 120;
    uint256 private constant UNCOVERED_CALL_MM = 110;

    /// @dev Sums over legs, WAD × WAD.
    struct Sums {
        int256 marks;
        uint256 isoIm;
        uint256 isoMm;
        int256 calls;
    }

    /// @notice Requirements of legs[from … to), all of one underlying and expiry, quote decimals. @param indexWad price of the underlying.
    function requirement(OptionLeg[] memory legs, uint256 from, uint256 to, uint256 indexWad, uint256 scale)
        internal
        pure
        returns (uint256 im, uint256 mm)
    {
        Sums memory sums;
        for (uint256 i = from; i < to; ++i) {
            _add(sums, legs[i], indexWad);
        }
        if (sums.isoMm == 0) return (_net(0, sums.marks, scale), _net(0, sums.marks, scale)); // nothing is short
        uint256 worst = worstPayout(legs, from, to);
        uint256 uncovered = sums.calls < 0 ? uint256(-sums.calls) : 0;
        uint256 maxIm = worst + uncovered * _share(indexWad, UNCOVERED_CALL_IM);
        uint256 maxMm = worst + uncovered * _share(indexWad, UNCOVERED_CALL_MM);
        im = _net(sums.isoIm.min(maxIm), sums.marks, scale);
        mm = _net(sums.isoMm.min(maxMm), sums.marks, scale);
    }

    /// @notice The most that the legs together pay out at expiry, at zero or any of their strikes; zero if they never do. WAD × WAD.
    function worstPayout(OptionLeg[] memory legs, uint256 from, uint256 to) internal pure returns (uint256 worst) {
        worst = _payoutAt(legs, from, to, 0);
        for (uint256 i = from; i < to; ++i) {
            worst = worst.max(_payoutAt(legs, from, to, legs[i].strikeWad));
        }
    }

    /// @notice What one unit is worth at expiry.
    function payoff(bool isCall, uint256 strikeWad, uint256 indexWad) internal pure returns (uint256) {
        return isCall ? indexWad.zeroFloorSub(strikeWad) : strikeWad.zeroFloorSub(indexWad);
    }

    /// @notice Requirements of one short unit above its mark, WAD.
    function shortUnit(bool isCall, uint256 strikeWad, uint256 markWad, uint256 indexWad)
        internal
        pure
        returns (uint256 im, uint256 mm)
    {
        uint256 outOfTheMoney = payoff(!isCall, strikeWad, indexWad);
        im = _share(indexWad, SHORT_IM_AT_THE_MONEY).zeroFloorSub(outOfTheMoney).max(_share(indexWad, SHORT_IM_LEAST));
        mm = _share(indexWad, SHORT_MM);
        if (isCall) return (im, mm);
        mm = mm.max(_share(markWad, SHORT_MM));
        im = im.max(_share(markWad + mm, SHORT_PUT_IM) - markWad);
    }

    function _add(Sums memory sums, OptionLeg memory leg, uint256 indexWad) private pure {
        int256 size = leg.size;
        sums.marks += size * int256(leg.markWad);
        if (leg.isCall) sums.calls += size;
        if (size >= 0) return;
        (uint256 im, uint256 mm) = shortUnit(leg.isCall, leg.strikeWad, leg.markWad, indexWad);
        sums.isoIm += uint256(-size) * (leg.markWad + im);
        sums.isoMm += uint256(-size) * (leg.markWad + mm);
    }

    function _payoutAt(OptionLeg[] memory legs, uint256 from, uint256 to, uint256 atWad)
        private
        pure
        returns (uint256)
    {
        int256 payout = 0;
        for (uint256 i = from; i < to; ++i) {
            OptionLeg memory leg = legs[i];
            payout -= leg.size * int256(payoff(leg.isCall, leg.strikeWad, atWad));
        }
        return payout > 0 ? uint256(payout) : 0;
    }

    /// @dev A spread whose marks are worth more to its holder than it can ever pay out requires nothing; it is no credit.
    function _net(uint256 loss, int256 marks, uint256 scale) private pure returns (uint256) {
        int256 net = int256(loss) + marks;
        return net > 0 ? uint256(net).divUp(scale) : 0;
    }

    function _share(uint256 priceWad, uint256 percent) private pure returns (uint256) {
        return (priceWad * percent).divUp(PERCENT);
    }
}
