// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Erc7930 } from "./Erc7930.sol";

/// @title Identities, the same on every chain
library Ids {
    /// @notice accountId of an owner key in its canonical ERC-7930 bytes.
    function accountId(bytes memory ownerKey, bytes32 salt) internal pure returns (bytes32) {
        return keccak256(abi.encode(ownerKey, salt));
    }

    /// @notice accountId of a contract of this chain, salt zero: the account a venue keeps its own escrows under.
    function contractAccountId(address owner) internal view returns (bytes32) {
        return accountId(Erc7930.encode(block.chainid, owner), 0);
    }

    /// @notice vaultId, which is also the CREATE2 salt of the vault's escrow.
    function vaultId(bytes32 accountId_, uint32 bucket) internal pure returns (bytes32) {
        return keccak256(abi.encode(accountId_, bucket));
    }
}
