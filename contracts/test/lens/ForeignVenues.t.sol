// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { PriceUse } from "../../src/interfaces/IOracleHub.sol";
import { PriceView, VenueMargin } from "../../src/interfaces/IVenue.sol";
import { Core, GroupView, VaultLens } from "../../src/lens/VaultLens.sol";
import { DeskFixture } from "../support/DeskFixture.sol";

/// @notice Answers everything with what it was told, or spends what it was given.
contract Oddity {
    bytes private answer;
    bool private burns;

    constructor(bytes memory answer_, bool burns_) {
        (answer, burns) = (answer_, burns_);
    }

    fallback() external {
        if (burns) {
            assembly ("memory-safe") {
                invalid()
            }
        }
        bytes memory given = answer;
        assembly ("memory-safe") {
            return(add(given, 32), mload(given))
        }
    }
}

/// @notice The lens reads what venues say of themselves, and no venue keeps it from reading the others.
contract ForeignVenuesTest is DeskFixture {
    VaultLens private lens;

    function setUp() public override {
        super.setUp();
        lens = new VaultLens();
    }

    function test_a_venue_answers_for_itself_and_no_other_keeps_it_from_being_read() public {
        _supply(makeAddr("lender"), 10_000 * USD);
        Borrower memory borrower = _borrower("borrower", 0, 2e18);
        _spend(borrower, 1000 * USD);
        bytes32[] memory vaults = new bytes32[](6);
        vaults[0] = _openVault(makeAddr("a"), 0, address(new Oddity("", false)), 0);
        vaults[1] = _openVault(makeAddr("b"), 0, address(new Oddity(new bytes(200_000), false)), 0);
        vaults[2] = _openVault(makeAddr("c"), 0, address(new Oddity("", true)), 0);
        vaults[3] = borrower.vault;
        vaults[4] = _openVault(makeAddr("d"), 0, makeAddr("nobody"), 0);
        vaults[5] = _trader("trader", alpha, 100 * USD).vault;

        GroupView[] memory groups = lens.groups{ gas: 30_000_000 }(_core(), vaults);
        for (uint256 i = 0; i < vaults.length; ++i) {
            assertTrue(groups[i].open);
            assertEq(groups[i].vaultId, vaults[i]);
        }
        assertFalse(groups[0].answered, "says nothing");
        assertFalse(groups[2].answered, "burns gas");
        assertFalse(groups[4].answered, "has no code");
        assertFalse(groups[5].answered, "is read as it always was");
        assertTrue(groups[3].answered);
        assertEq(groups[3].lastTrade, desk.lastTradeOf(borrower.vault));
        bytes32[] memory one = new bytes32[](1);
        one[0] = borrower.vault;
        VenueMargin memory said = desk.margin(one, PriceView(PriceUse.Liquidation));
        assertEq(keccak256(abi.encode(groups[3].reported)), keccak256(abi.encode(said)));
        assertEq(said.value, -int256(1000 * USD));
    }

    function _core() private view returns (Core memory) {
        return Core({
            registry: registry,
            marginEngine: engine,
            clearingHouse: clearingHouse,
            liquidationEngine: liquidationEngine,
            oracleHub: oracle,
            groups: _modules().groups,
            requirements: _modules().requirements
        });
    }
}
