// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ILiquidationEngine } from "../interfaces/ILiquidationEngine.sol";
import { Health, IMarginEngine } from "../interfaces/IMarginEngine.sol";
import { IMarginGroups, MarginMode } from "../interfaces/IMarginGroups.sol";
import { IOracleHub, PriceReport, PriceUse } from "../interfaces/IOracleHub.sol";
import { IVaultRegistry, Vault } from "../interfaces/IVaultRegistry.sol";
import { IVenue } from "../interfaces/IVenue.sol";
import { Modules } from "../interfaces/Modules.sol";
import { ReentrancyLock } from "../libraries/ReentrancyLock.sol";
import { FixedPointMathLib } from "solady/utils/FixedPointMathLib.sol";
import { SafeCastLib } from "solady/utils/SafeCastLib.sol";

/// @title Which vaults are margined together, and what they owe one another
/// @dev A change is: the owner asks → no auction open → everything decided is settled → E ≥ IM before → change → E ≥ IM after, on every side (MRG-5).
/// No assets are here and none move by a change: deposits stay in their own escrows.
contract MarginGroups is IMarginGroups, ReentrancyLock {
    using SafeCastLib for uint256;

    struct Group {
        MarginMode mode;
        bytes32[] vaults;
    }

    uint256 private constant MAX_VAULTS = 8;

    IVaultRegistry private immutable REGISTRY;
    IMarginEngine private immutable MARGIN_ENGINE;
    ILiquidationEngine private immutable LIQUIDATION_ENGINE;
    IOracleHub private immutable ORACLE;

    mapping(bytes32 lead => Group) private _groups;
    /// @dev Zero: segregated.
    mapping(bytes32 vaultId => bytes32 lead) private _leads;
    mapping(bytes32 debtor => mapping(bytes32 payer => uint256)) private _debts;
    /// @dev Whom the debtor owes anything, in the order in which they first paid.
    mapping(bytes32 debtor => bytes32[]) private _payers;

    constructor(Modules memory modules) {
        REGISTRY = modules.registry;
        MARGIN_ENGINE = modules.marginEngine;
        LIQUIDATION_ENGINE = modules.liquidationEngine;
        ORACLE = modules.oracle;
    }

    modifier onlyMarginEngine() {
        if (msg.sender != address(MARGIN_ENGINE)) revert NotTheMarginEngine(msg.sender);
        _;
    }

    /* OWNERS */

    /// @inheritdoc IMarginGroups
    function form(bytes32[] calldata vaults, MarginMode mode, PriceReport[] calldata reports) external nonReentrant {
        if (vaults.length < 2 || vaults.length > MAX_VAULTS) revert BadGroupSize(vaults.length); // LIQ-11
        if (mode == MarginMode.Segregated) revert BadMode();
        _post(reports);
        for (uint256 i = 0; i < vaults.length; ++i) {
            _settleIfVenue(vaults[i]);
        }
        Vault memory first = REGISTRY.vaultOf(vaults[0]); // SEG-2: no venue runs from here on
        for (uint256 i = 0; i < vaults.length; ++i) {
            _requireJoinable(vaults[i], first);
            _leads[vaults[i]] = vaults[0]; // a vault named twice is grouped already
            MARGIN_ENGINE.setGrouped(vaults[i], true);
        }
        _groups[vaults[0]] = Group(mode, vaults);
        emit GroupChanged(vaults[0], mode, vaults);
        _requireHealthyGroup(vaults[0]);
    }

    /// @inheritdoc IMarginGroups
    function join(bytes32 lead, bytes32 vault, PriceReport[] calldata reports) external nonReentrant {
        Group storage group = _openGroup(lead);
        _post(reports);
        if (group.vaults.length == MAX_VAULTS) revert BadGroupSize(MAX_VAULTS + 1); // LIQ-11
        _settleAll(group.vaults);
        _settleIfVenue(vault);
        _requireHealthy(lead); // MRG-5
        _requireJoinable(vault, REGISTRY.vaultOf(lead)); // SEG-2: no venue runs from here on
        group.vaults.push(vault);
        _leads[vault] = lead;
        MARGIN_ENGINE.setGrouped(vault, true);
        emit GroupChanged(lead, group.mode, group.vaults);
        _requireHealthyGroup(lead);
    }

    /// @inheritdoc IMarginGroups
    function leave(bytes32 vault, PriceReport[] calldata reports) external nonReentrant {
        bytes32 lead = _leads[vault];
        if (lead == 0) revert NotGrouped(vault);
        Group storage group = _openGroup(lead);
        _post(reports);
        bytes32[] memory before = group.vaults;
        _settleAll(before);
        _requireHealthy(lead); // MRG-5
        for (uint256 i = 0; i < before.length; ++i) {
            _requireNoDebt(vault, before[i]);
            _requireNoDebt(before[i], vault);
        }
        bytes32 newLead = _takeOut(lead, group.mode, before, vault);
        _requireHealthy(vault); // MRG-5
        _requireHealthy(newLead); // MRG-5
    }

    /// @inheritdoc IMarginGroups
    function setMode(bytes32 lead, MarginMode mode, PriceReport[] calldata reports) external nonReentrant {
        if (mode == MarginMode.Segregated) revert BadMode();
        Group storage group = _openGroup(lead);
        _post(reports);
        _settleAll(group.vaults);
        _requireHealthy(lead); // MRG-5
        group.mode = mode;
        emit GroupChanged(lead, mode, group.vaults);
        _requireHealthy(lead); // MRG-5
    }

    /* MARGIN ENGINE */

    /// @inheritdoc IMarginGroups
    function addDebt(bytes32 debtor, bytes32 payer, uint256 amount) external onlyMarginEngine {
        uint256 back = _debts[payer][debtor];
        uint256 setOff = FixedPointMathLib.min(back, amount);
        if (setOff != 0) _setDebt(payer, debtor, back - setOff);
        if (setOff != amount) _setDebt(debtor, payer, _debts[debtor][payer] + amount - setOff);
    }

    /// @inheritdoc IMarginGroups
    function reduceDebt(bytes32 debtor, bytes32 payer, uint256 amount) external onlyMarginEngine {
        _setDebt(debtor, payer, _debts[debtor][payer] - amount);
    }

    /* VIEWS */

    /// @inheritdoc IMarginGroups
    function leadOf(bytes32 vault) external view returns (bytes32) {
        bytes32 lead = _leads[vault];
        return lead == 0 ? vault : lead;
    }

    /// @inheritdoc IMarginGroups
    function groupOf(bytes32 vault) external view returns (MarginMode mode, bytes32[] memory vaults) {
        bytes32 lead = _leads[vault];
        if (lead != 0) return (_groups[lead].mode, _groups[lead].vaults);
        vaults = new bytes32[](1);
        vaults[0] = vault;
    }

    /// @inheritdoc IMarginGroups
    function debtsOf(bytes32 debtor) external view returns (bytes32[] memory payers, uint256[] memory amounts) {
        payers = _payers[debtor];
        amounts = new uint256[](payers.length);
        for (uint256 i = 0; i < payers.length; ++i) {
            amounts[i] = _debts[debtor][payers[i]];
        }
    }

    /// @inheritdoc IMarginGroups
    function debtBetween(bytes32 debtor, bytes32 payer) external view returns (uint256) {
        return _debts[debtor][payer];
    }

    /* INTERNAL */

    function _post(PriceReport[] calldata reports) private {
        if (reports.length != 0) ORACLE.post(reports);
    }

    /// @dev The caller's own group, not being liquidated.
    function _openGroup(bytes32 lead) private view returns (Group storage group) {
        group = _groups[lead];
        if (group.vaults.length == 0) revert NotGrouped(lead);
        _requireOwner(lead, REGISTRY.vaultOf(lead).accountId);
        _requireNoAuction(lead);
    }

    function _requireOwner(bytes32 vault, bytes32 accountId) private view {
        if (REGISTRY.ownerOf(accountId) != msg.sender) revert NotTheAccountOwner(vault, msg.sender); // MRG-2
    }

    function _requireNoAuction(bytes32 vault) private view {
        if (LIQUIDATION_ENGINE.auctionOf(vault).startedAt != 0) revert AuctionOpen(vault);
    }

    /// @dev A vault that stands on its own, of the same account, venue and member as the others. Settled already: a venue that runs could change what is
    /// looked at here, and two venues in a group would each let go what margins the other's positions.
    function _requireJoinable(bytes32 vaultId, Vault memory like) private view {
        Vault memory vault = REGISTRY.vaultOf(vaultId);
        _requireOwner(vaultId, vault.accountId);
        bool alike = vault.accountId == like.accountId && vault.venue == like.venue && vault.memberId == like.memberId
            && vault.venue.code.length != 0;
        if (!alike) revert NotAlike(vaultId); // SEG-2
        if (_leads[vaultId] != 0) revert AlreadyGrouped(vaultId);
        _requireNoAuction(vaultId);
        _requireHealthy(vaultId); // MRG-5
    }

    /// @dev A lapsed attestation keeps nobody in: its requirement is never below the last one (MRG-9).
    function _requireHealthy(bytes32 vaultId) private view {
        Health memory health = MARGIN_ENGINE.healthOf(vaultId, PriceUse.RiskIncrease);
        if (health.initialEquity < health.initial.toInt256()) {
            revert Unhealthy(vaultId, health.initialEquity, health.initial); // MRG-5
        }
    }

    /// @dev And small enough that one bid takes it.
    function _requireHealthyGroup(bytes32 lead) private {
        MARGIN_ENGINE.requireInitial(lead); // MRG-5, LIQ-11
    }

    function _settleIfVenue(bytes32 vaultId) private {
        address venue = REGISTRY.venueOf(vaultId);
        if (venue.code.length != 0) IVenue(venue).settle(vaultId);
    }

    /// @dev Twice: what the first pass brings in for one vault may be owed to another.
    function _settleAll(bytes32[] memory vaults) private {
        IVenue venue = IVenue(REGISTRY.venueOf(vaults[0]));
        for (uint256 i = 0; i < vaults.length; ++i) {
            venue.settle(vaults[i]);
        }
        for (uint256 i = 0; i < vaults.length; ++i) {
            MARGIN_ENGINE.payBack(vaults[i]);
        }
    }

    function _requireNoDebt(bytes32 debtor, bytes32 payer) private view {
        uint256 amount = _debts[debtor][payer];
        if (amount != 0) revert DebtOutstanding(debtor, payer, amount); // MRG-5
    }

    /// @return newLead of what is left: the first vault after the one that left, if that led.
    function _takeOut(bytes32 lead, MarginMode mode, bytes32[] memory before, bytes32 vault)
        private
        returns (bytes32 newLead)
    {
        bytes32[] memory rest = new bytes32[](before.length - 1);
        uint256 count = 0;
        for (uint256 i = 0; i < before.length; ++i) {
            if (before[i] != vault) rest[count++] = before[i];
        }
        newLead = rest[0];
        delete _leads[vault];
        MARGIN_ENGINE.setGrouped(vault, false);
        if (newLead != lead) delete _groups[lead];
        if (count == 1) return _dissolve(lead, mode, newLead);
        _groups[newLead] = Group(mode, rest);
        for (uint256 i = 0; newLead != lead && i < count; ++i) {
            _leads[rest[i]] = newLead;
        }
        if (newLead != lead) emit GroupChanged(lead, mode, new bytes32[](0));
        emit GroupChanged(newLead, mode, rest);
    }

    function _dissolve(bytes32 lead, MarginMode mode, bytes32 last) private returns (bytes32) {
        delete _groups[lead];
        delete _leads[last];
        MARGIN_ENGINE.setGrouped(last, false);
        emit GroupChanged(lead, mode, new bytes32[](0));
        return last;
    }

    function _setDebt(bytes32 debtor, bytes32 payer, uint256 amount) private {
        bool had = _debts[debtor][payer] != 0;
        _debts[debtor][payer] = amount;
        if (had != (amount != 0)) _list(debtor, payer, amount != 0);
        emit IntraAccountDebtChanged(debtor, payer, amount);
    }

    /// @dev Keeps the order of the others.
    function _list(bytes32 debtor, bytes32 payer, bool owes) private {
        bytes32[] storage payers = _payers[debtor];
        if (owes) return payers.push(payer);
        uint256 last = payers.length - 1;
        uint256 at = 0;
        while (payers[at] != payer) ++at;
        for (; at < last; ++at) {
            payers[at] = payers[at + 1];
        }
        payers.pop();
    }
}
