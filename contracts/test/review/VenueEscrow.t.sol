// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IMarginEngine } from "../../src/interfaces/IMarginEngine.sol";
import { Rights } from "../../src/libraries/Rights.sol";
import { ClearingFixture } from "../support/ClearingFixture.sol";

/// @notice A contract that is a venue for one vault and a trader at the clearing house with another: its own bucket 0.
contract TradingVenue {
    IMarginEngine private immutable ENGINE;

    constructor(IMarginEngine engine) {
        ENGINE = engine;
    }

    function pay(bytes32 vault, uint256 amount) external {
        ENGINE.pay(0, vault, amount);
    }

    function charge(bytes32 vault, uint256 amount) external {
        ENGINE.charge(vault, 0, amount);
    }
}

contract VenueEscrowTest is ClearingFixture {
    TradingVenue internal venue;
    bytes32 internal trading;
    bytes32 internal outlet;
    Trader internal short;

    function setUp() public override {
        super.setUp();
        short = _trader("short", alpha, 50_000 * USD);
        venue = new TradingVenue(engine);
        bytes memory key = abi.encodePacked(hex"00010000027a69", uint8(20), address(venue));
        vm.startPrank(address(venue));
        bytes32 accountId = registry.ensureAccount(key, 0);
        trading = registry.openVault(accountId, 0, address(clearingHouse), alpha);
        registry.setRights(accountId, alphaOperator, Rights.TRADE);
        vm.stopPrank();
        outlet = _openVault(makeAddr("outlet"), 0, address(venue), 0);
        _deposit(address(this), trading, usd, 1000 * USD);
    }

    function test_MRG1_a_venue_cannot_pay_out_of_a_vault_that_has_obligations_elsewhere() public {
        vm.prank(alphaOperator);
        clearingHouse.novate(PERP, trading, short.vault, 2e18, ETH_PRICE, "t", _none());
        vm.expectRevert(abi.encodeWithSelector(IMarginEngine.NotTheVenue.selector, trading, venue));
        venue.pay(outlet, 1000 * USD);
        assertEq(_quote(trading), 1000 * USD, "what margins the position stays");
    }

    function test_SEG3_a_vault_that_chose_a_venue_is_no_settlement_escrow() public {
        vm.expectRevert(abi.encodeWithSelector(IMarginEngine.NotTheVenue.selector, trading, venue));
        venue.pay(outlet, 1);
        _deposit(address(this), outlet, usd, 10);
        vm.expectRevert(abi.encodeWithSelector(IMarginEngine.NotTheVenue.selector, trading, venue));
        venue.charge(outlet, 1);
    }
}
