// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { FlawedConformance } from "../support/FlawedConformance.sol";
import { Flaw } from "../support/FlawedVenue.sol";
import { Test } from "forge-std/Test.sol";

/// @notice The conformance kit lets a sound venue pass, and names each flaw of an unsound one.
contract VenueConformanceCatchesTest is Test {
    uint256 private constant THIRD = 333_333_333_333_333_333;

    FlawedConformance private kit;

    function test_a_sound_venue_passes() public {
        _with(Flaw.None);
        uint256 state = vm.snapshotState();
        bytes[] memory tests = _allTests();
        for (uint256 i = 0; i < tests.length; ++i) {
            (bool passed, bytes memory why) = address(kit).call(tests[i]);
            assertTrue(passed, string(why));
            vm.revertToState(state);
        }
    }

    function test_a_margin_that_forgets_a_vault_is_caught() public {
        _with(Flaw.ForgetsTheSecondVault);
        _fails(_sumOfEach(), "margin: sum of each");
    }

    function test_settling_that_bills_again_is_caught() public {
        _with(Flaw.BillsAtEverySettling);
        _fails(abi.encodeCall(kit.test_settling_twice_is_settling_once_and_anyone_may, ()), "settle: not idempotent");
    }

    function test_MRG3_news_of_quote_that_reads_a_price_or_fails_is_caught() public {
        _with(Flaw.ReadsAPriceAtNewsOfQuote);
        _fails(abi.encodeCall(kit.test_MRG3_news_of_quote_never_fails_and_reads_no_price, ()), "a price was read");
        _with(Flaw.FailsAtNewsOfQuote);
        _fails(abi.encodeCall(kit.test_MRG3_news_of_quote_never_fails_and_reads_no_price, ()), "onQuote: failed");
    }

    function test_MRG2_news_of_quote_by_a_stranger_that_changes_a_debt_is_caught() public {
        _with(Flaw.ForgivesWhenStrangersCall);
        _fails(
            abi.encodeCall(kit.test_MRG2_a_stranger_changes_nothing_by_telling_of_quote, ()), "onQuote: by a stranger"
        );
    }

    function test_SEG3_a_closeOut_for_everybody_is_caught() public {
        _with(Flaw.LetsAnyoneCloseOut);
        _fails(
            abi.encodeCall(kit.test_SEG3_only_the_liquidation_engine_closes_out_and_covers, ()),
            "closeOut: by another than the liquidation engine"
        );
    }

    function test_LIQ3_a_wrong_fraction_and_rounding_for_the_bidder_are_caught() public {
        _with(Flaw.MovesHalfTheFraction);
        _fails(_movesTheFraction(), "closeOut: rounded for the bidder");
        _with(Flaw.RoundsForTheBidder);
        _fails(_movesTheFraction(), "closeOut: rounded for the bidder");
    }

    function test_SEG2_a_closeOut_that_takes_quote_is_caught() public {
        _with(Flaw.MovesQuote);
        _fails(
            abi.encodeCall(kit.testFuzz_SEG2_a_bid_moves_no_quote_and_touches_no_other_vault, (0.5e18)),
            "closeOut: moved assets"
        );
    }

    function test_MRG1_an_obligation_that_does_not_show_is_caught() public {
        _with(Flaw.SaysFlatTooSoon);
        _fails(
            abi.encodeCall(kit.test_MRG1_an_obligation_shows_everywhere_and_holds_the_vault_back, ()),
            "isFlat: a position"
        );
        _with(Flaw.NeverTellsTheEngine);
        _fails(
            abi.encodeCall(kit.test_MRG1_an_obligation_shows_everywhere_and_holds_the_vault_back, ()),
            "setEngaged: the margin engine does not know of the obligation"
        );
        _with(Flaw.ReadsAPriceForIsFlat);
        _fails(abi.encodeCall(kit.test_what_needs_no_price_reads_none, ()), "a price was read");
    }

    function test_SEG2_a_charge_on_another_vault_is_caught() public {
        _with(Flaw.ChargesAnother);
        _fails(abi.encodeCall(kit.test_SEG2_what_one_vault_does_changes_no_other, ()), "SEG-2: obliging");
    }

    function test_a_trade_id_that_stands_still_and_a_hash_that_does_not_are_caught() public {
        _with(Flaw.KeepsTheTradeId);
        _fails(_tradesAndHashes(), "lastTradeOf: a new position");
        _with(Flaw.HashesTheTime);
        _fails(_tradesAndHashes(), "positionsHash: no size has changed");
    }

    function test_WF3_covering_more_than_was_asked_is_caught() public {
        _with(Flaw.CoversTooMuch);
        _fails(
            abi.encodeCall(kit.testFuzz_WF3_covering_pays_no_more_than_asked_and_takes_from_no_other_vault, (1)),
            "cover: more than asked"
        );
    }

    function test_LIQ11_a_margin_that_costs_too_much_is_caught() public {
        _with(Flaw.BurnsGas);
        _fails(abi.encodeCall(kit.test_LIQ11_eight_vaults_fit_one_bid, ()), "gas: margin");
    }

    /* WORDS */

    function _with(Flaw flaw) private {
        kit = new FlawedConformance(flaw);
        kit.setUp();
    }

    /// @dev For the reason given, not for any.
    function _fails(bytes memory test, string memory reason) private {
        (bool passed, bytes memory why) = address(kit).call(test);
        assertFalse(passed, string.concat("not caught: ", reason));
        assertTrue(vm.contains(string(why), reason), string.concat("caught for another reason than: ", reason));
    }

    function _sumOfEach() private view returns (bytes memory) {
        return abi.encodeCall(
            kit.testFuzz_margin_of_vaults_together_is_the_sum_of_each, (0.123456e18, 0.234567e18, 2000e18)
        );
    }

    function _movesTheFraction() private view returns (bytes memory) {
        return abi.encodeCall(
            kit.testFuzz_LIQ3_a_bid_moves_the_fraction_of_everything_and_makes_nothing, (0.123456e18, THIRD, 2000e18)
        );
    }

    function _tradesAndHashes() private view returns (bytes memory) {
        return abi.encodeCall(kit.test_lastTradeOf_and_positionsHash_follow_the_vaults_own_changes_and_nothing_else, ());
    }

    function _allTests() private view returns (bytes[] memory tests) {
        tests = new bytes[](19);
        tests[0] = _sumOfEach();
        tests[1] = abi.encodeCall(kit.test_margin_of_a_flat_vault_and_of_none_is_zero, ());
        tests[2] = abi.encodeCall(kit.test_MRG1_an_obligation_shows_everywhere_and_holds_the_vault_back, ());
        tests[3] = abi.encodeCall(kit.test_MRG4_a_flat_vault_leaves_with_everything_at_any_price, ());
        tests[4] = abi.encodeCall(kit.test_what_needs_no_price_reads_none, ());
        tests[5] = abi.encodeCall(kit.test_settling_twice_is_settling_once_and_anyone_may, ());
        tests[6] = abi.encodeCall(kit.test_MRG3_news_of_quote_never_fails_and_reads_no_price, ());
        tests[7] =
            abi.encodeCall(kit.test_LIQ10_news_of_quote_and_settling_do_not_fail_when_the_quote_token_refuses, ());
        tests[8] = abi.encodeCall(kit.test_MRG2_a_stranger_changes_nothing_by_telling_of_quote, ());
        tests[9] = abi.encodeCall(kit.test_SEG3_only_the_liquidation_engine_closes_out_and_covers, ());
        tests[10] = _movesTheFraction();
        tests[11] = abi.encodeCall(kit.testFuzz_SEG2_a_bid_moves_no_quote_and_touches_no_other_vault, (0.5e18));
        tests[12] = abi.encodeCall(kit.test_LIQ9_taking_all_leaves_flat_vaults, ());
        tests[13] =
            abi.encodeCall(kit.testFuzz_WF3_covering_pays_no_more_than_asked_and_takes_from_no_other_vault, (1000e6));
        tests[14] = abi.encodeCall(kit.test_LIQ2_the_liquidation_engine_liquidates_it, ());
        tests[15] = _tradesAndHashes();
        tests[16] = abi.encodeCall(kit.test_SEG2_what_one_vault_does_changes_no_other, ());
        tests[17] = abi.encodeCall(kit.test_LIQ11_eight_vaults_fit_one_bid, ());
        tests[18] = abi.encodeCall(kit.test_SEG2_a_group_of_two_vaults_is_taken_by_one_fraction, ());
    }
}
