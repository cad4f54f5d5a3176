// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ILiquidationEngine } from "../../src/interfaces/ILiquidationEngine.sol";
import { PriceUse } from "../../src/interfaces/IOracleHub.sol";
import { BookFixture } from "./BookFixture.sol";
import { TestVenue } from "./TestVenue.sol";

/// @notice The book with a venue that a test controls. The test itself is the liquidation engine's voice, by prank.
abstract contract MarginFixture is BookFixture {
    TestVenue internal venue;
    address internal immutable alice = makeAddr("alice");
    address internal immutable bob = makeAddr("bob");
    address internal immutable stranger = makeAddr("stranger");
    bytes32 internal aliceVault;
    bytes32 internal bobVault;

    function setUp() public virtual override {
        super.setUp();
        venue = _newVenue();
        aliceVault = _openVault(alice, 0, address(venue), 0);
        bobVault = _openVault(bob, 0, address(venue), 0);
        // The engine tells it that an auction has ended; nothing answers there otherwise.
        vm.mockCall(
            address(liquidationEngine), abi.encodeWithSelector(ILiquidationEngine.onHealthy.selector), bytes("")
        );
    }

    function _newVenue() internal returns (TestVenue) {
        address predicted = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        return new TestVenue(engine, registry, _contractKey(predicted));
    }

    /// @dev Chain 31337 is 0x7a69.
    function _contractKey(address owner) internal view returns (bytes memory) {
        assertEq(block.chainid, 31_337);
        return abi.encodePacked(hex"00010000027a69", uint8(20), owner);
    }

    function _margin(bytes32 vault, int256 value, uint256 im, uint256 mm) internal {
        venue.set(vault, TestVenue.State({ value: value, im: im, mm: mm, owed: 0, position: true, due: false }));
    }

    function _owe(bytes32 vault, uint256 owed) internal {
        venue.set(vault, TestVenue.State({ value: 0, im: 0, mm: 0, owed: owed, position: false, due: false }));
    }

    function _riskIncrease() internal pure returns (PriceUse) {
        return PriceUse.RiskIncrease;
    }

    function _clear(bytes32 vault) internal {
        venue.set(vault, TestVenue.State({ value: 0, im: 0, mm: 0, owed: 0, position: false, due: false }));
    }

    function _openAuction(bytes32 vault) internal {
        vm.prank(address(liquidationEngine));
        engine.setAuctionOpen(vault, true);
    }

    function _moveForBid(bytes32 from, bytes32 to, address token, uint256 amount) internal returns (bool) {
        vm.prank(address(liquidationEngine));
        return engine.moveForBid(from, to, token, amount);
    }
}
