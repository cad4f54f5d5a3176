// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IMarginEngine } from "../../src/interfaces/IMarginEngine.sol";
import { IMarginGroups, MarginMode } from "../../src/interfaces/IMarginGroups.sol";
import { IVenue } from "../../src/interfaces/IVenue.sol";
import { TestToken } from "../../src/testing/TestToken.sol";
import { BadToken } from "./BadTokens.sol";
import { GroupHandler } from "./GroupHandler.sol";
import { HostileVenue } from "./HostileVenue.sol";

/// @notice GroupHandler where quote itself and one collateral misbehave, where the owner also has a group at a venue that attacks, and where everything is
/// tried between a deposit and a withdrawal of the same call.
contract HostileGroupHandler is GroupHandler {
    uint256 private constant RICH = 1_000_000 * USD;

    HostileVenue public evil;
    /// @dev The owner's at that venue. GroupHandler's steps never name them.
    bytes32[] public lured;
    BadToken private bad;
    /// @dev Of the lured vaults, as the last step that named them left them.
    bytes32 private _luredHash;
    uint256 public flashed;
    uint256 public flashedChanges;
    uint256 public struck;
    uint256 public refused;

    function setUp() public override {
        super.setUp();
        bad = new BadToken(18);
        vm.prank(admin);
        engine.listCollateral(address(bad), BTC_USD, 0.1e18, 0.15e18);
        for (uint256 i = 0; i < 3; ++i) {
            _deposit(first.owner, owned[i], bad, 0.02e18);
        }
        address predicted = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        bytes memory key = abi.encodePacked(hex"00010000027a69", uint8(20), predicted);
        evil = new HostileVenue(engine, registry, key);
        for (uint32 i = 0; i < 3; ++i) {
            lured.push(_openVault(first.owner, 20 + i, address(evil), 0));
            _deposit(first.owner, lured[i], usd, 500 * USD);
        }
        _deposit(first.owner, evil.ownVault(), usd, 500 * USD);
        _noteLured();
    }

    function _newQuote() internal override returns (TestToken) {
        return new BadToken(6);
    }

    /* TOKENS */

    /// @dev Quote or the collateral takes a mood, a fee, freezes one escrow, or calls back in the middle of a transfer.
    function mood(uint256 which, uint256 mood_, uint256 feeBps, uint256 frozen, uint256 callback) external {
        BadToken token = which % 2 == 0 ? BadToken(address(usd)) : bad;
        token.setMood(mood_ % 3 == 0 ? BadToken.Mood(mood_ / 3 % 5) : BadToken.Mood.Good);
        token.setFeeBps(feeBps % 4 == 0 ? feeBps % 10_001 : 0);
        for (uint256 i = 0; i < owned.length; ++i) {
            token.setFrozen(engine.escrowOf(owned[i]), frozen % 12 == i);
        }
        token.setFrozen(engine.escrowOf(clearingHouse.settlementVaultOf(PERP)), frozen % 12 == 4);
        token.setFrozen(engine.escrowOf(bidder.vault), frozen % 12 == 5);
        (address target, bytes memory data) = _attack(callback);
        if (callback % 4 == 1) {
            (target, data) = (address(clearingHouse), abi.encodeCall(IVenue.settle, (_any(callback / 4))));
        }
        token.setCallback(callback % 4 < 2 ? target : address(0), data);
    }

    /// @dev A round that fell is settled, and debts are paid back, while quote refuses to leave or to reach somebody.
    function refuse(uint256 which, uint256 how, uint256 price) external {
        BadToken quote = BadToken(address(usd));
        if (how % 2 == 0) quote.setMood(BadToken.Mood(1 + how / 2 % 4));
        else quote.setFrozen(engine.escrowOf(_any(how / 2)), true);
        this.closeRound(price % 2 == 0 ? 0 : price, which);
        this.payBack(which);
        this.calm();
        this.settle(which);
    }

    function calm() external {
        for (uint256 i = 0; i < 2; ++i) {
            this.mood(i, 1, 1, 11, 2);
        }
    }

    function hoard(uint256 which, uint256 amount) external {
        _deposit(first.owner, _any(which), bad, bound(amount, 1, 1e17));
    }

    function claim(uint256 which, uint256 whose) external {
        bytes32 vault = whose % 2 == 0 ? bidder.vault : _any(whose);
        vm.prank(whose % 2 == 0 ? bidder.owner : first.owner);
        engine.claimCredit(_any(which), whose % 3 == 0 ? address(bad) : address(usd), vault, first.owner);
    }

    /* FLASH */

    /// @dev Deposits what nobody has, does something to a group, and takes it back, in one call: what was done must hold without it.
    function flash(uint256 which, uint256 action, uint256 other) external {
        bytes32 vault = _any(which);
        _deposit(first.owner, vault, usd, RICH);
        uint256 before = changes;
        if (action % 4 == 0) this.form(other, false);
        else if (action % 4 == 1) this.join(other / 7, other);
        else if (action % 4 == 2) this.leave(other);
        else this.setMode(other, false);
        vm.prank(first.owner);
        engine.withdraw(vault, address(usd), RICH, first.owner, _none()); // where it must stay, nothing has been
        ++flashed;
        _mustMeetInitial(vault, "MRG-1: flashed below IM");
        if (changes == before) return;
        ++flashedChanges;
        _mustMeetInitial(_any(action % 4 == 0 ? other / 7 : other), "MRG-5: changed on flashed quote");
    }

    /// @dev The same vaults in another order.
    function reorder(uint256 which) external {
        bytes32[] memory members = _membersOf(_any(which));
        if (members.length < 2) return;
        bytes32 stays = members[1];
        vm.startPrank(first.owner);
        groups.leave(members[0], _none());
        if (members.length > 2) groups.join(stays, members[0], _none());
        else groups.form(_vaults(stays, members[0]), MarginMode.Cross, _none());
        vm.stopPrank();
        ++changes;
        _mustMeetInitial(stays, "MRG-5: reordered below IM");
    }

    /* THE VENUE */

    /// @dev It calls the engine, the groups or the clearing house for a vault that never chose it.
    function strike(uint256 seed) external {
        (address target, bytes memory data) = _attack(seed);
        _mayTouchLuredOnly(target, data);
    }

    /// @dev From inside the next call that reaches it.
    function plan(uint256 seed) external {
        (address target, bytes memory data) = _attack(seed);
        evil.plan(target, data);
    }

    /// @dev What it is allowed to do with those who chose it, and with their siblings.
    function squeeze(uint256 which, uint256 how, uint256 dollars) external {
        bytes32 vault = lured[which % lured.length];
        uint256 amount = bound(dollars, 1, 1000) * USD;
        bytes memory data = abi.encodeCall(IMarginEngine.chargeSiblings, (vault, 0, amount));
        if (how % 3 == 1) data = abi.encodeCall(IMarginEngine.charge, (vault, 0, amount));
        if (how % 3 == 2) data = abi.encodeCall(IMarginEngine.pay, (0, vault, amount));
        _mayTouchLuredOnly(address(engine), data);
    }

    /// @dev Its settle and onQuote run in the middle of each of these.
    function lure(uint256 how, uint256 which) external {
        bytes32 vault = lured[which % lured.length];
        bytes memory data = abi.encodeCall(IMarginGroups.form, (lured, MarginMode.Cross, _none()));
        if (how % 4 == 1) data = abi.encodeCall(IMarginGroups.leave, (vault, _none()));
        if (how % 4 == 2) data = abi.encodeCall(IMarginGroups.join, (lured[0], vault, _none()));
        address target = how % 4 == 3 ? address(engine) : address(groups);
        if (how % 4 == 3) data = abi.encodeCall(IMarginEngine.payBack, (vault));
        bytes32 before = _allBooks();
        vm.prank(first.owner);
        (bool done,) = target.call(data);
        if (done) ++struck;
        if (before != _allBooks()) _break("SEG-2: a venue touched a vault that never chose it");
        _noteLured();
    }

    /* VIEWS */

    /// @dev Whether only the steps that name the lured vaults changed them.
    function luredAsLeft() external view returns (bool) {
        return _luredHash == _hashLured();
    }

    function tokens(uint256 which) external view override returns (address) {
        if (which == 2) return address(bad);
        return which == 0 ? address(usd) : address(eth);
    }

    /// @dev Every vault there is.
    function everyVault() public view returns (bytes32[] memory vaults) {
        vaults = new bytes32[](owned.length + lured.length + 6);
        uint256 count = 0;
        for (uint256 i = 0; i < owned.length; ++i) {
            vaults[count++] = owned[i];
        }
        for (uint256 i = 0; i < lured.length; ++i) {
            vaults[count++] = lured[i];
        }
        vaults[count++] = bystander;
        vaults[count++] = counterparty.vault;
        vaults[count++] = bidder.vault;
        vaults[count++] = evil.ownVault();
        vaults[count++] = clearingHouse.houseVault();
        vaults[count++] = clearingHouse.settlementVaultOf(PERP);
    }

    function sumOfCredits(bytes32 vault, address token) external view returns (uint256 sum) {
        bytes32[] memory vaults = everyVault();
        for (uint256 i = 0; i < vaults.length; ++i) {
            sum += engine.creditOf(vault, token, vaults[i]);
        }
    }

    function creditBooked(bytes32 vault, address token) external view returns (uint256) {
        return engine.bookOf(vault, token).credit;
    }

    function escrowCode(bytes32 vault) external view returns (bytes memory code, address implementation) {
        return (engine.escrowOf(vault).code, engine.escrowImplementation());
    }

    /* HELPERS */

    function _mayTouchLuredOnly(address target, bytes memory data) private {
        bytes32 before = _allBooks();
        if (evil.strike(target, data)) ++struck;
        else ++refused;
        if (before != _allBooks()) _break("SEG-2: a venue touched a vault that never chose it");
        _noteLured();
    }

    /// @dev Of every vault but the lured ones and the venue's own.
    function _allBooks() private view returns (bytes32 hash) {
        bytes32[] memory vaults = everyVault();
        for (uint256 i = 0; i < vaults.length; ++i) {
            bool itsOwn = i >= owned.length && i < owned.length + lured.length;
            if (itsOwn || vaults[i] == evil.ownVault()) continue;
            hash = keccak256(abi.encode(hash, _bookHash(vaults[i]), groups.leadOf(vaults[i])));
        }
    }

    function _hashLured() private view returns (bytes32 hash) {
        for (uint256 i = 0; i < lured.length; ++i) {
            hash = keccak256(abi.encode(hash, _bookHash(lured[i]), groups.leadOf(lured[i])));
        }
    }

    function _noteLured() private {
        _luredHash = _hashLured();
    }

    function _bookHash(bytes32 vault) internal view override returns (bytes32) {
        return keccak256(abi.encode(super._bookHash(vault), engine.bookOf(vault, address(bad))));
    }

    function _mayRefuse(bytes32 vault) internal view override returns (bool) {
        BadToken quote = BadToken(address(usd));
        bool behaves = quote.mood() == BadToken.Mood.Good && quote.feeBps() == 0 && quote.callbackTarget() == address(0);
        address settlement = engine.escrowOf(clearingHouse.settlementVaultOf(PERP));
        return !behaves || quote.frozen(engine.escrowOf(vault)) || quote.frozen(settlement);
    }

    /// @dev What a token in the middle of a transfer, or a venue in the middle of a call, would like to do.
    function _attack(uint256 seed) private view returns (address target, bytes memory data) {
        bytes32 victim = _any(seed / 16);
        uint256 kind = seed / 3 % 12;
        target = address(engine);
        if (kind == 0) data = abi.encodeCall(IMarginEngine.charge, (victim, 0, USD));
        if (kind == 1) data = abi.encodeCall(IMarginEngine.chargeSiblings, (victim, 0, USD));
        if (kind == 2) data = abi.encodeCall(IMarginEngine.pay, (0, victim, USD));
        if (kind == 3) data = abi.encodeCall(IMarginEngine.moveForBid, (victim, lured[0], address(usd), USD));
        if (kind == 4) {
            data = abi.encodeCall(IMarginEngine.withdraw, (victim, address(usd), USD, address(evil), _none()));
        }
        if (kind == 5) data = abi.encodeCall(IMarginEngine.claimSurplus, (victim, address(usd), address(evil)));
        if (kind == 6) data = abi.encodeCall(IMarginEngine.setGrouped, (victim, false));
        if (kind == 7) data = abi.encodeCall(IMarginEngine.setEngaged, (victim, false));
        if (kind > 7) target = address(groups);
        if (kind == 8) data = abi.encodeCall(IMarginGroups.reduceDebt, (owned[0], victim, 1));
        if (kind == 9) data = abi.encodeCall(IMarginGroups.addDebt, (owned[0], victim, USD));
        if (kind == 10) data = abi.encodeCall(IMarginGroups.leave, (victim, _none()));
        if (kind == 11) data = abi.encodeCall(IMarginGroups.setMode, (victim, MarginMode.Portfolio, _none()));
    }
}
