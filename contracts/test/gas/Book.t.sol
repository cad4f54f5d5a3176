// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { PriceReport } from "../../src/interfaces/IOracleHub.sol";
import { Fixture } from "../Fixture.sol";
import { VmSafe } from "forge-std/Vm.sol";

/// @notice What a transaction of the book costs, gasUsed and all: each call measured is a transaction of its own (isolate). Prices are posted
/// already. The targets are those of the design; the measured figures are in .gas-snapshot, where a change shows.
/// forge-config: default.isolate = true
contract BookGasTest is Fixture {
    Trader private alice;
    Trader private bob;
    PriceReport[] private none;

    function setUp() public override {
        super.setUp();
        alice = _trader("alice", alpha, 0);
        bob = _trader("bob", beta, 0);
        usd.mint(alice.owner, 1_000_000 * USD);
        eth.mint(alice.owner, 100e18);
        vm.startPrank(alice.owner);
        usd.approve(address(engine), type(uint256).max);
        eth.approve(address(engine), type(uint256).max);
        vm.stopPrank();
    }

    function testGasOpenASecondVault() public {
        vm.prank(alice.owner);
        registry.openVault(alice.accountId, 1, address(clearingHouse), alpha);
        _measured("open a second vault", 55_000);
    }

    function testGasDepositQuoteFirst() public {
        _depositAs(address(usd), 100 * USD);
        _measured("first deposit, quote", 95_000);
    }

    function testGasDepositQuoteAgain() public {
        _depositAs(address(usd), 100 * USD);
        _depositAs(address(usd), 100 * USD);
        _measured("repeat deposit, quote", 58_000);
    }

    function testGasDepositQuoteAgainWithAPerp() public {
        _openPerp();
        _depositAs(address(usd), 100 * USD);
        _measured("repeat deposit, quote, with a perp", 58_000);
    }

    function testGasDepositCollateralFirst() public {
        _depositAs(address(eth), 1e18);
        _measured("first deposit, collateral", 95_000);
    }

    function testGasDepositCollateralAgain() public {
        _depositAs(address(eth), 1e18);
        _depositAs(address(eth), 1e18);
        _measured("repeat deposit, collateral", 58_000);
    }

    function testGasWithdrawFirst() public {
        _depositAs(address(usd), 100 * USD);
        _withdrawAs(address(usd), 10 * USD);
        _measured("first withdrawal (deploys the escrow)", 110_000);
    }

    function testGasWithdrawFlat() public {
        _depositAs(address(usd), 100 * USD);
        _withdrawAs(address(usd), 10 * USD);
        _withdrawAs(address(usd), 10 * USD);
        _measured("withdrawal, flat", 62_000);
    }

    function testGasWithdrawCollateralFlat() public {
        _depositAs(address(eth), 10e18);
        _withdrawAs(address(eth), 1e18);
        _withdrawAs(address(eth), 1e18);
        _measured("withdrawal of a collateral, flat", 62_000);
    }

    function testGasWithdrawWithAPerp() public {
        _openPerp();
        _withdrawAs(address(usd), 10 * USD);
        _withdrawAs(address(usd), 10 * USD);
        _measured("withdrawal of quote, with a perp", 85_000);
    }

    function testGasWithdrawCollateralWithAPerp() public {
        _openPerp();
        _withdrawAs(address(eth), 1e18);
        _withdrawAs(address(eth), 1e18);
        _measured("withdrawal of a collateral, with a perp", 85_000);
    }

    function testGasPostAPrice() public {
        _skip(1);
        vm.warp(vm.getBlockTimestamp() + 1);
        PriceReport[] memory reports = _one(_report(ETH_USD, ETH_PRICE));
        oracle.post(reports);
        _measured("post a price, 2 of 3", 55_000);
    }

    /* HELPERS */

    function _openPerp() private {
        _depositAs(address(eth), 10e18);
        _depositAs(address(usd), 10_000 * USD);
        _deposit(bob.owner, bob.vault, usd, 10_000 * USD);
        _trade(alice, bob, 5e18);
    }

    function _depositAs(address token, uint256 amount) private {
        vm.prank(alice.owner);
        engine.deposit(alice.vault, token, amount);
    }

    function _withdrawAs(address token, uint256 amount) private {
        vm.prank(alice.owner);
        engine.withdraw(alice.vault, token, amount, alice.owner, none);
    }

    function _measured(string memory what, uint256 target) private {
        VmSafe.Gas memory gas = vm.lastCallGas();
        // After refunds, as in a receipt.
        uint256 used = uint256(gas.gasTotalUsed) - uint256(uint64(gas.gasRefunded));
        emit log_named_uint(what, used);
        emit log_named_uint("target", target);
    }
}
