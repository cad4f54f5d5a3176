// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A feed's newest price in one storage word: price (112 bits, lowest), half-width of its confidence interval (96), time (40), flags (8).
type PriceWord is uint256;

using PriceWords for PriceWord global;

/// @title Packing of prices
/// @notice One read where a price is used, and one write where it is stored. The caller checks that every part fits.
library PriceWords {
    uint256 internal constant MAX_PRICE = type(uint112).max;
    uint256 internal constant MAX_CONF = type(uint96).max;
    uint256 internal constant MAX_TIME = type(uint40).max;

    function pack(uint256 priceWad, uint256 confWad, uint256 time_, uint256 flags_) internal pure returns (PriceWord) {
        return PriceWord.wrap(priceWad | confWad << 112 | time_ << 208 | flags_ << 248);
    }

    function price(PriceWord word) internal pure returns (uint256) {
        return uint112(PriceWord.unwrap(word));
    }

    function conf(PriceWord word) internal pure returns (uint256) {
        return uint96(PriceWord.unwrap(word) >> 112);
    }

    function time(PriceWord word) internal pure returns (uint256) {
        return uint40(PriceWord.unwrap(word) >> 208);
    }

    function flags(PriceWord word) internal pure returns (uint256) {
        return PriceWord.unwrap(word) >> 248;
    }
}
