// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Bid } from "../../src/interfaces/ILiquidationEngine.sol";
import { Health } from "../../src/interfaces/IMarginEngine.sol";
import { MarginMode } from "../../src/interfaces/IMarginGroups.sol";
import { PriceUse } from "../../src/interfaces/IOracleHub.sol";
import { Attestation } from "../../src/interfaces/IPortfolioRequirements.sol";
import { Rights } from "../../src/libraries/Rights.sol";
import { GroupFixture } from "./GroupFixture.sol";

/// @notice What an owner, a member, bidders, attesters and strangers do to groups, in any order. It is the whole deployment too: what a call may not do
/// reverts and is forgotten, what it did is looked at by the invariants.
contract GroupHandler is GroupFixture {
    /// @dev A vault's group in the owner's order: each one's free quote, and what it lent the vault, less what the vault lent it.
    struct Siblings {
        bytes32[] vaults;
        uint256[] free;
        int256[] lent;
    }

    /// @dev One owner's vaults; the last is never named by any call.
    bytes32[] public owned;
    bytes32 public bystander;
    bool public broken;
    string public brokenBy;
    uint256 public changes;
    uint256 public drawn;
    uint256 public bids;
    uint256 public setAside;
    uint256 private _effects;
    uint256 private _trades;

    function setUp() public virtual override {
        super.setUp();
        owned = _three();
        owned.push(_sibling(first, 3).vault);
        bystander = _sibling(first, 9).vault;
        for (uint256 i = 0; i < owned.length; ++i) {
            _deposit(first.owner, owned[i], usd, (i == 0 ? 500 : 5000) * USD);
        }
        _deposit(first.owner, bystander, usd, 777 * USD);
        _deposit(first.owner, bystander, eth, 1e18);
        vm.startPrank(first.owner);
        registry.setRights(first.accountId, alphaOperator, Rights.TRADE);
        vm.stopPrank();
        vm.startPrank(counterparty.owner);
        registry.setRights(counterparty.accountId, alphaOperator, Rights.TRADE);
        vm.stopPrank();
        _beginAtTheEdge();
    }

    /// @dev A group of which two vaults hold more than the first one's quote carries: a fall draws on siblings, or opens an auction.
    function _beginAtTheEdge() private {
        _formOf(_three(), MarginMode.Cross);
        vm.prank(alphaOperator);
        clearingHouse.novate(PERP, owned[0], counterparty.vault, 40e18, ETH_PRICE, "edge", _none());
        vm.prank(alphaOperator);
        clearingHouse.novate(PERP, owned[1], counterparty.vault, 10e18, ETH_PRICE, "edge too", _none());
    }

    function vaultCount() external view returns (uint256) {
        return owned.length;
    }

    /* MONEY */

    function pay(uint256 which, uint256 dollars, bool ether_) external {
        bytes32 vault = _any(which);
        if (ether_) _deposit(first.owner, vault, eth, bound(dollars, 1, 300) * 1e15);
        else _deposit(counterparty.owner, vault, usd, bound(dollars, 1, 300) * USD);
    }

    function donate(uint256 which, uint256 dollars) external {
        bytes32 vault = _any(which);
        bytes32 before = keccak256(abi.encode(_health(vault), _bookHash(vault)));
        usd.mint(engine.escrowOf(vault), bound(dollars, 1, 1000) * USD);
        if (before != keccak256(abi.encode(_health(vault), _bookHash(vault)))) _break("SEG-5: a donation counted");
    }

    function withdraw(uint256 which, uint256 dollars) external {
        bytes32 vault = _any(which);
        bytes32 others = _outsiders(vault);
        vm.prank(first.owner);
        try engine.withdraw(vault, address(usd), bound(dollars, 1, 6000) * USD, first.owner, _none()) {
            _mustMeetInitial(vault, "MRG-1: withdrawn below IM");
        } catch { }
        if (others != _outsiders(vault)) _break("SEG-2: a withdrawal touched a vault outside the group");
    }

    function payBack(uint256 which) external {
        bytes32 vault = _any(which);
        (bytes32 others, Siblings memory before) = (_outsiders(vault), _siblings(vault));
        try engine.payBack(vault) { }
        catch {
            _break("LIQ-10: paying back was blocked");
        }
        if (others != _outsiders(vault)) _break("SEG-2: paying back touched a vault outside the group");
        _mustBeAccounted(vault, before);
    }

    /* GROUPS */

    function form(uint256 seed, bool portfolio) external {
        bytes32[] memory vaults = new bytes32[](2 + seed % 2);
        for (uint256 i = 0; i < vaults.length; ++i) {
            vaults[i] = owned[(seed / 7 + i) % owned.length];
        }
        vm.prank(first.owner);
        try groups.form(vaults, portfolio ? MarginMode.Portfolio : MarginMode.Cross, _none()) {
            ++changes;
            _mustMeetInitial(vaults[0], "MRG-5: formed below IM");
        } catch { }
    }

    function join(uint256 group, uint256 which) external {
        bytes32 lead = groups.leadOf(_any(group));
        bytes32 vault = _any(which);
        vm.prank(first.owner);
        try groups.join(lead, vault, _none()) {
            ++changes;
            _mustMeetInitial(vault, "MRG-5: joined below IM");
        } catch { }
    }

    function leave(uint256 which) external {
        bytes32 vault = _any(which);
        bytes32[] memory before = _membersOf(vault);
        vm.prank(first.owner);
        try groups.leave(vault, _none()) {
            ++changes;
            for (uint256 i = 0; i < before.length; ++i) {
                _mustMeetInitial(before[i], "MRG-5: left below IM");
                if (groups.debtBetween(vault, before[i]) != 0) _break("MRG-5: left with a debt");
            }
        } catch { }
    }

    function setMode(uint256 which, bool portfolio) external {
        bytes32 lead = groups.leadOf(_any(which));
        vm.prank(first.owner);
        try groups.setMode(lead, portfolio ? MarginMode.Portfolio : MarginMode.Cross, _none()) {
            ++changes;
            _mustMeetInitial(lead, "MRG-5: mode changed below IM");
        } catch { }
    }

    function attest(uint256 which, uint256 im, uint256 mm) external {
        bytes32 lead = groups.leadOf(_any(which));
        im = bound(im, 0, 20_000 * USD);
        bytes32 hash = clearingHouse.positionsHash(_membersOf(lead));
        if (hash == 0) return;
        Attestation memory attestation = _attestation(lead, hash, im, bound(mm, 0, im));
        requirements.attest(_single(attestation));
    }

    /* MARKET */

    function trade(uint256 which, uint256 size, bool buys) external {
        bytes32 vault = _any(which);
        (bytes32 buyer, bytes32 seller) = buys ? (vault, counterparty.vault) : (counterparty.vault, vault);
        bytes32 tradeId = keccak256(abi.encode("handler", ++_trades));
        uint256 mark = oracle.feedState(ETH_USD).priceWad;
        size = bound(size, 1e18, 40e18);
        // As much as it can carry: groups at the edge are what these tests are about.
        for (uint256 i = 0; i < 5; ++i) {
            vm.prank(alphaOperator);
            try clearingHouse.novate(PERP, buyer, seller, size, mark, tradeId, _none()) {
                return;
            } catch {
                size /= 2;
            }
        }
    }

    function move(uint256 price) external {
        uint256 mark = oracle.feedState(ETH_USD).priceWad;
        _mark(ETH_USD, bound(price, mark * 90 / 100, mark * 110 / 100));
        _refresh(BTC_USD);
    }

    /// @dev A fall that opens an auction, and a first bid that leaves it open.
    function fall(uint256 which, uint256 fraction) external {
        _mark(ETH_USD, oracle.feedState(ETH_USD).priceWad * 90 / 100);
        _refresh(BTC_USD);
        this.bid(which, bound(fraction, 0.01e18, 0.1e18));
    }

    /// @dev At a price that held for the whole round. @param one settles at once; the others later, or never.
    function closeRound(uint256 price, uint256 one) external {
        uint256 mark = oracle.feedState(ETH_USD).priceWad;
        _mark(ETH_USD, bound(price, mark * 95 / 100, mark * 105 / 100));
        _skip(ROUND_SECONDS);
        try clearingHouse.closeRound(PERP, _none()) { } catch { }
        settle(one);
    }

    function settle(uint256 which) public {
        bytes32 vault = _any(which);
        try clearingHouse.settle(counterparty.vault) { }
        catch {
            _break("LIQ-10: a settlement was blocked");
        }
        (, uint256[] memory before) = groups.debtsOf(vault);
        (bytes32 others, Siblings memory siblings) = (_outsiders(vault), _siblings(vault));
        try clearingHouse.settle(vault) { }
        catch {
            _break("LIQ-10: a settlement was blocked");
        }
        (, uint256[] memory after_) = groups.debtsOf(vault);
        if (_sum(after_) > _sum(before)) ++drawn;
        if (others != _outsiders(vault)) _break("SEG-2: a settlement touched a vault outside the group");
        _mustBeAccounted(vault, siblings);
        _mustBeInOrder(vault, siblings);
    }

    function bid(uint256 which, uint256 fraction) external {
        bytes32 lead = groups.leadOf(_any(which));
        Health memory before = _health(lead);
        bool failing = before.equity < int256(before.maintenance);
        Bid memory wanted = _bidFor(lead, bidder.vault, bound(fraction, 0.01e18, WAD));
        wanted.effectKey = keccak256(abi.encode("handler", ++_effects));
        bytes32 others = _outsiders(lead);
        vm.prank(bidder.owner);
        try liquidationEngine.bid(wanted, _none()) {
            ++bids;
            if (liquidationEngine.auctionOf(lead).reserved != 0) ++setAside;
            if (!failing) _break("LIQ-1: bid for a healthy group");
        } catch { }
        if (others != _outsiders(lead)) _break("SEG-2: a bid touched a vault outside the group");
    }

    /* VIEWS */

    function tokens(uint256 which) external view virtual returns (address) {
        return which == 0 ? address(usd) : address(eth);
    }

    function live(bytes32 vault, address token) external view returns (uint256) {
        return _live(vault, token);
    }

    function freeQuote(bytes32 vault) external view returns (uint256) {
        return _quote(vault);
    }

    function booked(bytes32 vault, address token) external view returns (uint256) {
        return _booked(vault, token);
    }

    function settlementVault() external view returns (bytes32) {
        return clearingHouse.settlementVaultOf(PERP);
    }

    function membersOf(bytes32 vault) external view returns (bytes32[] memory) {
        return _membersOf(vault);
    }

    function engineMembersOf(bytes32 vault) external view returns (bytes32[] memory vaults) {
        (, vaults) = engine.groupOf(vault);
    }

    function modeOf(bytes32 vault) external view returns (MarginMode) {
        return _modeOf(vault);
    }

    function leadOf(bytes32 vault) external view returns (bytes32) {
        return groups.leadOf(vault);
    }

    function debt(bytes32 debtor, bytes32 payer) external view returns (uint256) {
        return groups.debtBetween(debtor, payer);
    }

    function debtTotal(bytes32 debtor) external view returns (uint256) {
        (, uint256[] memory amounts) = groups.debtsOf(debtor);
        return _sum(amounts);
    }

    /// @dev What bidders paid in, and what of the lead's quote is there for it.
    function reservedOf(bytes32 vault) external view returns (uint256 reserved, uint256 free) {
        bytes32 lead = groups.leadOf(vault);
        return (liquidationEngine.auctionOf(lead).reserved, _quote(lead));
    }

    function roundSums() external view returns (uint256 collected, uint256 paid) {
        for (uint32 round = 1; round < _state().round; ++round) {
            collected += _round(round).collected;
            paid += _round(round).paid;
        }
    }

    /* HELPERS */

    function _any(uint256 which) internal view returns (bytes32) {
        return owned[which % owned.length];
    }

    function _sum(uint256[] memory amounts) internal pure returns (uint256 sum) {
        for (uint256 i = 0; i < amounts.length; ++i) {
            sum += amounts[i];
        }
    }

    /// @dev Of all that the vault's group does not hold: the owner's other vaults, and the one that no call names.
    function _outsiders(bytes32 vault) internal view returns (bytes32 hash) {
        bytes32 lead = groups.leadOf(vault);
        hash = _bookHash(bystander);
        for (uint256 i = 0; i < owned.length; ++i) {
            if (groups.leadOf(owned[i]) != lead) hash = keccak256(abi.encode(hash, _bookHash(owned[i])));
        }
    }

    function _bookHash(bytes32 vault) internal view virtual returns (bytes32) {
        return keccak256(abi.encode(engine.bookOf(vault, address(usd)), engine.bookOf(vault, address(eth))));
    }

    function _siblings(bytes32 vault) internal view returns (Siblings memory found) {
        found.vaults = _membersOf(vault);
        uint256 count = found.vaults.length;
        (found.free, found.lent) = (new uint256[](count), new int256[](count));
        for (uint256 i = 0; i < count; ++i) {
            bytes32 sibling = found.vaults[i];
            found.free[i] = _quote(sibling);
            found.lent[i] = int256(groups.debtBetween(vault, sibling)) - int256(groups.debtBetween(sibling, vault));
        }
    }

    /// @dev Quote that a sibling gave or got back is what it lent more or less.
    function _mustBeAccounted(bytes32 vault, Siblings memory before) private {
        Siblings memory now_ = _siblings(vault);
        for (uint256 i = 0; i < before.vaults.length; ++i) {
            if (before.vaults[i] == vault) continue;
            if (int256(before.free[i]) + before.lent[i] != int256(now_.free[i]) + now_.lent[i]) {
                _break("RISK 2: a sibling paid and is not owed it");
            }
        }
    }

    /// @dev Whoever pays, all siblings before it have nothing left that may be drawn on.
    function _mustBeInOrder(bytes32 vault, Siblings memory before) private {
        bool spent = true;
        for (uint256 i = 0; i < before.vaults.length; ++i) {
            bytes32 sibling = before.vaults[i];
            if (sibling == vault) continue;
            uint256 free = _quote(sibling);
            if (free < before.free[i] && !spent) _break("RISK 2: drawn on out of the owner's order");
            bool empty = free <= liquidationEngine.auctionOf(sibling).reserved;
            spent = spent && (empty || _mayRefuse(sibling));
        }
    }

    /// @dev Whether quote may stay in that escrow whatever the engine wants.
    function _mayRefuse(bytes32) internal view virtual returns (bool) {
        return false;
    }

    function _mustMeetInitial(bytes32 vault, string memory what) internal {
        bool obliged = false;
        bytes32[] memory members = _membersOf(vault);
        for (uint256 i = 0; i < members.length; ++i) {
            obliged = obliged || clearingHouse.hasObligation(members[i]);
        }
        if (!obliged) return; // nothing is checked, nor read (MRG-4)
        Health memory health = engine.healthOf(vault, PriceUse.RiskIncrease);
        if (health.initialEquity < int256(health.initial)) _break(what);
    }

    function _break(string memory what) internal {
        (broken, brokenBy) = (true, what);
    }
}
