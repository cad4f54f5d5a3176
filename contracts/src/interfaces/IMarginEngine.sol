// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { MarginMode } from "./IMarginGroups.sol";
import { PriceReport, PriceUse } from "./IOracleHub.sol";
import { RampedParameters } from "./RampedParameters.sol";

/// @notice What the book holds for one (vault, asset), in the asset's own decimals.
/// @param free counts for margin. @param locked at the port. @param credit payouts waiting to be claimed.
struct Book {
    uint128 free;
    uint128 locked;
    uint128 credit;
}

/// @notice A collateral that vaults may hold. Listed once; only its haircuts change.
/// @param feed price feed of one whole token in quote; zero for the quote token itself (price one, no haircut).
/// @param decimals of the token. @param haircutMaintenanceWad @param haircutInitialWad ≥ maintenance, both below one, WAD; the newest (haircutsOf).
struct Collateral {
    bytes32 feed;
    uint8 decimals;
    uint64 haircutMaintenanceWad;
    uint64 haircutInitialWad;
}

/// @notice A group's state at one price view (RISK §2), quote decimals. healthy = equity ≥ maintenance.
/// @param equity E with maintenance haircuts. @param maintenance MM. @param initialEquity E with initial haircuts.
/// @param initial IM, including what of E does not count for it. @param marketValue V without haircuts (R not subtracted).
struct Health {
    int256 equity;
    uint256 maintenance;
    int256 initialEquity;
    uint256 initial;
    int256 marketValue;
}

/// @title The book, and the only key to the escrows
/// @notice Deposits, withdrawals, and the health check at the end of every risk-increasing action. The modules it obeys (registry, oracle,
/// liquidation engine) are fixed in its constructor: a governable list would be a key to every wall (ADM-5).
/// Assets leave an escrow only through the functions below, each with its event (SEG-3).
interface IMarginEngine {
    /* EVENTS: amounts in the asset's own decimals */

    event Deposited(bytes32 indexed vaultId, address indexed token, uint256 amount, address indexed from);
    event Withdrawn(bytes32 indexed vaultId, address indexed token, uint256 amount, address indexed to);
    event SurplusClaimed(bytes32 indexed vaultId, address indexed token, uint256 amount, address indexed to);
    event SurplusClaimed6909(
        bytes32 indexed vaultId, address indexed token, uint256 id, uint256 amount, address indexed to
    );
    event CreditClaimed(
        bytes32 indexed vaultId, address indexed token, bytes32 indexed beneficiaryVault, uint256 amount, address to
    );
    /// @dev A transfer out of `vaultId`'s escrow did not succeed; the amount stays in that escrow as a credit of the beneficiary (LIQ-10).
    event Credited(bytes32 indexed vaultId, address indexed token, bytes32 indexed beneficiaryVault, uint256 amount);
    /// @dev A venue charged a vault, quote.
    event Charged(bytes32 indexed vaultId, bytes32 indexed venueVault, uint256 amount);
    /// @dev A venue charged a sibling for what `debtor` owes, quote; `debtor` now owes it to `payer` (RISK §2).
    event ChargedFor(bytes32 indexed payer, bytes32 indexed debtor, bytes32 indexed venueVault, uint256 amount);
    /// @dev A vault paid a sibling what that had paid for it, quote.
    event PaidBack(bytes32 indexed debtor, bytes32 indexed payer, uint256 amount);
    /// @dev A venue paid a vault, quote.
    event Paid(bytes32 indexed venueVault, bytes32 indexed vaultId, uint256 amount);
    /// @dev Moved by a bid, either direction. `amount` left; `received` arrived and was booked (less for a token that takes a fee).
    event MovedByBid(
        bytes32 indexed fromVault, bytes32 indexed toVault, address indexed token, uint256 amount, uint256 received
    );
    event CollateralListed(
        address indexed token, bytes32 feed, uint8 decimals, uint256 haircutMaintenanceWad, uint256 haircutInitialWad
    );
    /// @dev @param maintenanceFromWad in force now; from here on it moves to maintenanceWad within 24 hours.
    event HaircutsSet(address indexed token, uint64 initialWad, uint64 maintenanceWad, uint64 maintenanceFromWad);
    event EscrowDeployed(bytes32 indexed vaultId, address escrow);

    /* ERRORS */

