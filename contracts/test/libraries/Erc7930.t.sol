// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Erc7930 } from "../../src/libraries/Erc7930.sol";
import { InteroperableAddress } from "@openzeppelin/contracts/utils/draft-InteroperableAddress.sol";
import { Test } from "forge-std/Test.sol";

/// @notice OpenZeppelin's is the second implementation; it is the laxer one.
contract Erc7930Test is Test {
    function testFuzz_WhatIsEncodedIsParsedAndNothingElseIsEncodedDifferently(uint256 chainId, address owner)
        public
        view
    {
        vm.assume(owner != address(0) && chainId != 0);
        bytes memory key = Erc7930.encode(chainId, owner);
        assertEq(key, InteroperableAddress.formatEvmV1(chainId, owner));
        (bool ok, uint256 parsedChain, address parsedOwner) = this.parse(key);
        assertTrue(ok);
        assertEq(parsedChain, chainId);
        assertEq(parsedOwner, owner);
    }

    function testFuzz_AnEoasKeyHasNoChain(address owner) public view {
        vm.assume(owner != address(0));
        bytes memory key = Erc7930.encode(owner);
        assertEq(key, InteroperableAddress.formatEvmV1(owner));
        (bool ok, uint256 chainId, address parsed) = this.parse(key);
        assertTrue(ok && chainId == 0 && parsed == owner);
    }

    function test_TheWireExample() public view {
        assertEq(Erc7930.encode(31_337, address(this)), abi.encodePacked(hex"00010000027a6914", address(this)));
    }

    /// @dev Whatever parses is what its parts encode to: one spelling for each owner.
    function testFuzz_BR5_ParsingInvertsEncodingOrRefuses(bytes calldata key) public view {
        _assertCanonical(key);
    }

    function testFuzz_BR5_NearMissesAreRefused(uint64 chainId, address owner, uint8 at, uint8 flip) public view {
        vm.assume(chainId != 0 && owner != address(0));
        bytes memory key = Erc7930.encode(chainId, owner);
        key[at % key.length] ^= bytes1(flip);
        _assertCanonical(key);
        _assertCanonical(abi.encodePacked(key, uint8(0)));
    }

    function parse(bytes calldata key) external pure returns (bool, uint256, address) {
        return Erc7930.parse(key);
    }

    function _assertCanonical(bytes memory key) private view {
        (bool ok, uint256 chainId, address owner) = this.parse(key);
        if (!ok) return;
        assertEq(key, chainId == 0 ? Erc7930.encode(owner) : Erc7930.encode(chainId, owner));
    }
}
