// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { GroupHandler } from "../support/GroupHandler.sol";
import { GroupInvariants } from "../support/GroupInvariants.sol";

/// @notice What holds of margin groups whatever anybody does, in whatever order. One campaign looks at all of it: a function each would run as many.
/// forge-config: default.invariant.runs = 16
/// forge-config: deep.invariant.runs = 1000
contract GroupsInvariantTest is GroupInvariants {
    function setUp() public {
        handler = new GroupHandler();
        handler.setUp();
        bytes4[] memory selectors = new bytes4[](15);
        selectors[0] = handler.pay.selector;
        selectors[1] = handler.donate.selector;
        selectors[2] = handler.withdraw.selector;
        selectors[3] = handler.payBack.selector;
        selectors[4] = handler.form.selector;
        selectors[5] = handler.join.selector;
        selectors[6] = handler.leave.selector;
        selectors[7] = handler.setMode.selector;
        selectors[8] = handler.attest.selector;
        selectors[9] = handler.trade.selector;
        selectors[10] = handler.move.selector;
        selectors[11] = handler.closeRound.selector;
        selectors[12] = handler.settle.selector;
        selectors[13] = handler.bid.selector;
        selectors[14] = handler.fall.selector;
        targetSelector(FuzzSelector({ addr: address(handler), selectors: selectors }));
        targetContract(address(handler));
    }

    function invariant_MRG1_MRG5_LIQ1_LIQ4_SEG1_SEG2_SEG5_VM1_groups_hold_whatever_is_called() public view {
        _noCallEndedWhereItMayNot();
        _liveIsNeverBelowTheBook();
        _aVaultThatNoCallNamesKeepsWhatItHas();
        _everyVaultIsInOneGroupAndAllTellTheSame();
        _debtsAreBetweenSiblingsAndInOneDirection();
        _theSettlementEscrowIsWhatWasCollectedAndNotPaid();
        _whatBiddersPaidInIsThere();
    }

    function afterInvariant() public {
        emit log_named_uint("changes of groups", handler.changes());
        emit log_named_uint("draws on siblings", handler.drawn());
        emit log_named_uint("bids", handler.bids());
        emit log_named_uint("bids that left an auction open", handler.setAside());
    }
}
