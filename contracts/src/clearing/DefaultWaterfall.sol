// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Round } from "../interfaces/IClearingHouse.sol";
import { Contribution, IDefaultWaterfall, Residual } from "../interfaces/IDefaultWaterfall.sol";
import { PriceReport } from "../interfaces/IOracleHub.sol";
import { Modules } from "../interfaces/Modules.sol";
import { Ids } from "../libraries/Ids.sol";
import { TakenDebts } from "../libraries/TakenDebts.sol";
import { WaterfallMath } from "../libraries/WaterfallMath.sol";
import { ClearingBase } from "./ClearingBase.sol";
import { Settlement } from "./Settlement.sol";
import { FixedPointMathLib } from "solady/utils/FixedPointMathLib.sol";
import { SafeCastLib } from "solady/utils/SafeCastLib.sol";

/// @title Who bears a shortfall, and members' contributions (RISK §6)
/// @dev Each layer is an escrow, or several, of the clearing house's own account, and is asked for what the layers above it did not have. What falls below
/// `required` does so here, in a payment or in a raise, and nowhere else: that is where a replenishment is called for.
/// Code only: the clearing house lends it its storage (ClearingCode). Called directly, it has no contributors and can have none.
contract DefaultWaterfall is IDefaultWaterfall, Settlement {
    using SafeCastLib for uint256;

    /// @dev Who pays whom for what, in one call of cover.
    struct Payment {
        bytes32 vaultId;
        bytes32 bidderVault;
        bytes32 memberId;
        uint256 missing;
    }

    /// @dev Each contributor is one more transfer in the bid that needs them all, and one more escrow to deploy in the first: 110,000 gas (LIQ-11).
    uint256 private constant MAX_CONTRIBUTORS = 4;
    /// @dev Long enough for what is at stake to show: a run at the first bad news takes nothing out.
    uint256 private constant NOTICE_SECONDS = 7 days;
    /// @dev And then it lapses: a notice always at hand would be none.
    uint256 private constant USABLE_SECONDS = 7 days;
    uint256 private constant REPLENISH_SECONDS = 2 days;
    /// @dev In whole quote.
    uint256 private constant FIRST_STEP = 1e6;
    uint256 private constant LARGEST = 1e9;
    /// @dev Entries of one call of repayResiduals: so that no argument overflows.
    uint256 private constant MAX_REPAID = 64;
    uint32 private constant NO_INSTRUMENT = type(uint32).max;

    address private immutable ADMIN;

    /// @param modules whose admin sets what members have to contribute.
    constructor(Modules memory modules) ClearingBase(modules) {
        ADMIN = modules.admin;
    }

    modifier onlyOperator(bytes32 memberId) {
        if (msg.sender != REGISTRY.memberOperator(memberId)) revert NotTheMembersOperator(memberId, msg.sender);
        if (_funds[memberId].bucket == 0) revert NoContribution(memberId);
        _;
    }

    /* LAYERS */

    /// @dev See IVenue.cover.
    function cover(bytes32 vaultId, bytes32 bidderVault, uint256 amount)
        external
        nonReentrant
        returns (uint256 paidQuote, uint256 forgiven)
    {
        if (msg.sender != address(LIQUIDATION_ENGINE)) revert NotTheLiquidationEngine(msg.sender);
        Payment memory payment = Payment(vaultId, bidderVault, REGISTRY.vaultOf(vaultId).memberId, amount);
        _payFromOwnMember(payment); // WF-1
        _payFromHouse(payment); // WF-1
        if (payment.missing != 0) _payFromOtherMembers(payment); // WF-1
        paidQuote = amount - payment.missing; // WF-2
        if (payment.missing != 0) forgiven = _forgive(vaultId, bidderVault, payment.missing); // WF-1
        if (payment.missing != forgiven) _recordResidual(payment, payment.missing - forgiven); // WF-2, LIQ-9
        TakenDebts.clear();
    }

    function _payFromOwnMember(Payment memory payment) private {
        Fund storage fund = _funds[payment.memberId];
        if (fund.place == 0) return;
        uint256 has = _freeQuote(_fundVault(fund));
        uint256 amount = WaterfallMath.fromLayer(payment.missing, has);
        if (amount == 0) return;
        payment.missing -= amount;
        MARGIN_ENGINE.pay(fund.bucket, payment.bidderVault, amount);
        emit OwnContributionPaid(payment.memberId, payment.bidderVault, payment.vaultId, amount);
        _callIfBelow(payment.memberId, has - amount, has >= fund.required);
    }

    function _payFromHouse(Payment memory payment) private {
        uint256 amount = WaterfallMath.fromLayer(payment.missing, _freeQuote(Ids.vaultId(ACCOUNT, HOUSE_BUCKET)));
        if (amount == 0) return;
        payment.missing -= amount;
        MARGIN_ENGINE.pay(HOUSE_BUCKET, payment.bidderVault, amount);
        emit HouseCapitalPaid(payment.bidderVault, payment.vaultId, amount);
    }

    /// @dev The failing vault's own member has nothing left here, so that its share is zero.
    function _payFromOtherMembers(Payment memory payment) private {
        bytes32[] memory members = _contributors;
        uint256[] memory has = new uint256[](members.length);
        for (uint256 i = 0; i < members.length; ++i) {
            has[i] = _freeQuote(_fundVault(_funds[members[i]]));
        }
        uint256[] memory shares = WaterfallMath.proRata(payment.missing, has);
        for (uint256 i = 0; i < members.length; ++i) {
            if (shares[i] == 0) continue;
            Fund storage fund = _funds[members[i]];
            payment.missing -= shares[i];
            MARGIN_ENGINE.pay(fund.bucket, payment.bidderVault, shares[i]);
            emit MutualContributionPaid(members[i], payment.bidderVault, payment.vaultId, shares[i]);
            _callIfBelow(members[i], has[i] - shares[i], has[i] >= fund.required);
        }
    }

    /// @dev Takes `missing` off the debts that the bidder has just taken over, oldest round first, at the expense of exactly those rounds' gainers
    /// (WF-3: nobody's escrow moves).
    function _forgive(bytes32 vaultId, bytes32 bidderVault, uint256 missing) private returns (uint256 forgiven) {
        uint256 count = TakenDebts.length();
        for (uint256 i = 0; i < count && forgiven < missing; ++i) {
            (uint32 instrument, uint32 round, uint256 taken) = TakenDebts.at(i);
            uint256 amount =
                _reduceDebt(bidderVault, instrument, round, FixedPointMathLib.min(taken, missing - forgiven));
            if (amount == 0) continue;
            forgiven += amount;
            _writeOff(_listings[instrument], round, amount);
            emit ShortfallWrittenOff(instrument, vaultId, round, amount);
        }
    }

    function _reduceDebt(bytes32 vaultId, uint32 instrument, uint32 round, uint256 most)
        private
        returns (uint256 amount)
    {
        ClaimSlot[] storage slots = _claims[vaultId][instrument];
        uint256 count = slots.length;
        for (uint256 i = 0; i < count; ++i) {
            if (slots[i].round != round || !slots[i].debt) continue;
            amount = FixedPointMathLib.min(slots[i].amount, most);
            if (amount < slots[i].amount) {
                slots[i].amount -= uint112(amount); // amount is less
                return amount;
            }
            for (; i + 1 < count; ++i) {
                slots[i] = slots[i + 1];
            }
            slots.pop();
            _track(vaultId, instrument);
            return amount;
        }
    }

    /// @dev What a complete round's losers still owe is what rounding up added: no gainer is short of it.
    function _writeOff(Listing storage listing, uint32 number, uint256 amount) private {
        Round storage round = listing.rounds[number];
        bool wasComplete = _isComplete(round);
        uint256 missing = FixedPointMathLib.zeroFloorSub(round.totalLoss, uint256(round.collected) + round.writtenOff);
        round.writtenOff += FixedPointMathLib.min(amount, missing).toUint128();
        listing.state.shortfall += amount.toUint128(); // WF-2
        if (!wasComplete && _isComplete(round)) --listing.state.openRounds;
    }

    /* RESIDUALS */

    /// @dev Booked under the first instrument that the bid took a debt in, or else that the bidder holds anything in. One entry for what one bidder is
    /// left with in a row, so that many small bids make no long queue.
    function _recordResidual(Payment memory payment, uint256 amount) private {
        emit ResidualRecorded(payment.vaultId, amount); // WF-2
        uint32 instrument = _residualInstrument(payment.bidderVault);
        uint128 more = amount.toUint128();
        if (instrument != NO_INSTRUMENT) _listings[instrument].state.residual += more;
        ResidualQueue storage queue = _residualQueue;
        queue.total += more;
        uint256 count = queue.entries.length;
        if (count > queue.next) {
            Residual storage last = queue.entries[count - 1];
            if (last.vault == payment.bidderVault && last.instrument == instrument) {
                last.amount += more;
                return;
            }
        }
        queue.entries.push(Residual(payment.bidderVault, instrument, more));
    }

    function _residualInstrument(bytes32 bidderVault) private view returns (uint32 instrument) {
        if (TakenDebts.length() != 0) (instrument,,) = TakenDebts.at(0);
        else if (_instruments[bidderVault].length != 0) instrument = _instruments[bidderVault][0];
        else instrument = NO_INSTRUMENT;
    }

    /// @inheritdoc IDefaultWaterfall
    function repayResiduals(uint256 most) external nonReentrant returns (uint256 repaid) {
        ResidualQueue storage queue = _residualQueue;
        uint256 capital = _freeQuote(Ids.vaultId(ACCOUNT, HOUSE_BUCKET));
        uint256 next = queue.next;
        uint256 end = FixedPointMathLib.min(queue.entries.length, next + FixedPointMathLib.min(most, MAX_REPAID));
        while (next < end && repaid < capital) {
            Residual memory residual = queue.entries[next];
            uint256 amount = FixedPointMathLib.min(residual.amount, capital - repaid);
            if (_takesPayments(residual.vault)) {
                repaid += amount;
                MARGIN_ENGINE.pay(HOUSE_BUCKET, residual.vault, amount);
                emit ResidualRepaid(residual.vault, amount);
            } else {
                amount = residual.amount;
                emit ResidualGivenUp(residual.vault, amount);
            }
            _reduceResidual(next, amount.toUint128());
            if (amount == residual.amount) ++next;
        }
        queue.next = next.toUint128();
    }

    /// @dev The engine lets a venue pay only vaults that chose it: one that left must not hold up those behind it.
    function _takesPayments(bytes32 vaultId) private view returns (bool) {
        return REGISTRY.venueOf(vaultId) == address(this);
    }

    function _reduceResidual(uint256 index, uint128 amount) private {
        Residual storage residual = _residualQueue.entries[index];
        if (residual.instrument != NO_INSTRUMENT) _listings[residual.instrument].state.residual -= amount;
        residual.amount -= amount;
        _residualQueue.total -= amount;
    }

    /* CONTRIBUTIONS */

    /// @inheritdoc IDefaultWaterfall
    function setRequiredContribution(bytes32 memberId, uint256 required) external nonReentrant {
        if (msg.sender != ADMIN) revert NotAdmin(msg.sender);
        Fund storage fund = _funds[memberId];
        if (fund.place == 0) _join(memberId, fund);
        uint256 before = fund.required;
        bytes32 vaultId = _fundVault(fund);
        uint256 has = _freeQuote(vaultId);
        if (required > before) {
            if (has < before) revert ReplenishmentPending(memberId, has, before); // ADM-3
            uint256 most = _mostAfter(before);
            if (required > most) revert ContributionOutOfBounds(required, most); // ADM-3
        }
        fund.required = required.toUint112();
        emit RequiredContributionSet(memberId, vaultId, required);
        _callIfBelow(memberId, has, has >= before);
    }

    /// @inheritdoc IDefaultWaterfall
    function announceWithdrawal(bytes32 memberId, uint256 amount) external nonReentrant onlyOperator(memberId) {
        Fund storage fund = _funds[memberId];
        if (fund.place != 0) fund.leaving = false;
        fund.announced = amount.toUint128();
        fund.usableFrom = (block.timestamp + NOTICE_SECONDS).toUint64();
        emit WithdrawalAnnounced(memberId, amount, fund.usableFrom);
    }

    /// @inheritdoc IDefaultWaterfall
    function withdrawContribution(bytes32 memberId, uint256 amount, address to)
        external
        nonReentrant
        onlyOperator(memberId)
    {
        Fund storage fund = _funds[memberId];
        _requireNotice(memberId, fund);
        uint256 above = FixedPointMathLib.zeroFloorSub(_freeQuote(_fundVault(fund)), fund.required);
        uint256 most = FixedPointMathLib.min(fund.announced, above);
        if (amount > most) revert AboveWithdrawable(memberId, amount, most); // SEG-3
        fund.announced -= amount.toUint128();
        _withdraw(memberId, fund, amount, to);
    }

    /// @inheritdoc IDefaultWaterfall
    function announceDeparture(bytes32 memberId) external nonReentrant onlyOperator(memberId) {
        Fund storage fund = _funds[memberId];
        fund.leaving = true;
        fund.announced = 0;
        fund.usableFrom = (block.timestamp + NOTICE_SECONDS).toUint64();
        emit DepartureAnnounced(memberId, fund.usableFrom);
    }

    /// @inheritdoc IDefaultWaterfall
    function leave(bytes32 memberId, address to) external nonReentrant onlyOperator(memberId) {
        Fund storage fund = _funds[memberId];
        if (!fund.leaving || fund.place == 0) revert NotLeaving(memberId);
        _requireNotice(memberId, fund);
        if (fund.openVaults != 0) revert ClientsRemain(memberId, fund.openVaults); // WF-1
        bytes32 last = _contributors[_contributors.length - 1];
        _contributors[fund.place - 1] = last;
        _funds[last].place = fund.place;
        _contributors.pop();
        (fund.place, fund.required, fund.callDeadline) = (0, 0, 0);
        emit MemberLeft(memberId);
        _withdraw(memberId, fund, _freeQuote(_fundVault(fund)), to);
    }

    function _join(bytes32 memberId, Fund storage fund) private {
        uint256 count = _contributors.length;
        if (count == MAX_CONTRIBUTORS) revert TooManyContributors(MAX_CONTRIBUTORS); // LIQ-11
        _contributors.push(memberId);
        (fund.place, fund.leaving) = (uint8(count + 1), false);
        if (fund.bucket != 0) return;
        fund.bucket = FIRST_FUND_BUCKET - _fundCount++;
        if (fund.bucket < LAST_FUND_BUCKET) revert TooManyContributors(_fundCount);
        REGISTRY.openVault(ACCOUNT, fund.bucket, address(0), memberId);
    }

    function _mostAfter(uint256 required) private view returns (uint256) {
        uint256 unit = 1e36 / SCALE;
        return FixedPointMathLib.min(LARGEST * unit, FixedPointMathLib.max(FIRST_STEP * unit, 2 * required));
    }

    /// @dev A call that already runs keeps its deadline: being drawn on again is no respite. @param wasMet before this call.
    function _callIfBelow(bytes32 memberId, uint256 has, bool wasMet) private {
        Fund storage fund = _funds[memberId];
        uint256 required = fund.required;
        if (has >= required) return;
        if (wasMet) fund.callDeadline = (block.timestamp + REPLENISH_SECONDS).toUint64();
        emit ReplenishmentCalled(memberId, required - has, fund.callDeadline);
    }

    function _requireNotice(bytes32 memberId, Fund storage fund) private view {
        uint256 from = fund.usableFrom;
        bool usable = from != 0 && block.timestamp >= from && block.timestamp <= from + USABLE_SECONDS;
        if (!usable) revert OutsideNotice(memberId, from, from + USABLE_SECONDS);
    }

    function _withdraw(bytes32 memberId, Fund storage fund, uint256 amount, address to) private {
        if (amount == 0) return;
        emit ContributionWithdrawn(memberId, amount, to);
        MARGIN_ENGINE.withdraw(_fundVault(fund), QUOTE, amount, to, new PriceReport[](0)); // SEG-3
    }

    /* VIEWS */

    /// @inheritdoc IDefaultWaterfall
    function contributionOf(bytes32 memberId) external view returns (Contribution memory contribution) {
        Fund storage fund = _funds[memberId];
        (contribution.openVaults, contribution.leaving) = (fund.openVaults, fund.leaving);
        if (fund.bucket == 0) return contribution;
        contribution.vault = _fundVault(fund);
        contribution.free = _freeQuote(contribution.vault);
        (contribution.required, contribution.callDeadline) = (fund.required, fund.callDeadline);
        (contribution.announced, contribution.usableFrom) = (fund.announced, fund.usableFrom);
        if (fund.usableFrom != 0) contribution.usableUntil = fund.usableFrom + USABLE_SECONDS;
    }

    /// @inheritdoc IDefaultWaterfall
    function contributors() external view returns (bytes32[] memory) {
        return _contributors;
    }

    /// @inheritdoc IDefaultWaterfall
    function residualTotal() external view returns (uint256) {
        return _residualQueue.total;
    }

    /// @inheritdoc IDefaultWaterfall
    function residuals() external view returns (Residual[] memory open) {
        ResidualQueue storage queue = _residualQueue;
        uint256 next = queue.next;
        open = new Residual[](queue.entries.length - next);
        for (uint256 i = 0; i < open.length; ++i) {
            open[i] = queue.entries[next + i];
        }
    }

    /// @inheritdoc IDefaultWaterfall
    function isInGoodStanding(bytes32 memberId) external view returns (bool) {
        return _isInGoodStanding(memberId);
    }
}
