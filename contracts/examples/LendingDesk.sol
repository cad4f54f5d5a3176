// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ILiquidationEngine } from "../src/interfaces/ILiquidationEngine.sol";
import { IMarginEngine } from "../src/interfaces/IMarginEngine.sol";
import { IOracleHub, PriceReport } from "../src/interfaces/IOracleHub.sol";
import { IVaultRegistry } from "../src/interfaces/IVaultRegistry.sol";
import { IVenue, PriceView, VenueMargin } from "../src/interfaces/IVenue.sol";
import { Erc7930 } from "../src/libraries/Erc7930.sol";
import { Rights } from "../src/libraries/Rights.sol";
import { ReentrancyGuardTransient } from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import { FixedPointMathLib } from "solady/utils/FixedPointMathLib.sol";
import { SafeCastLib } from "solady/utils/SafeCastLib.sol";
import { SafeTransferLib } from "solady/utils/SafeTransferLib.sol";

/// @notice Where a deployment of Bulkhead has what a venue talks to.
struct Deployment {
    IVaultRegistry registry;
    IMarginEngine marginEngine;
    ILiquidationEngine liquidationEngine;
    IOracleHub oracle;
}

/// @notice A desk's terms, fixed at deployment. Rates WAD.
/// @param yearlyRateWad simple interest on a debt. @param imRateWad initial requirement, of the debt. @param mmRateWad maintenance requirement, of the debt.
struct DeskTerms {
    uint64 yearlyRateWad;
    uint64 imRateWad;
    uint64 mmRateWad;
}

