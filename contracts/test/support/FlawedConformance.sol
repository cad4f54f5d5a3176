// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IVenue } from "../../src/interfaces/IVenue.sol";
import { Erc7930 } from "../../src/libraries/Erc7930.sol";
import { Flaw, FlawedVenue } from "./FlawedVenue.sol";
import { VenueConformance } from "./VenueConformance.sol";

/// @notice The kit applied to a venue with one flaw. Its constructor takes an argument, so that forge does not run it by itself.
contract FlawedConformance is VenueConformance {
    uint256 private constant MOST = 4500 * USD;

    Flaw private immutable FLAW;
    FlawedVenue private flawed;

    constructor(Flaw flaw) {
        FLAW = flaw;
    }

    function _deployVenue() internal override returns (IVenue) {
        flawed = new FlawedVenue(engine, address(liquidationEngine), oracle, ETH_USD, FLAW);
        vm.startPrank(address(flawed));
        bytes32 account = registry.ensureAccount(Erc7930.encode(block.chainid, address(flawed)), 0);
        registry.openVault(account, 0, address(0), 0);
        vm.stopPrank();
        return flawed;
    }

    function _oblige(Trader memory who, uint256 partWad) internal override {
        flawed.oblige(who.vault, MOST * partWad / WAD);
        engine.requireInitial(who.vault);
    }

    function _release(Trader memory who) internal override {
        flawed.release(who.vault);
    }
}
