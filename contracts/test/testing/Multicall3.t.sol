// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Multicall3 } from "../../src/testing/Multicall3.sol";
import { TestToken } from "../../src/testing/TestToken.sol";
import { Test } from "forge-std/Test.sol";

contract Multicall3Test is Test {
    Multicall3 private immutable multicall = new Multicall3();
    TestToken private immutable token = new TestToken("Token", "T", 6);

    function test_ItAnswersAtTheSelectorsThatClientsCall() public pure {
        assertEq(Multicall3.aggregate3.selector, bytes4(0x82ad56cb));
        assertEq(Multicall3.getEthBalance.selector, bytes4(0x4d2301cc));
        assertEq(Multicall3.getCurrentBlockTimestamp.selector, bytes4(0x0f28c97d));
    }

    function test_AFailureThatIsAllowedIsReportedAndAnotherRevertsAll() public {
        Multicall3.Call3[] memory calls = new Multicall3.Call3[](2);
        calls[0] = Multicall3.Call3(address(token), false, abi.encodeCall(token.decimals, ()));
        calls[1] = Multicall3.Call3(address(token), true, hex"deadbeef");
        Multicall3.Result[] memory results = multicall.aggregate3(calls);
        assertTrue(results[0].success);
        assertEq(abi.decode(results[0].returnData, (uint8)), 6);
        assertFalse(results[1].success);

        calls[1].allowFailure = false;
        vm.expectPartialRevert(Multicall3.CallFailed.selector);
        multicall.aggregate3(calls);
    }
}
