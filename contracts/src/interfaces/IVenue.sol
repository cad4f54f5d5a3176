// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { PriceUse } from "./IOracleHub.sol";

/// @notice Which prices an evaluation uses. The venue reads them from the hub itself, so that a missing or stale price reverts there.
struct PriceView {
    PriceUse use;
}

/// @notice What a venue's obligations are worth to one group, quote decimals.
/// @param value unrealised profit and loss − owed + due, rounded toward −∞.
/// @param notInitial what of `value` may not count for initial margin: unpaid due, unrealised profit, what prices may be wrong by (MRG-6).
/// @param im initial requirement. @param mm maintenance requirement; where it is the larger, it is the initial one too (MRG-8).
/// @param gross notional of all positions together, rounded up: what a floor under an attested requirement is reckoned from.
struct VenueMargin {
    int256 value;
    uint256 notInitial;
    uint256 im;
    uint256 mm;
    uint256 gross;
}

/// @title What a contract must offer to hold obligations for vaults
/// @notice Choosing a venue is trusting it with that vault, and with no other. A venue can charge only vaults that chose it, only into its own
/// escrow account, never more than the vault's `free` of the quote token.
interface IVenue {
    /// @notice Value and requirements of the given vaults' obligations together.
    function margin(bytes32[] calldata vaults, PriceView calldata view_) external view returns (VenueMargin memory);

    /// @notice True when the vault has a position (losses and gains of trades not yet settled included) or owes anything: its withdrawals are then
    /// checked. Unpaid due alone is no obligation of the vault (MRG-4). Reads no price.
    function hasObligation(bytes32 vault) external view returns (bool);

    /// @notice True when neither side owes the other anything: no obligation and no unpaid due. Needed to leave the venue. Reads no price.
    function isFlat(bytes32 vault) external view returns (bool);

    /// @notice Id of the last trade or bid that changed the vault's obligations: a bid names the one it saw.
    function lastTradeOf(bytes32 vault) external view returns (bytes32);

    /// @notice Hash of the positions of these vaults, in the order given: it changes when a size does, and with nothing else. Zero for no position. An
    /// attested requirement names it.
    function positionsHash(bytes32[] calldata vaults) external view returns (bytes32);

    /// @notice How many positions and claims these vaults have together: what a bid has to move (LIQ-11).
    function positionCount(bytes32[] calldata vaults) external view returns (uint256);

    /// @notice Brings the vault's obligations up to date with what is already decided (closed settlement rounds). Anyone may call.
    function settle(bytes32 vault) external;

    /// @notice Quote has arrived in the vault: pays what the vault owes first. Margin and liquidation engine only. Must not revert and must read no price (MRG-3).
    function onQuote(bytes32 vault) external;

    /// @notice Moves the fraction of every obligation (positions with their cost basis, owed, due) to the bidder's vault, rounding against the bidder.
    /// Liquidation engine only, which has settled `vaults` just before and priced the bid on that: moves no quote of theirs.
    /// @return valueMoved what moved is worth at the fresh mark, quote decimals (market value, no haircut).
    function closeOut(bytes32[] calldata vaults, uint256 fractionWad, bytes32 bidderVault)
        external
        returns (int256 valueMoved);

    /// @notice Pays a bidder for taking a worthless group, from the venue's loss-absorbing layers in order. Liquidation engine only.
    /// @return paidQuote what was paid in quote; @return forgiven what was taken off the bidder's new `owed` instead, at the gainers' expense;
    /// paidQuote + forgiven ≤ amount, and the rest is a recorded residual.
    function cover(bytes32 vault, bytes32 bidderVault, uint256 amount)
        external
        returns (uint256 paidQuote, uint256 forgiven);
}
