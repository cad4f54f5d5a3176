// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Book, Health, IMarginEngine } from "../../src/interfaces/IMarginEngine.sol";
import { PriceUse } from "../../src/interfaces/IOracleHub.sol";
import { TestToken } from "../../src/testing/TestToken.sol";
import { BadToken } from "./BadTokens.sol";
import { MarginFixture } from "./MarginFixture.sol";
import { TestVenue } from "./TestVenue.sol";
import { Vm } from "forge-std/Vm.sol";

/// @notice Owners, strangers, venues, bidders and misbehaving tokens at work on five vaults, in any order. Each step notes which walls it may
/// touch and what it must not refuse; what it finds wrong is counted, not thrown, because a step that reverts is forgotten.
contract BookHandler is MarginFixture {
    uint256 private constant VAULTS = 5;
    uint256 private constant TOKENS = 3;
    uint256 private constant NONE = type(uint256).max;

    TestVenue public otherVenue;
    BadToken private quote;
    BadToken private token;
    /// @dev 0, 1: alice's and bob's at `venue`; 2: alice's at `otherVenue`; 3, 4: the venues' own.
    bytes32[VAULTS] private vaults;
    address[TOKENS] private tokens;
    address[3] private callers;
    /// @dev What events and donations say each escrow must hold.
    mapping(bytes32 vault => mapping(address token => int256)) public expectedLive;
    /// @dev Whether the step under way went through.
    bool private done;
    mapping(bytes32 breach => uint256) public breaches;
    mapping(bytes32 step => uint256) public succeeded;

    /* SET-UP */

    function setUp() public override {
        super.setUp();
        quote = new BadToken(6);
        token = new BadToken(18);
        _deployBook(address(quote));
        vm.startPrank(admin);
        engine.listCollateral(address(token), ETH_USD, 0.1e18, 0.15e18);
        engine.listCollateral(address(eth), BTC_USD, 0.05e18, 0.2e18);
        vm.stopPrank();
        venue = _newVenue();
        otherVenue = _newVenue();
        vaults = [
            _openVault(alice, 0, address(venue), 0),
            _openVault(bob, 0, address(venue), 0),
            _openVault(alice, 1, address(otherVenue), 0),
            venue.ownVault(),
            otherVenue.ownVault()
        ];
        tokens = [address(quote), address(token), address(eth)];
        callers = [alice, bob, stranger];
        for (uint256 i = 0; i < 3; ++i) {
            vm.startPrank(callers[i]);
            for (uint256 j = 0; j < TOKENS; ++j) {
                TestToken(tokens[j]).approve(address(engine), type(uint256).max);
            }
            vm.stopPrank();
        }
        freshPrices(1, 1500e18);
        for (uint256 i = 0; i < 3; ++i) {
            for (uint256 j = 0; j < TOKENS; ++j) {
                this.deposit(i == 1 ? 1 : 0, i, j, uint96(_roughlyAMillion(tokens[j]) / 2));
            }
        }
    }

    function steps() external pure returns (bytes4[] memory selectors) {
        selectors = new bytes4[](14);
        selectors[0] = this.deposit.selector;
        selectors[1] = this.withdraw.selector;
        selectors[2] = this.donate.selector;
        selectors[3] = this.freshPrices.selector;
        selectors[4] = this.letPricesAge.selector;
        selectors[5] = this.obligations.selector;
        selectors[6] = this.charge.selector;
        selectors[7] = this.pay.selector;
        selectors[8] = this.bidMove.selector;
        selectors[9] = this.claimCredit.selector;
        selectors[10] = this.claimSurplus.selector;
        selectors[11] = this.tokenMood.selector;
        selectors[12] = this.withdraw.selector;
        selectors[13] = this.bidMove.selector;
    }

    /* STEPS OF OWNERS AND STRANGERS */

    function deposit(uint256 who, uint256 where, uint256 what, uint96 amount) external {
        (address caller, uint256 at, address asset) = (_caller(who), where % VAULTS, _token(what));
        bytes32 vault = vaults[at];
        bool always = asset == address(quote) || _free(vault, asset) != 0 || caller == _ownerOf(at);
        amount = uint96(amount % _roughlyAMillion(asset)); // so that obligations can outweigh it
        TestToken(asset).mint(caller, amount);
        // A venue collects what the vault owes into its own escrow.
        bytes32 before = _begin(at, _venueVaultOf(at));
        vm.prank(caller);
        try engine.deposit(vault, asset, amount) {
            _succeed("deposit");
            _check(always, "MRG-2: a stranger added a new asset");
        } catch {
            _check(!always || amount == 0 || !_behaves(asset, caller, vault), "MRG-3: a deposit was refused");
        }
        _end(before, at, _venueVaultOf(at));
    }

    function withdraw(uint256 who, uint256 where, uint256 what, uint96 amount) external {
        (uint256 at, address asset) = (where % VAULTS, _token(what));
        address caller = _ownerMostly(who, at);
        bytes32 vault = vaults[at];
        if (!_isVenues(at)) amount = uint96(amount % (_free(vault, asset) + 1));
        bool owner = caller == _ownerOf(at);
        bool flat = !_isVenues(at) && _venueOf(at).isFlat(vault);
        bytes32 before = _begin(at, _venueVaultOf(at));
        vm.prank(caller);
        try engine.withdraw(vault, asset, amount, caller, _none()) {
            _succeed("withdraw");
            _check(owner, "SEG-3: somebody else took out");
            if (!flat) _checkInitial(vault);
        } catch {
            bool refused = owner && flat && amount != 0 && _behaves(asset, vault, caller);
            _check(!refused, "MRG-4: a flat vault was locked");
        }
        _end(before, at, _venueVaultOf(at));
    }

    function donate(uint256 where, uint256 what, uint96 amount) external {
        (uint256 at, address asset) = (where % VAULTS, _token(what));
        freshPrices(1, 1);
        Health memory before = engine.healthOf(vaults[at], PriceUse.RiskIncrease);
        TestToken(asset).mint(engine.escrowOf(vaults[at]), amount);
        expectedLive[vaults[at]][asset] += int256(uint256(amount));
        Health memory later = engine.healthOf(vaults[at], PriceUse.RiskIncrease);
        _check(keccak256(abi.encode(before)) == keccak256(abi.encode(later)), "SEG-5: a donation counted");
    }

    function claimSurplus(uint256 who, uint256 where, uint256 what) external {
        (uint256 at, address asset) = (where % VAULTS, _token(what));
        address caller = _ownerMostly(who, at);
        bytes32 before = _begin(NONE, NONE); // no book changes
        vm.prank(caller);
        try engine.claimSurplus(vaults[at], asset, caller) {
            _succeed("surplus");
            _check(caller == _ownerOf(at), "SEG-3: somebody else claimed surplus");
        } catch { }
        _end(before, NONE, NONE);
    }

    function claimCredit(uint256 who, uint256 where, uint256 whose, uint256 what) external {
        (uint256 at, uint256 of_) = _someCredit(where, whose, what);
        address caller = _ownerMostly(who, of_);
        bytes32 before = _begin(at, NONE);
        vm.prank(caller);
        try engine.claimCredit(vaults[at], _token(what), vaults[of_], caller) {
            _succeed("claim credit");
            _check(caller == _ownerOf(of_), "SEG-3: somebody else claimed credit");
        } catch { }
        _end(before, at, NONE);
    }

    /* STEPS OF MODULES */

    function obligations(uint256 where, int64 value, uint64 im, uint64 mm, uint64 owed, bool position) external {
        uint256 at = where % 3;
        _venueOf(at)
            .set(
                vaults[at],
                TestVenue.State({
                value: value % 1e12,
                im: im % 4e12,
                mm: mm % 1e12,
                owed: owed % 4 == 0 ? owed % 1e12 : 0,
                position: position,
                due: false
            })
            );
    }

    function charge(uint256 where, uint96 amount) external {
        uint256 at = where % 3;
        uint256 free = _free(vaults[at], address(quote));
        amount = uint96(amount % (free + 2));
        bytes32 before = _begin(at, _venueVaultOf(at));
        try _venueOf(at).charge(vaults[at], amount) returns (uint256 collected) {
            _succeed("charge");
            _check(amount <= free, "SEG-2: a venue charged more than was free");
            _check(collected == amount || collected == 0, "VM-1: quote arrived in part");
        } catch {
            _check(amount > free, "LIQ-10: a charge was blocked");
        }
        _end(before, at, _venueVaultOf(at));
    }

    function pay(uint256 where, uint96 amount) external {
        uint256 at = where % 3;
        uint256 free = _free(vaults[_venueVaultOf(at)], address(quote));
        amount = uint96(amount % (free + 2));
        bytes32 before = _begin(at, _venueVaultOf(at));
        try _venueOf(at).pay(vaults[at], amount) {
            _succeed("pay");
        } catch {
            _check(amount > free, "LIQ-10: a payment was blocked");
        }
        _end(before, at, _venueVaultOf(at));
    }

    function bidMove(uint256 from, uint256 to, uint256 what, uint96 amount) external {
        (uint256 source, uint256 sink, address asset) = (from % 3, to % 3, _token(what));
        uint256 free = _free(vaults[source], asset);
        amount = uint96(amount % (free + 2));
        bytes32 before = _begin(source, sink);
        vm.prank(address(liquidationEngine));
        try engine.moveForBid(vaults[source], vaults[sink], asset, amount) {
            _succeed("bid");
        } catch {
            _check(amount > free || source == sink, "LIQ-10: a bid was blocked");
        }
        _end(before, source, sink);
    }

    /* STEPS OF THE WORLD */

    function freshPrices(uint256 seconds_, uint80 price) public {
        vm.warp(vm.getBlockTimestamp() + 1 + seconds_ % 5);
        _post(ETH_USD, uint256(price) % 4000e18 + 1);
        // The second report confirms the first where that was a jump.
        vm.warp(vm.getBlockTimestamp() + 1);
        _post(ETH_USD, uint256(price) % 4000e18 + 1);
        _post(BTC_USD, BTC_PRICE);
    }

    function letPricesAge(uint256 seconds_) external {
        vm.warp(vm.getBlockTimestamp() + seconds_ % 16);
    }

    function tokenMood(uint256 which, uint256 mood, uint256 feeBps, uint256 frozen, uint256 callback) external {
        BadToken bad = which % 2 == 0 ? quote : token;
        bad.setMood(mood % 3 == 0 ? BadToken.Mood(mood / 3 % 5) : BadToken.Mood.Good);
        bad.setFeeBps(feeBps % 4 == 0 ? feeBps % 10_001 : 0);
        for (uint256 i = 0; i < VAULTS; ++i) {
            bad.setFrozen(engine.escrowOf(vaults[i]), frozen % 16 == i);
        }
        bytes memory data = "";
        if (callback % 8 == 0) data = abi.encodeCall(TestVenue.charge, (vaults[0], 1));
        if (callback % 8 == 1) data = abi.encodeCall(TestVenue.pay, (vaults[1], 1));
        bad.setCallback(data.length == 0 ? address(0) : address(venue), data);
    }

    /* WHAT THE INVARIANTS READ */

    function vaultAt(uint256 i) external view returns (bytes32) {
        return vaults[i % VAULTS];
    }

    function tokenAt(uint256 i) external view returns (address) {
        return tokens[i % TOKENS];
    }

    function theEngine() external view returns (IMarginEngine) {
        return engine;
    }

    function booked(bytes32 vault, address asset) external view returns (uint256) {
        return _booked(vault, asset);
    }

    function sumOfCredits(bytes32 vault, address asset) external view returns (uint256 sum) {
        for (uint256 i = 0; i < VAULTS; ++i) {
            sum += engine.creditOf(vault, asset, vaults[i]);
        }
    }

    /* BEFORE AND AFTER A STEP */

    /// @dev A hash of the books of all vaults but the two that the step is about.
    function _begin(uint256 first, uint256 second) private returns (bytes32 others) {
        vm.recordLogs();
        done = false;
        return _othersHash(first, second);
    }

    function _end(bytes32 before, uint256 first, uint256 second) private {
        _check(before == _othersHash(first, second), "SEG-2: another vault's book changed");
        Vm.Log[] memory logs = vm.getRecordedLogs();
        if (!done) return; // logs of a reverted call are recorded too
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter == address(engine)) _follow(logs[i]);
        }
    }

    function _othersHash(uint256 first, uint256 second) private view returns (bytes32 hash) {
        for (uint256 i = 0; i < VAULTS; ++i) {
            if (i == first || i == second) continue;
            for (uint256 j = 0; j < TOKENS; ++j) {
                hash = keccak256(abi.encode(hash, engine.bookOf(vaults[i], tokens[j])));
            }
        }
    }

    /// @dev SEG-3: every asset that enters or leaves an escrow does so in one of these.
    function _follow(Vm.Log memory log) private {
        bytes32 kind = log.topics[0];
        if (kind == IMarginEngine.Deposited.selector) {
            _expect(log.topics[1], log.topics[2], int256(abi.decode(log.data, (uint256))));
        } else if (kind == IMarginEngine.Withdrawn.selector || kind == IMarginEngine.SurplusClaimed.selector) {
            _expect(log.topics[1], log.topics[2], -int256(abi.decode(log.data, (uint256))));
        } else if (kind == IMarginEngine.CreditClaimed.selector) {
            (uint256 amount,) = abi.decode(log.data, (uint256, address));
            _expect(log.topics[1], log.topics[2], -int256(amount));
        } else if (kind == IMarginEngine.MovedByBid.selector) {
            (uint256 amount, uint256 received) = abi.decode(log.data, (uint256, uint256));
            _expect(log.topics[1], log.topics[3], -int256(amount));
            _expect(log.topics[2], log.topics[3], int256(received));
        } else if (kind == IMarginEngine.Charged.selector || kind == IMarginEngine.Paid.selector) {
            int256 amount = int256(abi.decode(log.data, (uint256)));
            _expect(log.topics[1], bytes32(uint256(uint160(address(quote)))), -amount);
            _expect(log.topics[2], bytes32(uint256(uint160(address(quote)))), amount);
        }
    }

    function _succeed(string memory step) private {
        done = true;
        succeeded[bytes32(bytes(step))]++;
    }

    function _expect(bytes32 vault, bytes32 asset, int256 change) private {
        expectedLive[vault][address(uint160(uint256(asset)))] += change;
    }

    function _checkInitial(bytes32 vault) private {
        if (!_hasObligation(vault)) return;
        Health memory health = engine.healthOf(vault, PriceUse.RiskIncrease);
        _check(health.initialEquity >= int256(health.initial), "MRG-1: withdrawn below initial");
    }

    function _check(bool ok, string memory what) private {
        if (!ok) breaches[keccak256(bytes(what))]++;
        if (!ok) breaches["all"]++;
    }

    /* WHO IS WHO */

    function _hasObligation(bytes32 vault) private view returns (bool) {
        return venue.hasObligation(vault) || otherVenue.hasObligation(vault);
    }

    function _behaves(address asset, address first, bytes32 vault) private view returns (bool) {
        return asset == address(eth) || _goodFor(BadToken(asset), first, engine.escrowOf(vault));
    }

    function _behaves(address asset, bytes32 vault, address first) private view returns (bool) {
        return _behaves(asset, first, vault);
    }

    function _goodFor(BadToken bad, address a, address b) private view returns (bool) {
        return bad.mood() == BadToken.Mood.Good && bad.feeBps() < 10_000 && !bad.frozen(a) && !bad.frozen(b);
    }

    function _caller(uint256 who) private view returns (address) {
        return callers[who % 3];
    }

    /// @dev In quote, at the first prices.
    function _roughlyAMillion(address asset) private view returns (uint256) {
        if (asset == address(quote)) return 1_000_000 * USD;
        return asset == address(eth) ? 25e18 : 600e18;
    }

    /// @dev The first credit there is, from a place to start looking; that place when there is none.
    function _someCredit(uint256 where, uint256 whose, uint256 what) private view returns (uint256 at, uint256 of_) {
        for (uint256 i = 0; i < VAULTS * VAULTS; ++i) {
            (at, of_) = ((where % VAULTS + i / VAULTS) % VAULTS, (whose % VAULTS + i) % VAULTS);
            if (engine.creditOf(vaults[at], _token(what), vaults[of_]) != 0) return (at, of_);
        }
    }

    function _ownerMostly(uint256 who, uint256 at) private view returns (address) {
        return who % 4 != 0 && !_isVenues(at) ? _ownerOf(at) : _caller(who / 4);
    }

    function _token(uint256 what) private view returns (address) {
        return tokens[what % TOKENS];
    }

    function _isVenues(uint256 at) private pure returns (bool) {
        return at > 2;
    }

    function _ownerOf(uint256 at) private view returns (address) {
        if (at == 1) return bob;
        return at > 2 ? address(at == 3 ? venue : otherVenue) : alice;
    }

    function _venueOf(uint256 at) private view returns (TestVenue) {
        return at == 2 ? otherVenue : venue;
    }

    function _venueVaultOf(uint256 at) private pure returns (uint256) {
        if (at > 2) return at;
        return at == 2 ? 4 : 3;
    }
}
