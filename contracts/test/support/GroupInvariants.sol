// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { MarginMode } from "../../src/interfaces/IMarginGroups.sol";
import { GroupHandler } from "./GroupHandler.sol";
import { Test } from "forge-std/Test.sol";

/// @notice What holds of margin groups whatever anybody does, in whatever order.
abstract contract GroupInvariants is Test {
    GroupHandler internal handler;

    /// @dev MRG-1 and MRG-5 after each change and withdrawal, LIQ-1 before each bid: looked at in the call itself.
    function _noCallEndedWhereItMayNot() internal view {
        assertFalse(handler.broken(), handler.brokenBy());
    }

    function _liveIsNeverBelowTheBook() internal view {
        for (uint256 i = 0; i <= handler.vaultCount(); ++i) {
            bytes32 vault = i == handler.vaultCount() ? handler.settlementVault() : handler.owned(i);
            for (uint256 j = 0; j < 2; ++j) {
                address token = handler.tokens(j);
                assertGe(handler.live(vault, token), handler.booked(vault, token), "SEG-1");
            }
        }
    }

    function _aVaultThatNoCallNamesKeepsWhatItHas() internal view {
        bytes32 bystander = handler.bystander();
        assertEq(handler.booked(bystander, handler.tokens(0)), 777e6);
        assertEq(handler.booked(bystander, handler.tokens(1)), 1e18);
        assertEq(uint8(handler.modeOf(bystander)), uint8(MarginMode.Segregated));
    }

    /// @dev Who leads whom is told alike by the groups and by the engine, and every vault of a group is told the same.
    function _everyVaultIsInOneGroupAndAllTellTheSame() internal view {
        for (uint256 i = 0; i < handler.vaultCount(); ++i) {
            bytes32 vault = handler.owned(i);
            bytes32[] memory members = handler.membersOf(vault);
            assertEq(handler.leadOf(vault), members[0]);
            assertEq(handler.engineMembersOf(vault), members);
            assertEq(members.length > 1, handler.modeOf(vault) != MarginMode.Segregated);
            uint256 found = 0;
            for (uint256 j = 0; j < members.length; ++j) {
                if (members[j] == vault) ++found;
                assertEq(handler.membersOf(members[j]), members);
            }
            assertEq(found, 1);
        }
    }

    /// @dev A pair owes in one direction at most, only inside a group, and the list of payers is what the sums say.
    function _debtsAreBetweenSiblingsAndInOneDirection() internal view {
        for (uint256 i = 0; i < handler.vaultCount(); ++i) {
            bytes32 debtor = handler.owned(i);
            uint256 listed = handler.debtTotal(debtor);
            uint256 sum = 0;
            for (uint256 j = 0; j < handler.vaultCount(); ++j) {
                bytes32 payer = handler.owned(j);
                uint256 debt = handler.debt(debtor, payer);
                sum += debt;
                if (debt == 0) continue;
                assertEq(handler.debt(payer, debtor), 0, "both directions");
                assertEq(handler.leadOf(debtor), handler.leadOf(payer), "outside the group");
            }
            assertEq(listed, sum, "a payer is missing from the list");
        }
    }

    /// @dev VM-1: the settlement escrow holds what rounds collected and have not paid.
    function _theSettlementEscrowIsWhatWasCollectedAndNotPaid() internal view {
        (uint256 collected, uint256 paid) = handler.roundSums();
        assertGe(collected, paid);
        assertEq(handler.freeQuote(handler.settlementVault()), collected - paid, "VM-1");
    }

    /// @dev LIQ-4: what bidders paid in is there until the auction ends; neither siblings nor creditors draw on it.
    function _whatBiddersPaidInIsThere() internal view {
        for (uint256 i = 0; i < handler.vaultCount(); ++i) {
            (uint256 reserved, uint256 free) = handler.reservedOf(handler.owned(i));
            assertGe(free, reserved, "LIQ-4");
        }
    }
}
