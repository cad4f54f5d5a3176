// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { FeedState, IOracleHub, PriceUse } from "../interfaces/IOracleHub.sol";
import { HaircutWord } from "../libraries/HaircutWord.sol";
import { ValueMath } from "../libraries/ValueMath.sol";
import { Custody } from "./Custody.sol";

/// @title What the book's assets are worth (RISK §2)
/// @dev SEG-5: `free` of the book, never a live balance. Assets of which nothing is free need no price.
abstract contract AssetValuation is Custody {
    /// @dev Sums over assets, quote decimals.
    struct AssetValues {
        uint256 market;
        uint256 maintenance;
        uint256 initial;
    }

    IOracleHub internal immutable ORACLE;

    constructor(IOracleHub oracle) {
        ORACLE = oracle;
    }

    /// @param skipped one bit per collateral number. @return counted quote and everything not skipped. @return left what is skipped.
    function _assetValues(bytes32[] memory vaults, PriceUse use, uint256 skipped)
        internal
        view
        returns (AssetValues memory counted, AssetValues memory left)
    {
        for (uint256 i = 0; i < vaults.length; ++i) {
            _addAssetValues(counted, left, _entries[vaults[i]], use, skipped);
        }
    }

    function _addAssetValues(
        AssetValues memory counted,
        AssetValues memory left,
        Entry[MAX_ASSETS] storage entries,
        PriceUse use,
        uint256 skipped
    ) private view {
        uint256 quote = entries[QUOTE_ENTRY].free;
        counted.market += quote;
        counted.maintenance += quote;
        counted.initial += quote;
        for (uint256 i = 1; i < MAX_ASSETS; ++i) {
            Entry memory entry = entries[i];
            if (entry.tag == 0) break;
            if (entry.free == 0) continue;
            ListedCollateral storage collateral = _collaterals[entry.tag];
            if (skipped & _bit(entry.tag) == 0) {
                (uint256 priceWad, uint256 belowWad,) = ORACLE.priceAndDoubtsOf(collateral.feed, use);
                _addValue(counted, entry.free, collateral, priceWad, belowWad);
            } else {
                // At any age: nobody pays for it, and a dead feed must not shield the vault.
                FeedState memory feed = ORACLE.feedState(collateral.feed);
                _addValue(left, entry.free, collateral, feed.priceWad, feed.confWad);
            }
        }
    }

    /// @dev For IM the conservative side of the price: the low end of its confidence interval, or the stable price below that.
    function _addValue(
        AssetValues memory sum,
        uint256 amount,
        ListedCollateral storage collateral,
        uint256 priceWad,
        uint256 belowWad
    ) private view {
        HaircutWord haircuts = collateral.haircuts;
        uint256 scale = ValueMath.scaleOf(haircuts.decimals(), QUOTE_DECIMALS);
        uint256 value = ValueMath.valueOf(amount, priceWad, scale);
        uint256 lowValue = priceWad > belowWad ? ValueMath.valueOf(amount, priceWad - belowWad, scale) : 0;
        sum.market += value;
        sum.maintenance += ValueMath.afterHaircut(value, haircuts.maintenanceAt(block.timestamp));
        sum.initial += ValueMath.afterHaircut(lowValue, haircuts.initial());
    }

    /// @dev Quote cannot be skipped.
    function _skipped(address[] calldata skip) internal view returns (uint256 skipped) {
        for (uint256 i = 0; i < skip.length; ++i) {
            if (skip[i] != QUOTE) skipped |= _bit(_numberOf(skip[i]));
        }
    }

    /// @dev Listing bounds the number to 8 bits.
    function _bit(uint256 number) private pure returns (uint256) {
        // forge-lint: disable-next-line(incorrect-shift) the bit of that number is meant
        return 1 << number;
    }
}
