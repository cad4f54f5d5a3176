// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IVenue } from "../../src/interfaces/IVenue.sol";
import { VenueConformance } from "../support/VenueConformance.sol";

/// @notice The built-in venue keeps what IVenue promises to others.
contract ClearingHouseConformanceTest is VenueConformance {
    /// @dev Of a stake of 2,000 dollars and two ethers at 2,000: 5,400 must be a tenth of it.
    uint256 private constant MOST = 25e18;

    Trader private maker;

    function _deployVenue() internal override returns (IVenue) {
        maker = _trader("maker", beta, 10_000_000 * USD);
        return IVenue(address(clearingHouse));
    }

    function _memberId() internal view override returns (bytes32) {
        return alpha;
    }

    function _oblige(Trader memory who, uint256 partWad) internal override {
        _trade(who, maker, MOST * partWad / WAD);
    }

    /// @dev Sells what it has, and lets the round end that the outcome belongs to.
    function _release(Trader memory who) internal override {
        _trade(maker, who, uint128(clearingHouse.positionOf(who.vault, PERP).size));
        _timePasses();
        venue.settle(maker.vault);
        venue.settle(who.vault);
    }

    /// @dev A round ends.
    function _timePasses() internal override {
        _closeRound();
    }

    /// @dev The bidder has one position of an instrument, whatever it was pieced together from.
    function _unitsForTheBidder() internal pure override returns (uint256) {
        return 1;
    }
}
