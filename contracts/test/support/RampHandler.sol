// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Health } from "../../src/interfaces/IMarginEngine.sol";
import { MarginMode } from "../../src/interfaces/IMarginGroups.sol";
import { RampedParameters } from "../../src/interfaces/RampedParameters.sol";
import { TestToken } from "../../src/testing/TestToken.sol";
import { RiskFixture } from "./RiskFixture.sol";
import { FixedPointMathLib } from "solady/utils/FixedPointMathLib.sol";

/// @notice Pushes, sets and time over vaults that really hold something, in segregated and in cross mode, while every price stands. Each act is compared
/// with the state just before it.
contract RampHandler is RiskFixture {
    /// @notice What was found wrong, by id of the invariant.
    mapping(string id => uint256) public violations;
    mapping(string what => uint256) public done;

    bytes32 private ethKey;
    bytes32 private btcKey;
    bytes32 private perpKey;
    /// @dev One of each margined unit: a group's lead, or a vault of its own.
    bytes32[] private leads;

    constructor() {
        setUp();
        (ethKey, btcKey, perpKey) =
        (risk.collateralKey(address(eth)), risk.collateralKey(address(btc)), risk.instrumentKey(PERP));
        _deposit(first.owner, first.vault, eth, 3.141592653589793238e18);
        _deposit(first.owner, second.vault, btc, 0.27182818e8);
        _deposit(first.owner, third.vault, eth, 1.5e18);
        _deposit(first.owner, third.vault, btc, 0.1e8);
        _trade(first, counterparty, 20.000000000000000001e18);
        _trade(counterparty, third, 15.123456789e18);
        _form(MarginMode.Cross);
        leads.push(first.vault);
        leads.push(third.vault);
        leads.push(counterparty.vault);
    }

    function push(uint8 which, uint64 initialStep, uint64 maintenanceStep) external {
        bytes32 key = _key(which);
        RampedParameters memory stored = _stored(key);
        uint64 initialWad = stored.initialWad + uint64(bound(initialStep, 0, STEP));
        uint64 maintenanceWad = stored.maintenanceWad + uint64(bound(maintenanceStep, 0, STEP));
        int256[] memory before = _slacks();
        _pushUnder(key, initialWad, maintenanceWad);
        ++done["push"];
        int256[] memory now_ = _slacks();
        for (uint256 i = 0; i < leads.length; ++i) {
            if (now_[i] != before[i]) ++violations["MRG-7"]; // nobody's MM moves in the block of a push
        }
        if (_stored(key).initialWad != initialWad) ++violations["MRG-1"]; // newest at once
    }

    /// @dev The admin's, in either direction: never worse for anybody in its block.
    function set(uint8 which, uint64 initialWad, uint64 maintenanceWad) external {
        bytes32 key = _key(which);
        maintenanceWad = uint64(bound(maintenanceWad, 0.02e18, 0.5e18));
        initialWad = uint64(bound(initialWad, maintenanceWad, 0.6e18));
        int256[] memory before = _slacks();
        _setUnder(key, initialWad, maintenanceWad);
        ++done["set"];
        int256[] memory now_ = _slacks();
        for (uint256 i = 0; i < leads.length; ++i) {
            if (now_[i] < before[i]) ++violations["MRG-7"];
        }
    }

    /// @dev Time alone moves E − MM by no more than the steps' shares.
    function pass(uint256 seconds_) external {
        seconds_ = bound(seconds_, 1, 30 hours);
        int256[] memory before = _slacks();
        uint256[] memory most = new uint256[](leads.length);
        for (uint256 i = 0; i < leads.length; ++i) {
            most[i] = _share(leads[i], seconds_);
        }
        _skip(seconds_);
        ++done["pass"];
        int256[] memory now_ = _slacks();
        for (uint256 i = 0; i < leads.length; ++i) {
            if (now_[i] > before[i]) ++violations["MRG-7"]; // a ramp only tightens
            else if (uint256(before[i] - now_[i]) > most[i]) ++violations["MRG-7"];
            if (now_[i] != before[i]) ++done["moved"];
        }
    }

    /// @dev Whatever is taken out meets the newest initial haircuts and rates, in force before those of maintenance are.
    function withdraw(uint8 which, uint256 amount) external {
        Trader memory trader = which % 2 == 0 ? first : third;
        amount = bound(amount, 1, 1e18);
        vm.prank(trader.owner);
        engine.withdraw(trader.vault, address(eth), amount, trader.owner, _none());
        ++done["withdraw"];
        Health memory health = _initialHealth(trader.vault);
        if (health.initialEquity < int256(health.initial)) ++violations["MRG-1"];
        if (health.equity < int256(health.maintenance)) ++violations["MRG-1"];
    }

    function _key(uint8 which) private view returns (bytes32) {
        return which % 3 == 0 ? ethKey : which % 3 == 1 ? btcKey : perpKey;
    }

    function _stored(bytes32 key) private view returns (RampedParameters memory) {
        if (key == perpKey) return clearingHouse.ratesOf(PERP);
        return engine.haircutsOf(key == ethKey ? address(eth) : address(btc));
    }

    /// @dev E − MM.
    function _slacks() private view returns (int256[] memory slacks) {
        slacks = new int256[](leads.length);
        for (uint256 i = 0; i < leads.length; ++i) {
            Health memory health = _health(leads[i]);
            slacks[i] = health.equity - int256(health.maintenance);
        }
    }

    /// @dev Most that E − MM of a group may fall in that time: of every value its share of the step, up, and one unit of rounding each.
    function _share(bytes32 lead, uint256 seconds_) private view returns (uint256 share) {
        (, bytes32[] memory vaults) = engine.groupOf(lead);
        for (uint256 i = 0; i < vaults.length; ++i) {
            share += _shareOf(_worth(vaults[i], eth, ETH_USD, 18), ethKey, seconds_);
            share += _shareOf(_worth(vaults[i], btc, BTC_USD, 8), btcKey, seconds_);
            uint256 size = FixedPointMathLib.abs(clearingHouse.positionOf(vaults[i], PERP).size);
            share += _shareOf(size * ETH_PRICE / 1e30 + 1, perpKey, seconds_);
        }
    }

    function _worth(bytes32 vault, TestToken token, bytes32 feed, uint256 decimals) private view returns (uint256) {
        return _free(vault, address(token)) * oracle.feedState(feed).priceWad / 10 ** (decimals + 12) + 1;
    }

    function _shareOf(uint256 worth, bytes32 key, uint256 seconds_) private view returns (uint256) {
        RampedParameters memory stored = _stored(key);
        uint256 step = stored.maintenanceWad - stored.maintenanceFromWad;
        uint256 rises = FixedPointMathLib.min(step, step * seconds_ / DAY + 1);
        return worth * rises / WAD + 1;
    }
}