    error NotAuthorised(bytes32 vaultId, address caller, uint256 rightsNeeded);
    error NotAdmin(address caller);
    /// @dev Only RiskConfig sets haircuts, and it is fixed (ADM-5).
    error NotTheRiskConfig(address caller);
    error NotTheVenue(bytes32 vaultId, address caller);
    error NotTheLiquidationEngine(address caller);
    error NotTheMarginGroups(address caller);
    /// @dev LIQ-11: the group could not be bid for in one transaction.
    error GroupTooLarge(bytes32 lead, uint256 assets, uint256 positions);
    error UnknownVault(bytes32 vaultId);
    error NotCollateral(address token);
    error AlreadyListed(address token);
    error TooManyAssets(bytes32 vaultId, uint256 max);
    error InsufficientFree(bytes32 vaultId, address token, uint256 free, uint256 wanted);
    error NothingToClaim(bytes32 vaultId, address token);
    error ZeroAmount();
    error SameVault(bytes32 vaultId);
    /// @dev A token that is being moved called back, directly or through another contract.
    error Reentered();
    /// @dev Too little gas left to tell a token's refusal from a caller's trick.
    error NotEnoughGas();
    /// @dev SEG-1 would not hold after a surplus claim: the token has a second address that names the same balances.
    error BookedAssetMissing(bytes32 vaultId, address token);
    /// @dev A movement between escrows took more than it should or, for quote, brought less; it counts as refused.
    error MovedInexactly(address token);
    error NotTheMarginEngine(address caller);
    error UnsupportedDecimals(address token, uint8 decimals);
    error BadHaircut(uint256 maintenanceWad, uint256 initialWad);
    /// @dev E < MM or, for a risk-increasing action, E < IM after it (MRG-1).
    error Unhealthy(bytes32 vaultId, int256 equity, uint256 requirement);

    /* COLLATERALS */

    /// @notice Lists a collateral. Caller: the admin. Append-only. Assumed of it, because no code can check it: balances change by transfers alone
    /// (no rebasing, no clawback), the sender pays no fee above the amount, and it has one address. A fee taken from the receiver, a callback, a
    /// blacklist, a missing or false return value are all dealt with.
    /// @param haircutMaintenanceWad @param haircutInitialWad WAD, maintenance ≤ initial < 1e18.
    function listCollateral(address token, bytes32 feed, uint256 haircutMaintenanceWad, uint256 haircutInitialWad)
        external;

    /// @notice Haircuts of a collateral from now on: the initial one at once, the maintenance one in a straight line over 24 hours where it rises (MRG-7).
    /// Caller: RiskConfig, which bounds the steps. Reverts NotCollateral for quote too: it has no haircut.
    /// @param initialWad @param maintenanceWad WAD, maintenance ≤ initial < 1e18. @return maintenanceFromWad the maintenance haircut in force now.
    function setHaircuts(address token, uint64 initialWad, uint64 maintenanceWad)
        external
        returns (uint64 maintenanceFromWad);

    /// @notice Haircuts of a collateral, as they are stored: what is in force follows from them and the time. Reverts NotCollateral, for quote too.
    function haircutsOf(address token) external view returns (RampedParameters memory);
    function collateralOf(address token) external view returns (Collateral memory);
    function quoteToken() external view returns (address);
    function quoteDecimals() external view returns (uint8);

    /* OWNERS */

    /// @notice Deposits by measuring: balance after minus before. Anyone may add quote or an asset already held; an asset new to the vault needs
    /// the deposit right. Runs no health check and reads no price (MRG-3). New quote pays what the vault owes first.
    /// @return booked what was booked.
    function deposit(bytes32 vaultId, address token, uint256 amount) external returns (uint256 booked);

    /// @notice Withdraws free assets to `to`. Needs the withdraw right. Without obligations nothing can stop it and no price is read (MRG-4);
    /// with obligations the vault must end E ≥ IM at fresh prices, and before quote leaves, the venue settles what is already decided: losses of
    /// closed rounds are paid first. Ends an open auction.
    /// @param reports posted first when not empty.
    function withdraw(bytes32 vaultId, address token, uint256 amount, address to, PriceReport[] calldata reports)
        external;

    /// @notice Sends what arrived by bare transfer (live − book) to `to`. Owner only; it never counted for anything (SEG-5).
    function claimSurplus(bytes32 vaultId, address token, address to) external returns (uint256 amount);

    /// @notice The same for an ERC-6909 asset.
    function claimSurplus6909(bytes32 vaultId, address token, uint256 id, address to) external returns (uint256 amount);

    /// @notice Sends a credit of `beneficiaryVault` held in `vaultId`'s escrow. Caller: withdraw right on the beneficiary.
    function claimCredit(bytes32 vaultId, address token, bytes32 beneficiaryVault, address to)
        external
        returns (uint256 amount);

