// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Deployment, DeskTerms, LendingDesk } from "../../examples/LendingDesk.sol";
import { IVenue } from "../../src/interfaces/IVenue.sol";
import { VenueConformance } from "../support/VenueConformance.sol";

/// @notice The example venue keeps what IVenue promises.
contract LendingDeskConformanceTest is VenueConformance {
    /// @dev Of a stake of 2,000 dollars and two ethers at 2,000: 5,400 less what is borrowed and gone must be a tenth of it.
    uint256 private constant MOST = 4800 * USD;

    LendingDesk private desk;

    function _deployVenue() internal override returns (IVenue) {
        desk = new LendingDesk(
            Deployment(registry, engine, liquidationEngine, oracle), DeskTerms(0.08e18, 0.1e18, 0.05e18)
        );
        address lender = makeAddr("lender");
        usd.mint(lender, 1_000_000 * USD);
        vm.startPrank(lender);
        usd.approve(address(desk), type(uint256).max);
        desk.supply(1_000_000 * USD);
        vm.stopPrank();
        return desk;
    }

    /// @dev Borrows, and takes the money away.
    function _oblige(Trader memory who, uint256 partWad) internal override {
        uint256 amount = MOST * partWad / WAD;
        vm.startPrank(who.owner);
        desk.borrow(who.vault, amount, _none());
        engine.withdraw(who.vault, address(usd), amount, who.owner, _none());
        vm.stopPrank();
    }

    function _release(Trader memory who) internal override {
        uint256 debt = desk.debtOf(who.vault);
        _deposit(who.owner, who.vault, usd, debt);
        vm.prank(who.owner);
        desk.repay(who.vault, debt);
    }
}
