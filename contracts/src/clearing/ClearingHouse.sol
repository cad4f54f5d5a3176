// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    Claim,
    ClearingCode,
    IClearingHouse,
    InstrumentState,
    InstrumentTerms,
    Position,
    Round
} from "../interfaces/IClearingHouse.sol";
import { PriceReport } from "../interfaces/IOracleHub.sol";
import { IVenue, PriceView, VenueMargin } from "../interfaces/IVenue.sol";
import { Modules } from "../interfaces/Modules.sol";
import { RampedParameters } from "../interfaces/RampedParameters.sol";
import { Erc7930 } from "../libraries/Erc7930.sol";
import { Ids } from "../libraries/Ids.sol";
import { ClearingBase } from "./ClearingBase.sol";
import { Valuation } from "./Valuation.sol";
import { LibSort } from "solady/utils/LibSort.sol";

/// @title The built-in venue: central counterparty for perps, dated futures and options
/// @dev The surface. By concept: ClearingBase (storage), Settlement (rounds), Valuation (margin). One contract cannot hold all of its code: Trading
/// (listing, trades, closing rounds), CloseOut (bids) and DefaultWaterfall (shortfalls, members' contributions) are contracts of code alone, which run on
/// this storage (ClearingCode).
contract ClearingHouse is IClearingHouse, Valuation {
    address private immutable TRADING;
    address private immutable CLOSE_OUT;
    address private immutable WATERFALL;

    /// @param modules whose registry and margin engine are deployed, and whose clearingHouse is this. @param code deployed with the same modules.
    constructor(Modules memory modules, ClearingCode memory code) ClearingBase(modules) {
        if (address(this) != modules.clearingHouse) revert NotTheClearingHouse(address(this));
        TRADING = _requireCode(code.trading);
        CLOSE_OUT = _requireCode(code.closeOut);
        WATERFALL = _requireCode(code.waterfall);
        REGISTRY.ensureAccount(Erc7930.encode(block.chainid, address(this)), 0);
        REGISTRY.openVault(ACCOUNT, HOUSE_BUCKET, address(0), 0);
    }

    /* INSTRUMENTS, TRADES AND ROUNDS */

    /// @inheritdoc IClearingHouse
    function listInstrument(InstrumentTerms calldata) external returns (uint32) {
        _runIn(TRADING);
    }

    /// @inheritdoc IClearingHouse
    function setRates(uint32, uint64, uint64) external returns (uint64) {
        _runIn(TRADING);
    }

    /// @inheritdoc IClearingHouse
    function setVenueCap(uint128) external {
        _runIn(TRADING);
    }

    /// @inheritdoc IClearingHouse
    function countOpenInterest(uint32) external {
        _runIn(TRADING);
    }

    /// @inheritdoc IClearingHouse
    function novate(uint32, bytes32, bytes32, uint256, uint256, bytes32, PriceReport[] calldata) external {
        _runIn(TRADING);
    }

    /// @inheritdoc IClearingHouse
    function closeRound(uint32, PriceReport[] calldata) external {
        _runIn(TRADING);
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
            _addVault(sum, vaults[i], view_.use);
        }
    }

    /// @inheritdoc IVenue
    /// @dev A chain of hashes over vaults as given and instruments ascending. A sum would need no order, but sums of hashes can be made to collide.
    /// A position that ended with its instrument is in no hash, settled or not: settling it leaves what was attested for the others.
    function positionsHash(bytes32[] calldata vaults) external view returns (bytes32 hash) {
        for (uint256 i = 0; i < vaults.length; ++i) {
            uint256[] memory instruments = _sortedInstruments(vaults[i]);
            for (uint256 j = 0; j < instruments.length; ++j) {
                uint32 instrument = uint32(instruments[j]); // its number
                int128 size = _positions[vaults[i]][instrument].size;
                if (size != 0 && !_listings[instrument].state.expired) {
                    hash = keccak256(abi.encode(hash, vaults[i], instruments[j], size));
                }
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
        _runIn(CLOSE_OUT);
    }

    /// @inheritdoc IVenue
    function cover(bytes32, bytes32, uint256) external returns (uint256, uint256) {
        _runIn(WATERFALL);
    }

    /// @notice Answers IDefaultWaterfall, and nothing else.
    fallback() external {
        _runIn(WATERFALL);
    }

    /* VIEWS */

    /// @inheritdoc IClearingHouse
    function instrumentCount() external view returns (uint32) {
        return uint32(_listings.length); // listing bounds it
    }

    /// @inheritdoc IClearingHouse
    function termsOf(uint32 instrument) external view returns (InstrumentTerms memory) {
        Listing storage listing = _listing(instrument);
        Terms memory terms = listing.terms;
        return InstrumentTerms({
            feed: terms.feed,
            indexFeed: terms.indexFeed,
            kind: terms.kind,
            roundSeconds: listing.roundSeconds,
            imRateWad: terms.imRateWad,
            mmRateWad: terms.mmRateWad,
            tradeBandWad: terms.tradeBandWad,
            memberCapBps: terms.memberCapBps,
            expiry: terms.expiry,
            fundingCapWad: terms.fundingCapWad,
            strikeWad: terms.strikeWad,
            openInterestCapWad: terms.openInterestCapWad,
            name: terms.name
        });
    }

    /// @inheritdoc IClearingHouse
    function ratesOf(uint32 instrument) external view returns (RampedParameters memory) {
        Terms storage terms = _listing(instrument).terms;
        if (_isOption(terms.kind)) revert NoRates(instrument);
        return RampedParameters(terms.imRateWad, terms.mmRateWad, terms.mmFromWad, terms.rampStart);
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
    function venueOpenInterest() external view returns (uint256 countedQuote, uint256 capQuote) {
        return (_venueInterest.counted, _venueInterest.capQuote);
    }

    /// @inheritdoc IClearingHouse
    function memberOpenInterestOf(bytes32 memberId, uint32 instrument) external view returns (uint256) {
        return _memberOpenInterest[memberId][instrument];
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

    function _requireCode(address code) private view returns (address) {
        if (code.code.length == 0) revert NoCode(code);
        return code;
    }

    /// @dev Runs the same call in that code on this storage, and ends it with that result.
    function _runIn(address code) private {
        assembly ("memory-safe") {
            calldatacopy(0x80, 0, calldatasize())
            let done := delegatecall(gas(), code, 0x80, calldatasize(), 0, 0)
            returndatacopy(0x80, 0, returndatasize())
            if done { return(0x80, returndatasize()) }
            revert(0x80, returndatasize())
        }
    }
}
