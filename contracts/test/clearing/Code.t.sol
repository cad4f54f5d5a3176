// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ClearingHouse } from "../../src/clearing/ClearingHouse.sol";
import { DefaultWaterfall } from "../../src/clearing/DefaultWaterfall.sol";
import { Trading } from "../../src/clearing/Trading.sol";
import { ClearingCode, IClearingHouseEvents } from "../../src/interfaces/IClearingHouse.sol";
import { Modules } from "../../src/interfaces/Modules.sol";
import { ClearingFixture } from "../support/ClearingFixture.sol";

/// @notice The contracts of code alone that the clearing house runs on its own storage.
contract ClearingCodeTest is ClearingFixture {
    function test_ADM5_a_clearing_house_is_not_deployed_without_the_code_that_it_runs() public {
        Modules memory modules = _modules();
        modules.clearingHouse = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        ClearingCode memory code = _code();
        code.closeOut = makeAddr("nothing");
        vm.expectRevert(abi.encodeWithSelector(IClearingHouseEvents.NoCode.selector, code.closeOut));
        new ClearingHouse(modules, code);
    }

    function test_ADM5_a_clearing_house_is_deployed_only_where_its_modules_expect_it() public {
        address here = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        ClearingCode memory code = _code();
        Modules memory modules = _modules();
        vm.expectRevert(abi.encodeWithSelector(IClearingHouseEvents.NotTheClearingHouse.selector, here));
        new ClearingHouse(modules, code);
    }

    function test_SEG2_the_code_alone_has_no_instruments_and_can_list_none() public {
        Trading trading = Trading(_predict("trading"));
        vm.expectRevert();
        vm.prank(admin);
        trading.listInstrument(_perpTerms());
        vm.expectRevert(abi.encodeWithSelector(IClearingHouseEvents.UnknownInstrument.selector, PERP));
        trading.closeRound(PERP, _none());
    }

    function test_WF1_the_code_alone_has_no_contributors_and_can_have_none() public {
        DefaultWaterfall waterfall = DefaultWaterfall(_predict("waterfall"));
        vm.expectRevert();
        vm.prank(admin);
        waterfall.setRequiredContribution(alpha, 1);
        assertEq(waterfall.contributors().length, 0);
    }

    function _code() private view returns (ClearingCode memory) {
        return ClearingCode({
            trading: _predict("trading"), closeOut: _predict("closeOut"), waterfall: _predict("waterfall")
        });
    }
}
