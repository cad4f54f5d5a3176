// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Deployment, DeskTerms, LendingDesk } from "../../examples/LendingDesk.sol";
import { Health } from "../../src/interfaces/IMarginEngine.sol";
import { PriceUse } from "../../src/interfaces/IOracleHub.sol";
import { Fixture } from "../Fixture.sol";

/// @notice The whole system and a lending desk: 8 % a year, a tenth of a debt to begin with and a twentieth to keep.
abstract contract DeskFixture is Fixture {
    struct Borrower {
        address owner;
        bytes32 vault;
    }

    LendingDesk internal desk;

    function setUp() public virtual override {
        super.setUp();
        desk = _newDesk();
    }

    function _newDesk() internal returns (LendingDesk) {
        return new LendingDesk(Deployment(registry, engine, liquidationEngine, oracle), _terms());
    }

    function _terms() internal pure returns (DeskTerms memory) {
        return DeskTerms({ yearlyRateWad: 0.08e18, imRateWad: 0.1e18, mmRateWad: 0.05e18 });
    }

    function _borrower(string memory name, uint256 quote, uint256 ether_) internal returns (Borrower memory who) {
        who.owner = makeAddr(name);
        who.vault = _openVault(who.owner, 0, address(desk), 0);
        if (quote != 0) _deposit(who.owner, who.vault, usd, quote);
        if (ether_ != 0) _deposit(who.owner, who.vault, eth, ether_);
    }

    function _supply(address lender, uint256 amount) internal returns (uint256 shares) {
        usd.mint(lender, amount);
        vm.startPrank(lender);
        usd.approve(address(desk), amount);
        shares = desk.supply(amount);
        vm.stopPrank();
    }

    function _borrow(Borrower memory who, uint256 amount) internal {
        vm.prank(who.owner);
        desk.borrow(who.vault, amount, _none());
    }

    /// @dev Borrows, and takes the money away.
    function _spend(Borrower memory who, uint256 amount) internal {
        _borrow(who, amount);
        _withdraw(who.owner, who.vault, address(usd), amount);
    }

    function _health(bytes32 vault) internal view returns (Health memory) {
        return engine.healthOf(vault, PriceUse.Liquidation);
    }
}
