// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The debts that the bid in progress has taken over
/// @notice A list in transient storage, from closeOut to cover: what the waterfall forgives must come off exactly these. Costs 100 gas a word.
library TakenDebts {
    /// @dev keccak256("bulkhead.clearing.takenDebts") − 1: apart from any slot that Solidity gives out.
    uint256 private constant LENGTH_SLOT = 0x6958f5f0949ec88e6b6acbaa93ffe6fed1157729fd7afb86d17ab539785ba38b;

    function clear() internal {
        assembly ("memory-safe") {
            tstore(LENGTH_SLOT, 0)
        }
    }

    function length() internal view returns (uint256 count) {
        assembly ("memory-safe") {
            count := tload(LENGTH_SLOT)
        }
    }

    /// @param amount quote, below 2^112.
    function push(uint32 instrument, uint32 round, uint256 amount) internal {
        uint256 packed = uint256(instrument) << 224 | uint256(round) << 192 | amount;
        assembly ("memory-safe") {
            let count := add(tload(LENGTH_SLOT), 1)
            tstore(add(LENGTH_SLOT, count), packed)
            tstore(LENGTH_SLOT, count)
        }
    }

    /// @param index from 0.
    function at(uint256 index) internal view returns (uint32 instrument, uint32 round, uint256 amount) {
        uint256 packed;
        assembly ("memory-safe") {
            packed := tload(add(LENGTH_SLOT, add(index, 1)))
        }
        return (uint32(packed >> 224), uint32(packed >> 192), packed & type(uint192).max);
    }
}
