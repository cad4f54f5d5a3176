// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { LibBit } from "solady/utils/LibBit.sol";
import { LibBytes } from "solady/utils/LibBytes.sol";
import { SafeCastLib } from "solady/utils/SafeCastLib.sol";

/// @title ERC-7930 v1 keys of EVM owners, in their one canonical form
/// @notice `version u16 = 1 | chainType u16 = 0 (eip155) | refLen u8 | chain id, minimal big-endian | addrLen u8 = 20 | address`.
/// Anything else is refused, trailing bytes and leading zeros included: two encodings of one owner would be two accounts (BR-5).
library Erc7930 {
    using SafeCastLib for uint256;

    uint256 private constant FIXED_BYTES = 6;
    uint8 private constant ADDRESS_BYTES = 20;
    uint256 private constant MAX_REFERENCE_BYTES = 32;
    bytes4 private constant VERSION_AND_TYPE = 0x00010000;

    /// @notice Splits a key. chainId is zero when the key carries no chain reference.
    /// @return ok false when the bytes are not canonical, or the address is zero.
    function parse(bytes calldata key) internal pure returns (bool ok, uint256 chainId, address owner) {
        uint256 length = key.length;
        if (length < FIXED_BYTES + ADDRESS_BYTES) return (false, 0, address(0));
        uint256 referenceLength = uint8(key[4]);
        if (
            bytes4(key[0:4]) != VERSION_AND_TYPE // BR-5
                || referenceLength > MAX_REFERENCE_BYTES // BR-5
                || length != FIXED_BYTES + referenceLength + ADDRESS_BYTES // BR-5
                || uint8(key[5 + referenceLength]) != ADDRESS_BYTES // BR-5
        ) return (false, 0, address(0));

        if (referenceLength != 0) {
            if (key[5] == 0) return (false, 0, address(0)); // BR-5
            chainId = uint256(bytes32(key[5:5 + referenceLength])) >> (8 * (MAX_REFERENCE_BYTES - referenceLength));
        }
        owner = address(bytes20(key[FIXED_BYTES + referenceLength:]));
        ok = owner != address(0);
    }

    /// @notice Key of an EOA: the same on every chain.
    function encode(address owner) internal pure returns (bytes memory) {
        return abi.encodePacked(VERSION_AND_TYPE, uint8(0), ADDRESS_BYTES, owner);
    }

    /// @notice Key of a contract: it exists on one chain only.
    function encode(uint256 chainId, address owner) internal pure returns (bytes memory) {
        bytes memory chainReference = LibBytes.slice(abi.encode(chainId), LibBit.clz(chainId) / 8);
        return abi.encodePacked(VERSION_AND_TYPE, chainReference.length.toUint8(), chainReference, ADDRESS_BYTES, owner);
    }
}