/// @title A lending desk: an example venue, written to be copied
/// @notice Lenders supply quote; owners who choose the desk as the venue of a vault borrow it against what is in that vault. A debt is the only
/// obligation here, and a failing vault is liquidated by the same engine as any other venue's. A venue of your own keeps the VENUE section below and
/// replaces the rest.
///
/// What is assumed, and where it matters:
/// - Quote is a sound ERC-20: no fee, no rebasing. The margin engine assumes the same. A token that calls back meets the lock.
/// - The desk trusts the margin engine's list of collaterals and their haircuts: it lends against whatever a vault may hold.
/// - mmRateWad covers what a liquidation gives away at its discount; what it does not is the lenders' loss.
/// - No loan has an end: a borrower repays when it likes, and lenders get back what is idle, no more.
/// - Claims count a debt in full until a bid has shown that it is worth less. A lender who is quick can leave before that, at the cost of those who stay.
/// - No interest rate ever changes. A rate that moves with utilisation needs a stored sum of rate × time in place of `index`, and nothing else.
///
/// Every function: checks → effects → engine (it moves the money and checks health) → event.
contract LendingDesk is IVenue, ReentrancyGuardTransient {
    using SafeCastLib for uint256;

    /// @dev A debt as of the last time that its borrower, or a bid, changed it: amount in quote decimals, and the index then.
    struct Debt {
        uint128 amount;
        uint128 index;
    }

    /// @notice The desk's own vaults: the lenders' quote, and what was set aside for losses.
    uint32 public constant LENDERS_BUCKET = 0;
    uint32 public constant RESERVE_BUCKET = 1;

    uint256 private constant WAD = 1e18;
    uint256 private constant YEAR = 365 days;
    uint256 private constant MAX_YEARLY_RATE = 10e18;
    /// @dev Shares of nobody: the first lender cannot make a share so dear that the next one's amount rounds to none.
    uint256 private constant VIRTUAL_SHARES = 1e6;
    uint256 private constant VIRTUAL_QUOTE = 1;

    IVaultRegistry private immutable REGISTRY;
    IMarginEngine private immutable MARGIN_ENGINE;
    ILiquidationEngine private immutable LIQUIDATION_ENGINE;
    IOracleHub private immutable ORACLE;
    address private immutable QUOTE;
    uint256 private immutable START;
    uint64 public immutable yearlyRateWad;
    uint64 public immutable imRateWad;
    uint64 public immutable mmRateWad;
    bytes32 public immutable lendersVault;
    bytes32 public immutable reserveVault;

    /// @notice The lenders' quote that is not lent, by the desk's own count: a gift to the escrow makes no share dearer (SEG-5).
    uint256 public idle;
    uint256 public totalShares;
    mapping(address lender => uint256) public sharesOf;

    mapping(bytes32 vault => Debt) private _debts;
    mapping(bytes32 vault => bytes32) private _lastTrade;
    /// @dev Σ amount and Σ amount × index over all debts: what all of them come to at any time, without a loop and without drift.
    uint256 private _amounts;
    uint256 private _weighted;
    /// @dev What the bid in progress has moved to the bidder: from closeOut to cover.
    uint256 private transient _taken;

    event Supplied(address indexed lender, uint256 amount, uint256 shares);
    event Redeemed(address indexed lender, address indexed to, uint256 amount, uint256 shares);
    event Borrowed(bytes32 indexed vault, uint256 amount, uint256 debt);
    event Repaid(bytes32 indexed vault, uint256 amount, uint256 debt);
    event DebtMoved(bytes32 indexed fromVault, bytes32 indexed toVault, uint256 amount);
    /// @dev The first three are what each layer gave; the residual is what nobody did.
    event ShortfallCovered(
        bytes32 indexed vault,
        bytes32 indexed bidderVault,
        uint256 fromReserve,
        uint256 forgiven,
        uint256 fromLenders,
        uint256 residual
    );

    error BadTerms();
    error NotAuthorised(bytes32 vault, address caller);
    error NotTheLiquidationEngine(address caller);
    error SameVault(bytes32 vault);
    error ZeroAmount();
    error InsufficientIdle(uint256 idle, uint256 wanted);
    error InsufficientShares(uint256 shares, uint256 wanted);
    /// @dev The token did not let the quote go, or a bid has set it aside.
    error NotRepaid(bytes32 vault, uint256 amount);

    /// @dev A venue's escrows are vaults of its own account, without a venue: registered here, once.
    constructor(Deployment memory deployment, DeskTerms memory terms) {
        bool sane = terms.mmRateWad != 0 && terms.mmRateWad <= terms.imRateWad // MRG-8
            && terms.imRateWad <= WAD && terms.yearlyRateWad <= MAX_YEARLY_RATE;
        if (!sane) revert BadTerms();
        REGISTRY = deployment.registry;
        MARGIN_ENGINE = deployment.marginEngine;
        LIQUIDATION_ENGINE = deployment.liquidationEngine;
        ORACLE = deployment.oracle;
        QUOTE = deployment.marginEngine.quoteToken();
        START = block.timestamp;
        (yearlyRateWad, imRateWad, mmRateWad) = (terms.yearlyRateWad, terms.imRateWad, terms.mmRateWad);

        bytes32 account = deployment.registry.ensureAccount(Erc7930.encode(block.chainid, address(this)), 0);
        lendersVault = deployment.registry.openVault(account, LENDERS_BUCKET, address(0), 0);
        reserveVault = deployment.registry.openVault(account, RESERVE_BUCKET, address(0), 0);
    }

    modifier onlyLiquidationEngine() {
        if (msg.sender != address(LIQUIDATION_ENGINE)) revert NotTheLiquidationEngine(msg.sender);
        _;
    }

    /* LENDERS */

    /// @notice Lends `amount` of quote, which the desk must be approved for.
    /// @return shares of all claims, rounded down.
    function supply(uint256 amount) external nonReentrant returns (uint256 shares) {
        SafeTransferLib.safeTransferFrom(QUOTE, msg.sender, address(this), amount);
        SafeTransferLib.safeApproveWithRetry(QUOTE, address(MARGIN_ENGINE), amount);
        uint256 booked = MARGIN_ENGINE.deposit(lendersVault, QUOTE, amount);
        shares = FixedPointMathLib.fullMulDiv(booked, totalShares + VIRTUAL_SHARES, claims() + VIRTUAL_QUOTE);
        if (shares == 0) revert ZeroAmount();
        idle += booked;
        totalShares += shares;
        sharesOf[msg.sender] += shares;
        emit Supplied(msg.sender, booked, shares);
    }

    /// @notice Takes back what `shares` are worth now, rounded down, as far as quote is idle.
    function redeem(uint256 shares, address to) external nonReentrant returns (uint256 amount) {
        uint256 held = sharesOf[msg.sender];
        if (shares > held) revert InsufficientShares(held, shares);
        amount = _worthOf(shares);
        if (amount > idle) revert InsufficientIdle(idle, amount);
        idle -= amount;
        totalShares -= shares;
        sharesOf[msg.sender] = held - shares;
        // The desk owns the vault and nothing is owed against it: no price, no health check, nothing that could refuse (MRG-4).
        MARGIN_ENGINE.withdraw(lendersVault, QUOTE, amount, to, new PriceReport[](0));
        emit Redeemed(msg.sender, to, amount, shares);
    }

    /* BORROWERS */

    /// @notice Pays `amount` of quote into the vault against a debt of the same amount. Needs the trade right. The vault must end E ≥ IM; the quote
    /// counts while it is in the vault, and the margin engine checks again when it is withdrawn.
    /// @param reports posted first when not empty.
    function borrow(bytes32 vault, uint256 amount, PriceReport[] calldata reports) external nonReentrant {
        _requireTrade(vault);
        if (amount == 0) revert ZeroAmount();
        if (amount > idle) revert InsufficientIdle(idle, amount);
        if (reports.length != 0) ORACLE.post(reports);
        uint256 debt = debtOf(vault) + amount;
        idle -= amount;
        _setDebt(vault, debt);
        // Refused for a vault of another venue. A token that refuses leaves the amount as the vault's credit in the desk's escrow: owed all the same.
        MARGIN_ENGINE.pay(LENDERS_BUCKET, vault, amount);
        MARGIN_ENGINE.requireInitial(vault); // MRG-1
        emit Borrowed(vault, amount, debt);
    }

    /// @notice Pays off up to `amount` of the debt from the vault's free quote; more than the debt means all of it. Needs the trade right: the quote is
    /// the owner's to use. Reads no price and checks no health: E stays what it was, to the unit, and MM falls.
    function repay(bytes32 vault, uint256 amount) external nonReentrant returns (uint256 repaid) {
        _requireTrade(vault);
        uint256 debt = debtOf(vault);
        repaid = FixedPointMathLib.min(amount, debt);
        if (repaid == 0) revert ZeroAmount();
        uint256 free = MARGIN_ENGINE.bookOf(vault, QUOTE).free;
        uint256 setAside = LIQUIDATION_ENGINE.auctionOf(vault).reserved;
        if (repaid + setAside > free) revert NotRepaid(vault, repaid); // LIQ-4: what bidders paid in pays no debt while the auction runs
        idle += repaid;
        _setDebt(vault, debt - repaid);
        uint256 collected = MARGIN_ENGINE.charge(vault, LENDERS_BUCKET, repaid);
        if (collected != repaid) revert NotRepaid(vault, repaid);
        emit Repaid(vault, repaid, debt - repaid);
    }

    /* VENUE: what every venue must answer */

    /// @inheritdoc IVenue
    /// @dev The sum over the vaults, each rounded by itself, so that a group is worth what its vaults are. The desk holds nothing priced: it reads no
    /// price in any view, and its part of a group's health changes with time alone.
    function margin(bytes32[] calldata vaults, PriceView calldata) external view returns (VenueMargin memory sum) {
        for (uint256 i = 0; i < vaults.length; ++i) {
            uint256 debt = debtOf(vaults[i]);
            sum.value -= debt.toInt256();
            sum.im += FixedPointMathLib.fullMulDivUp(debt, imRateWad, WAD);
            sum.mm += FixedPointMathLib.fullMulDivUp(debt, mmRateWad, WAD);
            sum.gross += debt;
        }
    }

    /// @inheritdoc IVenue
    function hasObligation(bytes32 vault) public view returns (bool) {
        return _debts[vault].amount != 0;
    }

    /// @inheritdoc IVenue
    /// @dev Lenders are not vaults, so that the desk never owes a vault anything: flat is the same as owing nothing.
    function isFlat(bytes32 vault) external view returns (bool) {
        return !hasObligation(vault);
    }

    /// @inheritdoc IVenue
    function lastTradeOf(bytes32 vault) external view returns (bytes32) {
        return _lastTrade[vault];
    }

    /// @inheritdoc IVenue
    /// @dev The size of a debt is its amount when it last changed: interest alone leaves the hash as it is.
    function positionsHash(bytes32[] calldata vaults) external view returns (bytes32 hash) {
        for (uint256 i = 0; i < vaults.length; ++i) {
            uint256 amount = _debts[vaults[i]].amount;
            if (amount != 0) hash = keccak256(abi.encode(hash, vaults[i], amount));
        }
    }

    /// @inheritdoc IVenue
    function positionCount(bytes32[] calldata vaults) external view returns (uint256 count) {
        for (uint256 i = 0; i < vaults.length; ++i) {
            if (hasObligation(vaults[i])) ++count;
        }
    }

    /// @inheritdoc IVenue
    /// @dev Nothing is ever decided and not yet done: a debt is what the clock says.
    function settle(bytes32 vault) external { }

    /// @inheritdoc IVenue
    /// @dev Does nothing, so that it cannot fail and needs no caller check. A debt is not `owed`: it is to be repaid when its borrower likes or a bid
    /// takes it over, and quote that arrives may be there to be borrowed against. It raises E by the same amount either way.
    function onQuote(bytes32 vault) external { }

    /// @inheritdoc IVenue
    /// @dev Of each debt the fraction rounded up goes to the bidder: what all owe together stays the same, to the unit.
    function closeOut(bytes32[] calldata vaults, uint256 fractionWad, bytes32 bidderVault)
        external
        onlyLiquidationEngine
        nonReentrant
        returns (int256 valueMoved)
    {
        uint256 taken = 0;
        for (uint256 i = 0; i < vaults.length; ++i) {
            if (vaults[i] == bidderVault) revert SameVault(bidderVault);
            uint256 debt = debtOf(vaults[i]);
            if (debt == 0) continue;
            uint256 share = FixedPointMathLib.fullMulDivUp(debt, fractionWad, WAD); // LIQ-3
            _setDebt(vaults[i], debt - share);
            _setDebt(bidderVault, debtOf(bidderVault) + share);
            taken += share;
            emit DebtMoved(vaults[i], bidderVault, share);
        }
        _taken = taken;
        return -taken.toInt256();
    }

    /// @inheritdoc IVenue
    /// @dev The reserve, then the lenders, each in proportion to its shares: off the debt that the bidder has just taken over, and beyond that from idle
    /// quote. No other vault is touched (SEG-2, WF-3).
    function cover(bytes32 vault, bytes32 bidderVault, uint256 amount)
        external
        onlyLiquidationEngine
        nonReentrant
        returns (uint256 paidQuote, uint256 forgiven)
    {
        uint256 fromReserve = FixedPointMathLib.min(amount, MARGIN_ENGINE.bookOf(reserveVault, QUOTE).free); // WF-1
        uint256 missing = amount - fromReserve;
        forgiven = FixedPointMathLib.min(missing, _taken);
        _taken = 0;
        if (forgiven != 0) _setDebt(bidderVault, debtOf(bidderVault) - forgiven); // WF-3
        missing -= forgiven;
        uint256 fromLenders = FixedPointMathLib.min(missing, idle);
        idle -= fromLenders; // WF-3
        paidQuote = fromReserve + fromLenders;
        MARGIN_ENGINE.pay(RESERVE_BUCKET, bidderVault, fromReserve);
        MARGIN_ENGINE.pay(LENDERS_BUCKET, bidderVault, fromLenders);
        emit ShortfallCovered(vault, bidderVault, fromReserve, forgiven, fromLenders, missing - fromLenders); // WF-2
    }

    /* VIEWS */

    /// @notice What the vault owes now, quote decimals, rounded up.
    function debtOf(bytes32 vault) public view returns (uint256) {
        Debt memory debt = _debts[vault];
        if (debt.amount == 0) return 0;
        return debt.amount + FixedPointMathLib.fullMulDivUp(debt.amount, index() - debt.index, WAD);
    }

    /// @notice What all vaults owe together, rounded down: never more than the sum of their debts.
    function totalDebt() public view returns (uint256) {
        return _amounts + (_amounts * index() - _weighted) / WAD;
    }

    /// @notice What all lenders together have a claim to.
    function claims() public view returns (uint256) {
        return idle + totalDebt();
    }

    /// @notice What a lender's shares are worth now, whether or not so much is idle.
    function claimOf(address lender) external view returns (uint256) {
        return _worthOf(sharesOf[lender]);
    }

    /// @notice Interest on one unit of quote since the desk began, WAD. A function of time alone: nobody can move it by calling.
    function index() public view returns (uint256) {
        return uint256(yearlyRateWad) * (block.timestamp - START) / YEAR;
    }

    /* INTERNAL */

    /// @dev Interest becomes part of the amount whenever it changes: simple in between.
    function _setDebt(bytes32 vault, uint256 amount) private {
        Debt memory was = _debts[vault];
        uint256 now_ = index();
        _amounts = _amounts - was.amount + amount;
        _weighted = _weighted - uint256(was.amount) * was.index + amount * now_;
        if (amount == 0) delete _debts[vault];
        else _debts[vault] = Debt(amount.toUint128(), now_.toUint128());
        _lastTrade[vault] = keccak256(abi.encode(_lastTrade[vault], amount, now_));
        bool engaged = amount != 0;
        if (engaged != (was.amount != 0)) MARGIN_ENGINE.setEngaged(vault, engaged); // MRG-1: before anything is checked
    }

    function _worthOf(uint256 shares) private view returns (uint256) {
        return FixedPointMathLib.fullMulDiv(shares, claims() + VIRTUAL_QUOTE, totalShares + VIRTUAL_SHARES);
    }

    function _requireTrade(bytes32 vault) private view {
        if (!REGISTRY.mayActOn(vault, msg.sender, Rights.TRADE)) revert NotAuthorised(vault, msg.sender); // MRG-2
    }
}
