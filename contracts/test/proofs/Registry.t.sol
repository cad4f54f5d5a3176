// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Rights } from "../../src/libraries/Rights.sol";
import { BookProofFixture } from "./BookProofFixture.sol";

/// @notice SEG-2, SEG-3 and MRG-2 on the real registry: who may do what changes by its owner's word alone.
contract RegistryProof is BookProofFixture {
    /// @dev Whoever changes rights owns that account, and no other account's rights change.
    function check_SEG2_MRG2_rights_change_by_their_owners_word_alone(
        address caller,
        bool until,
        address operator,
        uint256 rights,
        uint64 expiry,
        address otherOperator
    ) public {
        vm.prank(BOB);
        registry.setRights(bobAccount, otherOperator, Rights.TRADE);
        vm.prank(caller);
        if (until) registry.setRightsUntil(aliceAccount, operator, rights, expiry);
        else registry.setRights(aliceAccount, operator, rights);
        assert(caller == ALICE);
        assert(rights <= Rights.ALL);
        assert(registry.rightsOf(bobAccount, otherOperator) == Rights.TRADE);
    }

    /// @dev Taking everything back is the owner's, is complete, and is nobody else's loss.
    function check_SEG2_MRG2_revoking_is_complete_and_the_owners_alone(address caller, address operator, uint256 rights)
        public
    {
        vm.prank(ALICE);
        registry.setRights(aliceAccount, operator, rights);
        vm.prank(BOB);
        registry.setRights(bobAccount, operator, Rights.TRADE);
        vm.prank(caller);
        registry.revokeAll(aliceAccount);
        assert(caller == ALICE);
        assert(registry.rightsOf(aliceAccount, operator) == 0);
        assert(registry.rightsOf(bobAccount, operator) == Rights.TRADE);
    }

    /// @dev Another venue is chosen by the owner alone, for that vault alone.
    function check_SEG2_MRG2_a_venue_is_chosen_by_the_owner_alone(address caller, uint8 which, address venue) public {
        (bytes32 vault, bytes32 other) = which == 0 ? (aliceVault, bobVault) : (bobVault, aliceVault);
        vm.prank(caller);
        registry.changeVenue(vault, venue, 0);
        assert(caller == (which == 0 ? ALICE : BOB));
        assert(registry.venueOf(vault) == venue);
        assert(registry.venueOf(other) == VENUE);
    }

    /// @dev Whatever the owner granted and however it was asked: nobody acts without the right, and the vault's own venue never withdraws.
    function check_SEG3_nobody_acts_without_the_right_and_a_venue_never_withdraws(
        address caller,
        uint256 asked,
        address operator,
        uint256 granted,
        uint64 expiry,
        uint64 time
    ) public {
        vm.prank(ALICE);
        registry.setRightsUntil(aliceAccount, operator, granted, expiry);
        vm.warp(time);
        if (!registry.mayActOn(aliceVault, caller, asked)) return;
        bool lives = expiry == 0 || time < expiry;
        assert(caller == ALICE || (caller == operator && lives && asked != 0 && asked & ~granted == 0));
        assert(caller != VENUE || asked & Rights.WITHDRAW == 0);
    }
}