    /* VENUES: a venue's own escrows are vaults of its own account that have no venue themselves; others are refused (MRG-1) */

    /// @notice Takes `amount` of the vault's free quote into the calling venue's own escrow `bucket`. Caller: the vault's venue.
    /// @return collected `amount`, or zero when the quote token refused (it froze this escrow, say): then nothing moved and the venue records it as
    /// owed, so that a frozen vault blocks neither its settlement nor its liquidation (LIQ-10). Reverts InsufficientFree above the vault's free.
    function charge(bytes32 vaultId, uint32 bucket, uint256 amount) external returns (uint256 collected);

    /// @notice The same from the debtor's siblings in its margin group, in their owner's order, up to `amount`: nothing for a segregated vault. What a
    /// sibling pays, the debtor owes to it from then on. A sibling whose quote refuses to leave is passed over, and R is nobody's to draw on. Caller:
    /// the debtor's venue, after it has charged the debtor itself.
    function chargeSiblings(bytes32 debtor, uint32 bucket, uint256 amount) external returns (uint256 collected);

    /// @notice Pays a vault that chose the calling venue from the venue's own escrow `bucket`. A transfer that fails becomes credit.
    function pay(uint32 bucket, bytes32 vaultId, uint256 amount) external;

    /// @notice Says whether the venue holds anything of the vault, in either direction: a position, owed, due. While it has not said so, the vault is
    /// flat: withdrawals and quote deposits do not ask the venue at all. Caller: the vault's venue, before the obligation counts anywhere.
    function setEngaged(bytes32 vaultId, bool engaged) external;

    /// @notice Reverts unless the vault's group ends E ≥ IM (fresh, RiskIncrease prices, TakeOver ones for the liquidation engine; in portfolio mode a valid attestation) and within the size that
    /// one bid can take. Ends an open auction when it passes. Any caller.
    function requireInitial(bytes32 vaultId) external;

    /* MARGIN GROUPS */

    /// @notice Pays siblings what the vault owes them, from its free quote above R. Anyone, at any time; also done by itself whenever quote is
    /// deposited in the vault or paid to it by its venue.
    function payBack(bytes32 vaultId) external;

    /// @notice Marks whether the vault is margined with others. Caller: MarginGroups.
    function setGrouped(bytes32 vaultId, bool grouped) external;

    /* LIQUIDATION ENGINE */

    /// @notice Moves free assets between two vaults for a bid. When the token refuses, or `toVault` has no room for one more collateral, the amount
    /// becomes credit of `toVault` inside the source escrow. Caller: the liquidation engine. @return moved false when it became credit.
    function moveForBid(bytes32 fromVault, bytes32 toVault, address token, uint256 amount) external returns (bool moved);

    /// @notice Marks whether an auction is open, so that a health check knows whom to tell. Caller: the liquidation engine.
    function setAuctionOpen(bytes32 vaultId, bool open) external;

    /* VIEWS */

    function bookOf(bytes32 vaultId, address token) external view returns (Book memory);
    /// @notice The book entry of an ERC-6909 asset. bookOf(v, t) is bookOf6909(v, t, 0). Zero for any other id: none can be booked yet.
    function bookOf6909(bytes32 vaultId, address token, uint256 id) external view returns (Book memory);
    function creditOf(bytes32 vaultId, address token, bytes32 beneficiaryVault) external view returns (uint256);
    /// @notice Tokens with any free balance or history in the vault, quote not necessarily among them; at most eight.
    function assetsOf(bytes32 vaultId) external view returns (address[] memory);
    function escrowOf(bytes32 vaultId) external view returns (address);
    function escrowImplementation() external view returns (address);

    /// @notice What the vault is margined with, in the owner's order; itself alone when segregated.
    function groupOf(bytes32 vaultId) external view returns (MarginMode mode, bytes32[] memory vaults);

    /// @notice Health of the vault's group at stored prices young enough for `use`. A lapsed attestation does not revert here.
    function healthOf(bytes32 vaultId, PriceUse use) external view returns (Health memory);
    /// @notice Health for a bid that leaves the collaterals in `skip` behind, at PriceUse.Liquidation. A skipped collateral still counts in both
    /// equities, at the newest stored price whatever its age, so that a dead feed cannot shield a vault; it does not count in marketValue.
    /// @return health as above.
    /// @return skippedEquity what the skipped collaterals add to `equity` (maintenance haircut).
    /// @return skippedMarket the same without haircut.
    function healthForBid(bytes32 vaultId, address[] calldata skip)
        external
        view
        returns (Health memory health, uint256 skippedEquity, uint256 skippedMarket);
}
