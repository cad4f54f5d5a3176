// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IMarginGroups, MarginMode } from "../../src/interfaces/IMarginGroups.sol";
import { Turncoat } from "../support/Turncoat.sol";
import { TurncoatFixture } from "../support/TurncoatFixture.sol";

/// @notice Vaults of a group share one venue. A venue that is asked to settle a vault must not be able to have it changed under the check: of two
/// venues in a group, one could let go what margins positions at the other.
contract VenueSwappedWhileGroupingTest is TurncoatFixture {
    function test_SEG2_MRG1_a_vault_cannot_change_its_venue_while_it_is_grouped() public {
        turncoat.whenSettling(address(registry), _moveToClearing(other));
        _formIfPossible(one, other);
        _assertOneVenue(one);
    }

    function test_SEG2_MRG1_nor_can_one_that_was_looked_at_before() public {
        turncoat.whenSettling(address(turncoat), _later(address(registry), _moveToClearing(one)));
        _formIfPossible(one, other);
        _assertOneVenue(one);
    }

    /// @dev At the second vault's turn.
    function _later(address target, bytes memory data) private pure returns (bytes memory) {
        return abi.encodeCall(Turncoat.whenSettling, (target, data));
    }

    function test_MRG1_what_margins_a_position_does_not_leave_with_a_sibling() public {
        turncoat.whenSettling(address(registry), _moveToClearing(one));
        _formIfPossible(one, other);
        _letOwnMemberTrade();
        _deposit(address(this), other, usd, 10_000 * USD);
        try turncoat.act(address(clearingHouse), _buy(one, 40e18)) { } catch { }
        _takeOut(other, 10_000 * USD);
        _assertMargined(one);
    }

    function test_SEG2_MRG1_nor_one_that_joins() public {
        bytes32 third_ = _openOwn(2);
        _formIfPossible(one, other);
        bytes memory atThird = _later(address(turncoat), _later(address(registry), _moveToClearing(third_)));
        turncoat.whenSettling(address(turncoat), atThird);
        _try(abi.encodeCall(IMarginGroups.join, (one, third_, _none())));
        _assertOneVenue(one);
    }

    function _formIfPossible(bytes32 a, bytes32 b) private {
        _try(abi.encodeCall(IMarginGroups.form, (_vaults(a, b), MarginMode.Cross, _none())));
    }

    function _try(bytes memory data) private {
        try turncoat.act(address(groups), data) { } catch { }
    }

    function _assertOneVenue(bytes32 vault) private view {
        bytes32[] memory vaults = _membersOf(vault);
        for (uint256 i = 0; i < vaults.length; ++i) {
            assertEq(registry.venueOf(vaults[i]), registry.venueOf(vault), "SEG-2: one venue");
        }
    }
}
