// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Bid, BidResult } from "../../src/interfaces/ILiquidationEngine.sol";
import { PriceUse } from "../../src/interfaces/IOracleHub.sol";
import { IVenue, PriceView, VenueMargin } from "../../src/interfaces/IVenue.sol";
import { Rights } from "../../src/libraries/Rights.sol";
import { Fixture } from "../Fixture.sol";

/// @notice What a venue's author gives to VenueConformance, and the words that its tests are written in.
abstract contract VenueKit is Fixture {
    uint256 internal constant STAKE_QUOTE = 2000 * USD;
    uint256 internal constant STAKE_ETHER = 2e18;
    uint256 internal constant MAX_VAULTS = 8;

    IVenue internal venue;
    Trader internal first;
    Trader internal second;
    Trader internal bystander;
    Trader internal bidder;
    address internal immutable stranger = makeAddr("stranger");

    /* WHAT THE VENUE'S AUTHOR GIVES */

    /// @dev Deploys the venue under test, and whatever it needs. Prices are fresh.
    function _deployVenue() internal virtual returns (IVenue);

    /// @dev Gives the vault a position, or adds to it: `partWad` of the most that a vault with the stake above could carry, more or less. At 0.9 the
    /// vault must be unhealthy once ether has lost 45 %. The bidder's position must not offset it. Prices are fresh.
    function _oblige(Trader memory who, uint256 partWad) internal virtual;

    /// @dev Ends all that the vault and the venue have with one another. Time may pass.
    function _release(Trader memory who) internal virtual;

    /// @dev The member that vaults of this venue name. Zero unless the venue is the clearing house.
    function _memberId() internal view virtual returns (bytes32) {
        return 0;
    }

    /// @dev Time passes, and the venue decides what it decides by itself. Prices end fresh.
    function _timePasses() internal virtual {
        _skip(1 days);
    }

    /// @dev What one position's roundings may come to when it is split, in units of quote, against the bidder.
    function _roundingUnits() internal view virtual returns (uint256) {
        return 2;
    }

    /// @dev The same in favour of the bidder: none, unless positions of several vaults become one, which is then rounded once.
    function _unitsForTheBidder() internal view virtual returns (uint256) {
        return 0;
    }

    /// @dev Cold, for eight vaults with a position each. A bid in a group of eight has to fit 5 M gas in all (LIQ-11): it reads margins three times.
    function _gasOfMargin() internal view virtual returns (uint256) {
        return 400_000;
    }

    function _gasOfCloseOut() internal view virtual returns (uint256) {
        return 1_500_000;
    }

    /// @dev Cold, for one vault: settle and onQuote.
    function _gasOfUpkeep() internal view virtual returns (uint256) {
        return 100_000;
    }

    function setUp() public virtual override {
        super.setUp();
        venue = _deployVenue();
        first = _client("first", 0);
        second = _client("second", 0);
        bystander = _client("bystander", 0);
        bidder = _client("bidder", 0);
        _deposit(bidder.owner, bidder.vault, usd, 200_000 * USD);
    }

    /* WORDS */

    /// @dev An owner with a vault at the venue, and the stake in it. The member's operator, if there is one, may trade for it.
    function _client(string memory name, uint32 bucket) internal returns (Trader memory who) {
        who.owner = makeAddr(name);
        who.vault = _openVault(who.owner, bucket, address(venue), _memberId());
        who.accountId = registry.vaultOf(who.vault).accountId;
        who.operator = _memberId() == 0 ? who.owner : registry.memberOperator(_memberId());
        if (who.operator != who.owner) {
            vm.prank(who.owner);
            registry.setRights(who.accountId, who.operator, Rights.TRADE);
        }
        _deposit(who.owner, who.vault, usd, STAKE_QUOTE);
        _deposit(who.owner, who.vault, eth, STAKE_ETHER);
    }

    function _margin(bytes32 vault, PriceUse use) internal view returns (VenueMargin memory) {
        return venue.margin(_only(vault), PriceView(use));
    }

    function _only(bytes32 vault) internal pure returns (bytes32[] memory vaults) {
        vaults = new bytes32[](1);
        vaults[0] = vault;
    }

    /// @dev As a bid does it: in a group whose vaults have all been settled.
    function _closeOut(bytes32[] memory vaults, uint256 fractionWad) internal returns (int256) {
        vm.prank(address(liquidationEngine));
        return venue.closeOut(vaults, fractionWad, bidder.vault);
    }

    /// @dev A bid for all that may be taken of the group, at any rate.
    function _bidForAll(bytes32 lead) internal returns (BidResult memory) {
        Bid memory bid = Bid({
            vault: lead,
            bidderVault: bidder.vault,
            fractionWad: WAD,
            limitWad: engine.healthOf(lead, PriceUse.Liquidation).marketValue > 0 ? WAD : 0,
            lastTradeId: liquidationEngine.lastTradeOfGroup(lead),
            skip: new address[](0),
            maxResidual: type(uint128).max,
            effectKey: "conformance",
            deadline: uint64(vm.getBlockTimestamp())
        });
        vm.prank(bidder.owner);
        return liquidationEngine.bid(bid, _none());
    }

    function _settleAll(bytes32[] memory vaults) internal {
        for (uint256 i = 0; i < vaults.length; ++i) {
            venue.settle(vaults[i]);
        }
    }

    function _quoteArrives(address caller, bytes32 vault) internal returns (bool ok) {
        vm.prank(caller);
        (ok,) = address(venue).call(abi.encodeCall(IVenue.onQuote, (vault)));
    }

    /// @dev Asset by asset, as an owner would who wants to leave.
    function _takesEverything(Trader memory who) internal returns (bool) {
        return _takesAll(who, address(usd)) && _takesAll(who, address(eth));
    }

    function _takesAll(Trader memory who, address token) internal returns (bool ok) {
        uint256 free = _free(who.vault, token);
        if (free == 0) return true;
        vm.prank(who.owner);
        (ok,) = address(engine).call(abi.encodeCall(engine.withdraw, (who.vault, token, free, who.owner, _none())));
    }

    function _assertFlat(bytes32 vault) internal view {
        assertTrue(venue.isFlat(vault), "isFlat: nothing is left");
        assertFalse(venue.hasObligation(vault), "hasObligation: nothing is left");
        assertEq(venue.positionCount(_only(vault)), 0, "positionCount: nothing is left");
        assertEq(venue.positionsHash(_only(vault)), 0, "positionsHash: nothing is left");
    }

    function _assertNoPriceWasRead() internal {
        (bytes32[] memory reads,) = vm.accesses(address(oracle));
        assertEq(reads.length, 0, "a price was read");
    }

    /* DIGESTS: what must not change */

    /// @dev SEG-2: escrow, book, owed and position. Comparable whatever time passes.
    function _footprint(bytes32 vault) internal view returns (bytes32) {
        bytes32 positions = venue.positionsHash(_only(vault));
        return keccak256(abi.encode(_bookDigest(vault), positions, venue.lastTradeOf(vault), venue.isFlat(vault)));
    }

    /// @dev The same and what it is worth: comparable at one time and price.
    function _digest(bytes32 vault) internal view returns (bytes32) {
        return keccak256(abi.encode(_footprint(vault), _marginDigest(_only(vault), PriceUse.Liquidation)));
    }

    function _bookDigest(bytes32 vault) internal view returns (bytes32) {
        return keccak256(abi.encode(engine.bookOf(vault, address(usd)), engine.bookOf(vault, address(eth))));
    }

    function _marginDigest(bytes32[] memory vaults, PriceUse use) internal view returns (bytes32) {
        return keccak256(abi.encode(venue.margin(vaults, PriceView(use))));
    }

    /// @dev ⌊value × fraction⌋, toward −∞.
    function _shareDown(int256 value, uint256 fractionWad) internal pure returns (int256) {
        int256 product = value * int256(fractionWad);
        int256 share = product / int256(WAD);
        return product < 0 && product % int256(WAD) != 0 ? share - 1 : share;
    }
}
