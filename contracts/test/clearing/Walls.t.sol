// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IMarginEngine } from "../../src/interfaces/IMarginEngine.sol";
import { ClearingFixture } from "../support/ClearingFixture.sol";
import { Vm } from "forge-std/Vm.sol";

/// @notice SEG-3 over a life with a trade, rounds, a bid and a shortfall: every movement of an escrow is told, and what is told sums to it.
contract WallsTest is ClearingFixture {
    mapping(bytes32 vault => mapping(address token => int256)) private told;

    /// forge-config: default.fuzz.runs = 64
    /// forge-config: deep.fuzz.runs = 20000
    function testFuzz_SEG3_what_events_tell_sums_to_what_escrows_hold(uint256 priceWad, uint256 fraction) public {
        Trader memory failing = _trader("failing", alpha, 1500 * USD);
        Trader memory short = _trader("short", beta, 100_000 * USD);
        Trader memory bidder = _trader("bidder", beta, 50_000 * USD);
        _deposit(failing.owner, failing.vault, eth, 1e18);
        bytes32[5] memory all = [
            failing.vault, short.vault, bidder.vault, clearingHouse.settlementVaultOf(PERP), clearingHouse.houseVault()
        ];
        int256[2][5] memory before;
        for (uint256 i = 0; i < 5; ++i) {
            before[i] = [int256(_live(all[i], address(usd))), int256(_live(all[i], address(eth)))];
        }

        vm.recordLogs();
        _trade(failing, short, 10e18);
        _roundAt(bound(priceWad, 1550e18, 1800e18));
        clearingHouse.settleMany(PERP, _vaults(short.vault, failing.vault));
        _bid(bidder, failing.vault, bound(fraction, 0.01e18, 0.9e18));
        clearingHouse.settleMany(PERP, _vaults(bidder.vault, short.vault));
        _withdraw(short.owner, short.vault, address(usd), 100 * USD);
        _listen();

        for (uint256 i = 0; i < 5; ++i) {
            assertEq(told[all[i]][address(usd)], int256(_live(all[i], address(usd))) - before[i][0], "quote");
            assertEq(told[all[i]][address(eth)], int256(_live(all[i], address(eth))) - before[i][1], "ether");
        }
    }

    function _listen() private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter == address(engine)) _hear(logs[i]);
        }
    }

    function _hear(Vm.Log memory log) private {
        bytes32 kind = log.topics[0];
        if (kind == IMarginEngine.Charged.selector || kind == IMarginEngine.Paid.selector) {
            _moved(log.topics[1], log.topics[2], address(usd), abi.decode(log.data, (uint256)));
        } else if (kind == IMarginEngine.MovedByBid.selector) {
            (uint256 amount,) = abi.decode(log.data, (uint256, uint256));
            _moved(log.topics[1], log.topics[2], address(uint160(uint256(log.topics[3]))), amount);
        } else if (kind == IMarginEngine.Withdrawn.selector) {
            told[log.topics[1]][address(uint160(uint256(log.topics[2])))] -= int256(abi.decode(log.data, (uint256)));
        }
    }

    function _moved(bytes32 from, bytes32 to, address token, uint256 amount) private {
        told[from][token] -= int256(amount);
        told[to][token] += int256(amount);
    }
}
