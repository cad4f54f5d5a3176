// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { WaterfallProofFixture } from "./WaterfallProofFixture.sol";

/// @notice WF-1 and WF-2 on the real waterfall, to the unit. How other members share what is left of a shortfall is arithmetic that no solver ended on:
/// every small case of it is in test/libraries/WaterfallMathSmall.t.sol.
contract WaterfallProof is WaterfallProofFixture {
    /// @dev Own contribution and house capital of any size, and nobody else on the list: what they paid and the residual are the shortfall, and the house pays
    /// nothing while the failing vault's member has anything.
    function check_WF1_WF2_layers_and_residual_are_the_shortfall(uint112 amount, uint112 own, uint112 house) public {
        _put(own, house);
        vm.prank(LIQUIDATION_ENGINE);
        (uint256 paid, uint256 forgiven) = waterfall.cover(VAULT, BIDDER, amount);
        uint256 fromOwn = own - _has(1 << 31);
        uint256 fromHouse = house - _has(HOUSE_BUCKET);
        assert(forgiven == 0);
        assert(paid == fromOwn + fromHouse);
        assert(paid == purse.free(BIDDER));
        assert(paid + waterfall.residualTotal() == amount);
        assert(fromHouse == 0 || fromOwn == own);
        assert(waterfall.residualTotal() == 0 || (fromOwn == own && fromHouse == house));
    }

    /// @dev With a debt that the bid took over: what is forgiven comes off that debt, is written off its round, and closes the sum.
    function check_WF1_WF2_what_is_forgiven_comes_off_the_debt_taken(
        uint112 amount,
        uint112 house,
        uint112 owed,
        uint112 taken
    ) public {
        _put(0, house);
        waterfall.take(BIDDER, owed, taken);
        vm.prank(LIQUIDATION_ENGINE);
        (uint256 paid, uint256 forgiven) = waterfall.cover(VAULT, BIDDER, amount);
        assert(paid == house - _has(HOUSE_BUCKET));
        assert(paid + forgiven + waterfall.residualTotal() == amount);
        assert(forgiven == 0 || paid == house);
        assert(forgiven <= taken);
        assert(forgiven == owed - waterfall.debtOf(BIDDER));
        assert(forgiven == waterfall.writtenOff());
        assert(waterfall.residualTotal() == 0 || forgiven == (owed < taken ? owed : taken));
    }
}
