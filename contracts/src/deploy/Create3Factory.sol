// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { CREATE3 } from "solady/utils/CREATE3.sol";

/// @title Deploys at addresses that depend on the deployer and a salt only
/// @notice Put on every chain through the same CREATE2 proxy, it gives each contract one address everywhere, known before its code is: contracts
/// that name each other in their constructors need that.
contract Create3Factory {
    event Deployed(address indexed deployer, bytes32 indexed salt, address deployed);

    /// @notice Deploys. The caller is part of the address, so that nobody can take another's.
    function deploy(bytes32 salt, bytes calldata initCode) external returns (address deployed) {
        deployed = CREATE3.deployDeterministic(initCode, _saltOf(msg.sender, salt));
        emit Deployed(msg.sender, salt, deployed);
    }

    /// @notice Where `deployer` would deploy with `salt`.
    function predict(address deployer, bytes32 salt) external view returns (address) {
        return CREATE3.predictDeterministicAddress(_saltOf(deployer, salt));
    }

    function _saltOf(address deployer, bytes32 salt) private pure returns (bytes32) {
        return keccak256(abi.encode(deployer, salt));
    }
}
