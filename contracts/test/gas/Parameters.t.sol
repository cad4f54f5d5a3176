// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ParameterPush } from "../../src/interfaces/IRiskConfig.sol";
import { RiskFixture } from "../support/RiskFixture.sol";

/// @notice Gas of a push, and of a health check while all that it reads ramps. Committed as a snapshot: a change shows in review.
contract ParametersGasTest is RiskFixture {
    ParameterPush private haircuts;
    ParameterPush private rates;

    function setUp() public override {
        super.setUp();
        _deposit(third.owner, third.vault, usd, 1000 * USD);
        _deposit(third.owner, third.vault, eth, 2e18);
        _trade(third, counterparty, 1e18);
        _push(INITIAL + STEP, MAINTENANCE + STEP);
        _pushUnder(risk.instrumentKey(PERP), 0.1e18 + STEP, 0.065e18 + STEP);
        _skip(1 hours);
        vm.prank(admin);
        uint32 other = clearingHouse.listInstrument(_perpTerms());
        haircuts = _signed(_givenUnder(risk.collateralKey(address(btc)), 0.13e18, 0.09e18));
        rates = _signed(_givenUnder(risk.instrumentKey(other), 0.1e18 + STEP, 0.065e18 + STEP));
    }

    function testGasPushHaircuts() public {
        risk.push(haircuts);
    }

    function testGasPushRates() public {
        risk.push(rates);
    }

    function testGasWithdrawWithAPerpWhileAllRamps() public {
        _withdraw(third.owner, third.vault, address(usd), 1);
    }
}
