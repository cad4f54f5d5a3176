// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Bid } from "../../src/interfaces/ILiquidationEngine.sol";
import { IOracleHub } from "../../src/interfaces/IOracleHub.sol";
import { TestToken } from "../../src/testing/TestToken.sol";
import { ClearingFixture } from "../support/ClearingFixture.sol";

/// @notice Prices come on chain only when somebody posts them: a bidder could choose to leave a good collateral at an old one, or at none.
contract StaleSkipTest is ClearingFixture {
    bytes32 internal constant NEW_USD = keccak256("NEW/USD");
    TestToken internal token;
    Trader internal rich;
    Trader internal bidder;

    function setUp() public override {
        super.setUp();
        token = new TestToken("New", "NEW", 18);
        vm.prank(admin);
        engine.listCollateral(address(token), NEW_USD, 0.1e18, 0.15e18);
        rich = _trader("rich", alpha, 2500 * USD);
        bidder = _trader("bidder", beta, 100_000 * USD);
        _trade(rich, _trader("other", beta, 100_000 * USD), 10e18);
        _deposit(rich.owner, rich.vault, token, 10e18); // reads no price: nobody ever posted one
        _mark(ETH_USD, 1700e18); // worth −500 dollars without the token
    }

    function test_LIQ1_WF1_the_waterfall_pays_for_nothing_valued_at_a_stale_price() public {
        Bid memory bid = Bid({
            vault: rich.vault,
            bidderVault: bidder.vault,
            fractionWad: WAD,
            limitWad: 0,
            lastTradeId: 0,
            skip: new address[](1),
            maxResidual: 0,
            effectKey: "k",
            deadline: uint64(vm.getBlockTimestamp())
        });
        bid.skip[0] = address(token);
        vm.prank(bidder.owner);
        vm.expectRevert(abi.encodeWithSelector(IOracleHub.NoPrice.selector, NEW_USD));
        liquidationEngine.bid(bid, _none());
        assertEq(_quote(clearingHouse.houseVault()), HOUSE_CAPITAL);

        _post(NEW_USD, 1000e18);
        assertGe(_health(rich.vault).equity, int256(_health(rich.vault).maintenance), "healthy all along");
    }
}
