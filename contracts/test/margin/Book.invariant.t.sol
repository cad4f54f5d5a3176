// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Health, IMarginEngine } from "../../src/interfaces/IMarginEngine.sol";
import { PriceUse } from "../../src/interfaces/IOracleHub.sol";
import { TestToken } from "../../src/testing/TestToken.sol";
import { BookHandler } from "../support/BookHandler.sol";
import { Test } from "forge-std/Test.sol";

/// @notice The book under every order of deposits, withdrawals, donations, moves, price changes and token misbehaviour.
/// forge-config: default.invariant.runs = 16
/// forge-config: deep.invariant.runs = 1000
contract BookInvariants is Test {
    BookHandler private handler;
    IMarginEngine private engine;

    function setUp() public {
        handler = new BookHandler();
        handler.setUp();
        engine = handler.theEngine();
        targetContract(address(handler));
        targetSelector(FuzzSelector(address(handler), handler.steps()));
    }

    /// @dev Each invariant is a campaign of its own: they are few, so that each is long.
    function invariant_SEG1_SEG3_SEG4_EscrowsHoldTheBookAndEventsExplainThem() public view {
        _forEach(_seg1);
        _forEach(_seg3);
        _forEach(_credits);
        _seg4();
    }

    function invariant_SEG2_SEG5_MRG1_MRG2_MRG3_MRG4_MRG6_LIQ10_NoStepCrossesAWallOrIsWronglyRefused() public view {
        _none("SEG-2: another vault's book changed");
        _none("SEG-2: a venue charged more than was free");
        _none("SEG-3: somebody else took out");
        _none("SEG-3: somebody else claimed surplus");
        _none("SEG-3: somebody else claimed credit");
        _none("SEG-5: a donation counted");
        _none("MRG-1: withdrawn below initial");
        _none("MRG-2: a stranger added a new asset");
        _none("MRG-3: a deposit was refused");
        _none("MRG-4: a flat vault was locked");
        _none("LIQ-10: a bid was blocked");
        _none("LIQ-10: a charge was blocked");
        _none("LIQ-10: a payment was blocked");
        _none("VM-1: quote arrived in part");
    }

    function invariant_MRG8_InitialIsNeverTheEasierTest() public {
        handler.freshPrices(1, 1000e18);
        for (uint256 i = 0; i < 5; ++i) {
            Health memory health = engine.healthOf(handler.vaultAt(i), PriceUse.RiskIncrease);
            assertGe(health.initial, health.maintenance);
            assertLe(health.initialEquity, health.equity);
        }
    }

    function afterInvariant() public {
        string[7] memory steps = ["deposit", "withdraw", "surplus", "claim credit", "charge", "pay", "bid"];
        for (uint256 i = 0; i < steps.length; ++i) {
            emit log_named_uint(steps[i], handler.succeeded(bytes32(bytes(steps[i]))));
        }
    }

    /* HELPERS */

    function _seg1(bytes32 vault, address token) private view {
        assertGe(TestToken(token).balanceOf(engine.escrowOf(vault)), handler.booked(vault, token));
    }

    function _seg3(bytes32 vault, address token) private view {
        uint256 live = TestToken(token).balanceOf(engine.escrowOf(vault));
        assertEq(int256(live), handler.expectedLive(vault, token));
    }

    function _seg4() private view {
        bytes memory clone = abi.encodePacked(
            hex"363d3d373d3d3d363d73", engine.escrowImplementation(), hex"5af43d82803e903d91602b57fd5bf3"
        );
        for (uint256 i = 0; i < 5; ++i) {
            bytes memory code = engine.escrowOf(handler.vaultAt(i)).code;
            assertTrue(code.length == 0 || keccak256(code) == keccak256(clone), "SEG-4: other code");
        }
    }

    function _credits(bytes32 vault, address token) private view {
        assertEq(engine.bookOf(vault, token).credit, handler.sumOfCredits(vault, token));
    }

    function _forEach(function(bytes32, address) internal view check) private view {
        for (uint256 i = 0; i < 5; ++i) {
            for (uint256 j = 0; j < 3; ++j) {
                check(handler.vaultAt(i), handler.tokenAt(j));
            }
        }
    }

    function _none(string memory what) private view {
        assertEq(handler.breaches(keccak256(bytes(what))), 0, what);
    }
}
