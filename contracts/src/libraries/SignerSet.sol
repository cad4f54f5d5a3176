// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ECDSA } from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title M of N signers (BR-4)
/// @notice Addresses and signatures in strictly increasing order of signer, so that none counts twice; M ≥ 2 and M > N/2.
library SignerSet {
    /// @dev Signers are read in a loop; more than this is a mistake.
    uint256 internal constant MAX_SIGNERS = 32;

    /// @notice Whether the set and its threshold are sound.
    function isSound(address[] memory signers, uint256 threshold) internal pure returns (bool) {
        uint256 count = signers.length;
        if (threshold < 2 || threshold > count || threshold * 2 <= count || count > MAX_SIGNERS) return false;
        address previous = address(0);
        for (uint256 i = 0; i < count; ++i) {
            if (signers[i] <= previous) return false;
            previous = signers[i];
        }
        return true;
    }

    /// @notice Whether at least `threshold` of the set signed. Every signature given counts: one that is wrong spoils all.
    function signed(
        mapping(address signer => bool) storage isSigner,
        uint256 threshold,
        bytes32 digest,
        bytes[] calldata signatures
    ) internal view returns (bool) {
        if (signatures.length < threshold) return false;
        address previous = address(0);
        for (uint256 i = 0; i < signatures.length; ++i) {
            (address signer,,) = ECDSA.tryRecoverCalldata(digest, signatures[i]);
            if (signer <= previous || !isSigner[signer]) return false;
            previous = signer;
        }
        return true;
    }
}
