// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    Claim,
    IClearingHouse,
    InstrumentState,
    InstrumentTerms,
    Position,
    Round
} from "../interfaces/IClearingHouse.sol";
import { PriceReport } from "../interfaces/IOracleHub.sol";
import { IVenue, PriceView, VenueMargin } from "../interfaces/IVenue.sol";
import { Modules } from "../interfaces/Modules.sol";
import { Erc7930 } from "../libraries/Erc7930.sol";
import { Ids } from "../libraries/Ids.sol";
import { ClearingBase } from "./ClearingBase.sol";
import { CloseOut } from "./CloseOut.sol";
import { Novation } from "./Novation.sol";
import { Valuation } from "./Valuation.sol";
import { LibSort } from "solady/utils/LibSort.sol";
import { SafeCastLib } from "solady/utils/SafeCastLib.sol";

/// @title The built-in venue: central counterparty for perps
/// @dev The surface. By concept: ClearingBase (storage), Settlement (rounds), Novation (trades), Valuation (margin), CloseOut (bids and shortfall).
contract ClearingHouse is IClearingHouse, Novation, Valuation {
    using SafeCastLib for uint256;

    address private immutable ADMIN;
    address private immutable CLOSE_OUT;

    /// @param modules whose registry and margin engine are deployed, and whose admin lists instruments.
    constructor(Modules memory modules) ClearingBase(modules, Ids.contractAccountId(address(this))) {
        ADMIN = modules.admin;
        CLOSE_OUT = address(new CloseOut(modules, ACCOUNT));
        REGISTRY.ensureAccount(Erc7930.encode(block.chainid, address(this)), 0);
        REGISTRY.openVault(ACCOUNT, HOUSE_BUCKET, address(0), 0);
    }

    /* INSTRUMENTS */

    /// @inheritdoc IClearingHouse
    function listInstrument(InstrumentTerms calldata terms) external nonReentrant returns (uint32 instrument) {
        if (msg.sender != ADMIN) revert NotAdmin(msg.sender);
        bool sane = terms.feed != 0 && terms.roundSeconds != 0 && terms.tradeBandWad < WAD && terms.mmRateWad != 0
            && terms.mmRateWad <= terms.imRateWad // MRG-8
            && terms.tradeBandWad <= terms.mmRateWad; // a trade at the edge never costs more than the margin it is made on
        if (!sane) revert BadTerms();
        instrument = _listings.length.toUint32();
        if (instrument == HOUSE_BUCKET) revert BadTerms();
        Listing storage listing = _listings.push();
        listing.terms = terms;
        listing.state.round = 1;
        listing.oldestOpen = 1;
        REGISTRY.openVault(ACCOUNT, instrument, address(0), 0);
        emit InstrumentListed(instrument, terms.feed, terms.name);
    }

    /* TRADES AND ROUNDS */

    /// @inheritdoc IClearingHouse
    function novate(
        uint32 instrument,
        bytes32 buyer,
        bytes32 seller,
        uint256 sizeWad,
        uint256 priceWad,
        bytes32 tradeId,
        PriceReport[] calldata reports
    ) external nonReentrant {
        _post(reports);
        _novate(buyer, seller, tradeId, Trade(instrument, sizeWad.toInt256(), priceWad, 0));
    }

    /// @inheritdoc IClearingHouse
    function closeRound(uint32 instrument, PriceReport[] calldata reports) external nonReentrant {
        _post(reports);
        _closeRound(instrument);
    }

    /// @inheritdoc IClearingHouse
    function settleMany(uint32 instrument, bytes32[] calldata vaults) external nonReentrant {
        _listing(instrument);
        for (uint256 i = 0; i < vaults.length; ++i) {
            _settle(vaults[i], instrument);
        }
    }

    /* VENUE */

    /// @inheritdoc IVenue
    function settle(bytes32 vaultId) external nonReentrant {
        _settleAll(vaultId);
    }

    /// @inheritdoc IVenue
    function onQuote(bytes32 vaultId) external nonReentrant {
        bool known = msg.sender == address(MARGIN_ENGINE) || msg.sender == address(LIQUIDATION_ENGINE);
        if (!known) revert NotTheMarginEngine(msg.sender);
        _settleAll(vaultId);
    }

    /// @inheritdoc IVenue
    function margin(bytes32[] calldata vaults, PriceView calldata view_)
        external
        view
        returns (VenueMargin memory sum)
    {
        for (uint256 i = 0; i < vaults.length; ++i) {
            uint32[] memory instruments = _instruments[vaults[i]];
            for (uint256 j = 0; j < instruments.length; ++j) {
                _addClaims(sum, vaults[i], instruments[j]);
                _addPosition(sum, vaults[i], instruments[j], view_.use);
            }
        }
    }

    /// @inheritdoc IVenue
    /// @dev A chain of hashes over vaults as given and instruments ascending. A sum would need no order, but sums of hashes can be made to collide.
    function positionsHash(bytes32[] calldata vaults) external view returns (bytes32 hash) {
        for (uint256 i = 0; i < vaults.length; ++i) {
            uint256[] memory instruments = _sortedInstruments(vaults[i]);
            for (uint256 j = 0; j < instruments.length; ++j) {
                int128 size = _positions[vaults[i]][uint32(instruments[j])].size; // an instrument's number
                if (size != 0) hash = keccak256(abi.encode(hash, vaults[i], instruments[j], size));
            }
        }
    }

    /// @inheritdoc IVenue
    function positionCount(bytes32[] calldata vaults) external view returns (uint256 count) {
        for (uint256 i = 0; i < vaults.length; ++i) {
            count += _instruments[vaults[i]].length;
        }
    }

    /// @inheritdoc IVenue
    function hasObligation(bytes32 vaultId) external view returns (bool) {
        uint32[] memory instruments = _instruments[vaultId];
        for (uint256 i = 0; i < instruments.length; ++i) {
            if (_isHeld(_positions[vaultId][instruments[i]])) return true;
        }
        (uint256 owed,) = _owedAndDue(vaultId);
        return owed != 0;
    }

    /// @inheritdoc IVenue
    function isFlat(bytes32 vaultId) external view returns (bool) {
        return _instruments[vaultId].length == 0;
    }

    /// @inheritdoc IVenue
    function closeOut(bytes32[] calldata, uint256, bytes32) external returns (int256) {
        _runCloseOut();
    }

    /// @inheritdoc IVenue
    function cover(bytes32, bytes32, uint256) external returns (uint256, uint256) {
        _runCloseOut();
    }

    /* VIEWS */

    /// @inheritdoc IClearingHouse
    function instrumentCount() external view returns (uint32) {
        return uint32(_listings.length); // listing bounds it
    }

    /// @inheritdoc IClearingHouse
    function termsOf(uint32 instrument) external view returns (InstrumentTerms memory) {
        return _listing(instrument).terms;
    }

    /// @inheritdoc IClearingHouse
    function stateOf(uint32 instrument) external view returns (InstrumentState memory) {
        return _listing(instrument).state;
    }

    /// @inheritdoc IClearingHouse
    function roundOf(uint32 instrument, uint32 round) external view returns (Round memory) {
        return _listing(instrument).rounds[round];
    }

    /// @inheritdoc IClearingHouse
    function positionOf(bytes32 vaultId, uint32 instrument) external view returns (Position memory) {
        return _positions[vaultId][instrument];
    }

    /// @inheritdoc IClearingHouse
    function instrumentsOf(bytes32 vaultId) external view returns (uint32[] memory) {
        return _instruments[vaultId];
    }

    /// @inheritdoc IClearingHouse
    function owedAndDueOf(bytes32 vaultId) external view returns (uint256 owed, uint256 due) {
        return _owedAndDue(vaultId);
    }

    /// @inheritdoc IClearingHouse
    function claimsOf(bytes32 vaultId, uint32 instrument) external view returns (Claim[] memory claims) {
        ClaimSlot[] storage slots = _claims[vaultId][instrument];
        claims = new Claim[](slots.length);
        for (uint256 i = 0; i < claims.length; ++i) {
            ClaimSlot memory slot = slots[i];
            claims[i] = slot.debt ? Claim(slot.round, 0, 0, slot.amount) : Claim(slot.round, slot.amount, slot.paid, 0);
        }
    }

    /// @inheritdoc IVenue
    function lastTradeOf(bytes32 vaultId) external view returns (bytes32) {
        return _lastTrade[vaultId];
    }

    /// @inheritdoc IClearingHouse
    function tradeUsed(bytes32 tradeId) external view returns (bool) {
        return _tradeUsed[tradeId];
    }

    /// @inheritdoc IClearingHouse
    function accountId() external view returns (bytes32) {
        return ACCOUNT;
    }

    /// @inheritdoc IClearingHouse
    function houseVault() external view returns (bytes32) {
        return Ids.vaultId(ACCOUNT, HOUSE_BUCKET);
    }

    /// @inheritdoc IClearingHouse
    function settlementVaultOf(uint32 instrument) external view returns (bytes32) {
        return Ids.vaultId(ACCOUNT, instrument);
    }

    /* INTERNAL */

    function _post(PriceReport[] calldata reports) private {
        if (reports.length != 0) ORACLE.post(reports);
    }

    function _settleAll(bytes32 vaultId) private {
        uint32[] memory instruments = _instruments[vaultId];
        for (uint256 i = 0; i < instruments.length; ++i) {
            _settle(vaultId, instruments[i]);
        }
    }

    function _sortedInstruments(bytes32 vaultId) private view returns (uint256[] memory sorted) {
        uint32[] memory list = _instruments[vaultId];
        sorted = new uint256[](list.length);
        for (uint256 i = 0; i < list.length; ++i) {
            sorted[i] = list[i];
        }
        LibSort.insertionSort(sorted);
    }

    /// @dev Runs the same call in CloseOut's code on this storage, and ends it with that result.
    function _runCloseOut() private {
        address code = CLOSE_OUT;
        assembly ("memory-safe") {
            calldatacopy(0x80, 0, calldatasize())
            let done := delegatecall(gas(), code, 0x80, calldatasize(), 0, 0)
            returndatacopy(0x80, 0, returndatasize())
            if done { return(0x80, returndatasize()) }
            revert(0x80, returndatasize())
        }
    }
}
