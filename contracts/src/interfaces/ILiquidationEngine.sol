// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { PriceReport } from "./IOracleHub.sol";

/// @notice The shape of an auction, fixed at deployment (RISK §5). Rates WAD, times seconds.
/// @param bufferWad β. @param startDiscountWad d at the start. @param kneeDiscountWad d after kneeSeconds. @param floorDiscountWad d after
/// floorSeconds more, and from then on. @param rewardSeconds x rises 0 → 1 over this. @param gapSeconds a longer time without proof of ill health
/// restarts. @param dustQuote groups whose maintenance is below it are closed whole, quote decimals.
struct AuctionTerms {
    uint64 bufferWad;
    uint64 startDiscountWad;
    uint64 kneeDiscountWad;
    uint64 floorDiscountWad;
    uint32 kneeSeconds;
    uint32 floorSeconds;
    uint32 rewardSeconds;
    uint32 gapSeconds;
    uint128 dustQuote;
}

/// @notice An auction of one group.
/// @param startedAt 0: none. @param shownAt when it was last shown unhealthy. @param solventSeconds proven unhealthy time with V > 0: drives d.
/// @param insolventSeconds proven unhealthy time with V ≤ 0: drives x. @param reserved R, quote paid in by this auction's bidders, set aside.
struct Auction {
    uint64 startedAt;
    uint64 shownAt;
    uint32 solventSeconds;
    uint32 insolventSeconds;
    uint128 reserved;
}

/// @param vault the group acted on: its lead vault. @param bidderVault receives; the caller has the trade right on it.
/// @param fractionWad wanted; cut down to the largest allowed. @param limitWad highest d the bidder accepts while V > 0; lowest x while V ≤ 0.
/// @param lastTradeId of the group (lastTradeOfGroup), as the bidder saw it; zero: any (a trade cannot then be used to dodge the bid). @param skip collaterals not wanted: neither in V nor paid for.
/// Skipping cannot turn a group into one that the waterfall pays for: what is left must be worth something, or V with the skipped at their newest
/// stored price be ≤ 0, and then the pay is reckoned as if nothing were skipped, and every price must be fresh: only where V > 0 without it can a
/// collateral with a dead feed be left behind.
/// @param maxResidual most of the pay that the bidder agrees to do without when R and the waterfall cannot give it, quote (V ≤ 0).
/// @param effectKey consumed once per bidder vault (EFF-1). @param deadline seconds; refused after it.
struct Bid {
    bytes32 vault;
    bytes32 bidderVault;
    uint256 fractionWad;
    uint256 limitWad;
    bytes32 lastTradeId;
    address[] skip;
    uint128 maxResidual;
    bytes32 effectKey;
    uint64 deadline;
}

/// @param fractionWad taken. @param paid by the bidder into the group, quote. @param received by the bidder from R and the waterfall, quote.
/// @param forgiven taken off the bidder's owed. @param residual covered by nobody.
struct BidResult {
    uint256 fractionWad;
    uint256 rateWad;
    uint256 paid;
    uint256 received;
    uint256 forgiven;
    uint256 residual;
}

/// @title Liquidation by partial bids
/// @notice One mechanism for every mode: a bid takes the same fraction of everything, good and bad. Start and bid in one call.
interface ILiquidationEngine {
    event AuctionStarted(bytes32 indexed vaultId, int256 equity, uint256 maintenance, int256 marketValue);
    event AuctionTouched(bytes32 indexed vaultId, uint32 solventSeconds, uint32 insolventSeconds);
    event AuctionEnded(bytes32 indexed vaultId, uint256 reservedReleased);
    /// @dev rateWad is d while V > 0 and x while V ≤ 0. Equities are before and after.
    event BidFilled(
        bytes32 indexed vaultId,
        bytes32 indexed bidderVault,
        bytes32 indexed effectKey,
        uint256 fractionWad,
        uint256 rateWad,
        uint256 paid,
        uint256 received,
        uint256 forgiven,
        uint256 residual,
        int256 equityBefore,
        int256 equityAfter
    );

    error DeadlinePassed(uint64 deadline, uint256 blockTime);
    /// @dev EFF-1.
    error EffectKeyUsed(bytes32 bidderVault, bytes32 effectKey);
    error NotAuthorised(bytes32 bidderVault, address caller);
    /// @dev LIQ-7: same owner, or the caller is the failing vault's owner or its member's operator with any right on its account.
    error SelfLiquidation(bytes32 vault, bytes32 bidderVault);
    /// @dev LIQ-1.
    error Healthy(bytes32 vault, int256 equity, uint256 maintenance);
    error PositionChanged(bytes32 vault, bytes32 seen, bytes32 current);
    error LimitExceeded(uint256 rateWad, uint256 limitWad);
    error ZeroFraction();
    error VenueMismatch(bytes32 vault, bytes32 bidderVault);
    error TooManySkipped();
    /// @dev What is left is worth nothing although V > 0.
    error CannotSkip(bytes32 vault, int256 marketValueLeft);
    error ResidualTooLarge(uint256 residual, uint256 maxResidual);
    /// @dev LIQ-5: a smaller fraction would leave dust behind; take all of it.
    error DustLeft(bytes32 vault);
    /// @dev LIQ-2.
    error NotImproved(bytes32 vault);
    error BadTerms();
    /// @dev A group is named by its lead vault, in bids and auctions.
    error NotTheLead(bytes32 vault, bytes32 lead);
    error NotTheMarginEngine(address caller);

    /// @notice Starts the auction when none is open, and takes a fraction in the same call.
    function bid(Bid calldata bid_, PriceReport[] calldata reports) external returns (BidResult memory);

    /// @notice Records that the group is unhealthy now, starts its auction when none is open, or ends it when E ≥ MM. Anyone.
    function touch(bytes32 vault, PriceReport[] calldata reports) external;

    /// @notice The margin engine saw the group healthy: the auction ends, R becomes ordinary quote.
    function onHealthy(bytes32 vault) external;

    function auctionOf(bytes32 vault) external view returns (Auction memory);
    function terms() external view returns (AuctionTerms memory);
    /// @notice d and x as a bid in this block would see them if the group is unhealthy now.
    function ratesOf(bytes32 vault) external view returns (uint256 discountWad, uint256 rewardWad);
    /// @notice What a bid must have seen as `lastTradeId`: the vault's last trade, or for a group of several a hash over theirs in its order
    /// (keccak256 of the previous hash and the next id, from zero).
    function lastTradeOfGroup(bytes32 lead) external view returns (bytes32);
    function effectKeyUsed(bytes32 bidderVault, bytes32 effectKey) external view returns (bool);
}
