// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Create3Factory } from "../../src/deploy/Create3Factory.sol";
import { Multicall3 } from "../../src/testing/Multicall3.sol";
import { TestToken } from "../../src/testing/TestToken.sol";
import { Test } from "forge-std/Test.sol";

contract Create3FactoryTest is Test {
    Create3Factory private immutable factory = new Create3Factory();

    function testFuzz_TheAddressIsKnownBeforeTheCodeAndDoesNotDependOnIt(address deployer, bytes32 salt) public {
        address predicted = factory.predict(deployer, salt);
        uint256 state = vm.snapshotState();
        vm.prank(deployer);
        assertEq(factory.deploy(salt, type(Multicall3).creationCode), predicted);
        vm.revertToState(state);
        vm.prank(deployer);
        factory.deploy(salt, abi.encodePacked(type(TestToken).creationCode, abi.encode("Token", "T", uint8(6))));
        assertEq(TestToken(predicted).decimals(), 6);
    }

    function testFuzz_NobodyTakesAnothersAddress(address deployer, address other, bytes32 salt) public {
        vm.assume(deployer != other);
        assertNotEq(factory.predict(deployer, salt), factory.predict(other, salt));
    }

    function test_ASaltServesOnce() public {
        factory.deploy(0, type(Multicall3).creationCode);
        vm.expectRevert();
        factory.deploy(0, type(Multicall3).creationCode);
    }

    function test_TheChainDoesNotMatter() public {
        address here = factory.predict(address(this), 0);
        vm.chainId(10);
        assertEq(factory.predict(address(this), 0), here);
    }
}
