// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Book, Collateral, IMarginEngine } from "../interfaces/IMarginEngine.sol";
import { RampedParameters } from "../interfaces/RampedParameters.sol";
import { HaircutWord, HaircutWords } from "../libraries/HaircutWord.sol";
import { ParameterRamp } from "../libraries/ParameterRamp.sol";
import { SafeCastLib } from "solady/utils/SafeCastLib.sol";

/// @title The book's storage: what each vault holds of each collateral
/// @dev A vault has eight entries of one word each. Entry 0 is quote, the others are taken in order by collaterals as they arrive, so that there is no
/// list beside the amounts: a first deposit writes one new slot, and a valuation reads no more slots than there are assets, and one empty one.
abstract contract BookStore is IMarginEngine {
    using SafeCastLib for uint256;

    /// @dev `tag` of entry 0 holds flags; of any other entry the collateral's number from 1 (zero: never used, and neither is any after it).
    struct Entry {
        uint120 free;
        uint120 locked;
        uint16 tag;
    }

    struct ListedCollateral {
        HaircutWord haircuts;
        bytes32 feed;
        address token;
    }

    uint256 internal constant MAX_ASSETS = 8;
    uint256 internal constant QUOTE_ENTRY = 0;
    uint16 internal constant FLAG_AUCTION_OPEN = 1;
    uint16 internal constant FLAG_ENGAGED = 2;
    /// @dev The vault was seen to be open: vaults never close, so the registry need not be asked again.
    uint16 internal constant FLAG_KNOWN = 4;
    /// @dev Margined together with other vaults of its account.
    uint16 internal constant FLAG_GROUPED = 8;
    /// @dev Siblings paid for it, and may still be owed that.
    uint16 internal constant FLAG_INDEBTED = 16;
    uint8 private constant MAX_TOKEN_DECIMALS = 36;
    uint8 private constant MAX_QUOTE_DECIMALS = 18;
    uint256 private constant WAD = 1e18;

    address internal immutable QUOTE;
    uint8 internal immutable QUOTE_DECIMALS;
    address internal immutable ADMIN;
    address private immutable RISK_CONFIG;

    mapping(bytes32 vaultId => Entry[MAX_ASSETS]) internal _entries;
    /// @dev Sum of the credits held in one escrow.
    mapping(bytes32 vaultId => mapping(address token => uint256)) internal _creditTotal;
    mapping(bytes32 vaultId => mapping(address token => mapping(bytes32 beneficiaryVault => uint256))) internal _credit;
    mapping(uint256 number => ListedCollateral) internal _collaterals;
    mapping(address token => uint256) internal _collateralNumberOf;
    uint256 private _collateralCount;
    /// @dev Never written.
    Entry private _nothing;

    constructor(address quoteToken_, uint8 quoteDecimals_, address admin_, address riskConfig_) {
        if (quoteDecimals_ > MAX_QUOTE_DECIMALS) revert UnsupportedDecimals(quoteToken_, quoteDecimals_);
        QUOTE = quoteToken_;
        QUOTE_DECIMALS = quoteDecimals_;
        (ADMIN, RISK_CONFIG) = (admin_, riskConfig_);
        emit CollateralListed(quoteToken_, 0, quoteDecimals_, 0, 0);
    }

    /* COLLATERALS */

    /// @inheritdoc IMarginEngine
    function listCollateral(address token, bytes32 feed, uint256 haircutMaintenanceWad, uint256 haircutInitialWad)
        external
    {
        if (msg.sender != ADMIN) revert NotAdmin(msg.sender);
        if (token == QUOTE || _collateralNumberOf[token] != 0) revert AlreadyListed(token);
        _requireSaneHaircuts(haircutMaintenanceWad, haircutInitialWad);
        uint8 decimals = IErc20Metadata(token).decimals();
        if (decimals > MAX_TOKEN_DECIMALS) revert UnsupportedDecimals(token, decimals);

        uint256 number = uint256(++_collateralCount).toUint8();
        _collateralNumberOf[token] = number;
        uint64 maintenanceWad = haircutMaintenanceWad.toUint64();
        _collaterals[number] = ListedCollateral(
            HaircutWords.pack(haircutInitialWad.toUint64(), maintenanceWad, maintenanceWad, 0, decimals), feed, token
        );
        emit CollateralListed(token, feed, decimals, haircutMaintenanceWad, haircutInitialWad);
    }

    /// @inheritdoc IMarginEngine
    function setHaircuts(address token, uint64 initialWad, uint64 maintenanceWad)
        external
        returns (uint64 maintenanceFromWad)
    {
        if (msg.sender != RISK_CONFIG) revert NotTheRiskConfig(msg.sender); // ADM-1
        _requireSaneHaircuts(maintenanceWad, initialWad);
        uint256 number = _numberOf(token);
        HaircutWord haircuts = _collaterals[number].haircuts;
        maintenanceFromWad = ParameterRamp.nextFrom(haircuts.maintenanceAt(block.timestamp), maintenanceWad);
        _collaterals[number].haircuts = HaircutWords.pack(
            initialWad, maintenanceWad, maintenanceFromWad, uint40(block.timestamp), haircuts.decimals()
        );
        emit HaircutsSet(token, initialWad, maintenanceWad, maintenanceFromWad);
    }

    /// @inheritdoc IMarginEngine
    function haircutsOf(address token) external view returns (RampedParameters memory) {
        return _collaterals[_numberOf(token)].haircuts.unpack();
    }

    /// @inheritdoc IMarginEngine
    function collateralOf(address token) external view returns (Collateral memory) {
        if (token == QUOTE) return Collateral(0, QUOTE_DECIMALS, 0, 0);
        ListedCollateral storage listed = _collaterals[_numberOf(token)];
        HaircutWord haircuts = listed.haircuts;
        return Collateral(listed.feed, haircuts.decimals(), haircuts.maintenance(), haircuts.initial());
    }

    /// @inheritdoc IMarginEngine
    function quoteToken() external view returns (address) {
        return QUOTE;
    }

    /// @inheritdoc IMarginEngine
    function quoteDecimals() external view returns (uint8) {
        return QUOTE_DECIMALS;
    }

    /* VIEWS */

    /// @inheritdoc IMarginEngine
    function bookOf(bytes32 vaultId, address token) external view returns (Book memory) {
        return _bookOf(vaultId, token);
    }

    /// @inheritdoc IMarginEngine
    function bookOf6909(bytes32 vaultId, address token, uint256 id) external view returns (Book memory book) {
        if (id == 0) book = _bookOf(vaultId, token);
    }

    /// @inheritdoc IMarginEngine
    function creditOf(bytes32 vaultId, address token, bytes32 beneficiaryVault) external view returns (uint256) {
        return _credit[vaultId][token][beneficiaryVault];
    }

    /// @inheritdoc IMarginEngine
    function assetsOf(bytes32 vaultId) external view returns (address[] memory) {
        return _assetsOf(vaultId);
    }

    /* INTERNAL */

    function _requireSaneHaircuts(uint256 maintenanceWad, uint256 initialWad) private pure {
        if (maintenanceWad > initialWad || initialWad >= WAD) revert BadHaircut(maintenanceWad, initialWad); // MRG-8
    }

    /// @dev Reverts for a token that was never listed.
    function _numberOf(address token) internal view returns (uint256 number) {
        number = _collateralNumberOf[token];
        if (number == 0) revert NotCollateral(token);
    }

    /// @dev The entry that a token has or, when the vault never held it, one that is empty.
    function _entryOf(bytes32 vaultId, address token) internal view returns (Entry storage entry) {
        entry = _entries[vaultId][QUOTE_ENTRY];
        if (token == QUOTE) return entry;
        uint256 number = _numberOf(token);
        for (uint256 i = 1; i < MAX_ASSETS; ++i) {
            entry = _entries[vaultId][i];
            uint256 tag = entry.tag;
            if (tag == number || tag == 0) return entry;
        }
        return _nothing;
    }

    /// @dev The entry of a collateral other than quote, for putting into it.
    /// @return entry its own, or the one it may take: an emptied one first, then the first unused.
    /// @return held whether the vault has any of it now.
    function _entryToFill(bytes32 vaultId, uint256 number) internal view returns (Entry storage entry, bool held) {
        uint256 takeable = 0;
        for (uint256 i = 1; i < MAX_ASSETS; ++i) {
            entry = _entries[vaultId][i];
            uint256 tag = entry.tag;
            bool empty = entry.free == 0 && entry.locked == 0;
            if (tag == number) return (entry, !empty);
            if (empty && takeable == 0) takeable = i;
            if (tag == 0) break;
        }
        if (takeable == 0) revert TooManyAssets(vaultId, MAX_ASSETS);
        entry = _entries[vaultId][takeable];
    }

    /// @dev Whether _entryToFill finds one.
    function _hasRoomFor(bytes32 vaultId, address token) internal view returns (bool) {
        if (token == QUOTE) return true;
        uint256 number = _numberOf(token);
        for (uint256 i = 1; i < MAX_ASSETS; ++i) {
            Entry memory entry = _entries[vaultId][i];
            if (entry.tag == number || (entry.free == 0 && entry.locked == 0)) return true;
        }
        return false;
    }

    /// @dev Takes out of a vault's free amount.
    function _debit(bytes32 vaultId, address token, uint256 amount) internal {
        Entry storage entry = _entryOf(vaultId, token);
        uint256 free = entry.free;
        if (amount > free) revert InsufficientFree(vaultId, token, free, amount);
        entry.free = (free - amount).toUint120();
    }

    /// @dev Adds to a vault's free amount, of quote or of a collateral that may be new to it.
    function _add(bytes32 vaultId, address token, uint256 amount) internal {
        if (token == QUOTE) return _addTo(_entries[vaultId][QUOTE_ENTRY], amount);
        uint256 number = _numberOf(token);
        (Entry storage entry,) = _entryToFill(vaultId, number);
        _tag(entry, number);
        _addTo(entry, amount);
    }

    function _addTo(Entry storage entry, uint256 amount) internal {
        entry.free = (uint256(entry.free) + amount).toUint120(); // ADM-4: never truncated
    }

    function _tag(Entry storage entry, uint256 number) internal {
        if (entry.tag != number) entry.tag = number.toUint16();
    }

    function _addCredit(bytes32 vaultId, address token, bytes32 beneficiaryVault, uint256 amount) internal {
        _creditTotal[vaultId][token] += amount;
        _credit[vaultId][token][beneficiaryVault] += amount;
        emit Credited(vaultId, token, beneficiaryVault, amount);
    }

    function _hasFlag(bytes32 vaultId, uint16 flag) internal view returns (bool) {
        return _entries[vaultId][QUOTE_ENTRY].tag & flag != 0;
    }

    function _setFlag(bytes32 vaultId, uint16 flag, bool on) internal {
        Entry storage entry = _entries[vaultId][QUOTE_ENTRY];
        entry.tag = on ? entry.tag | flag : entry.tag & ~flag;
    }

    /// @dev Collaterals of which anything is there to move.
    function _heldCollaterals(bytes32 vaultId) internal view returns (uint256 count) {
        for (uint256 i = 1; i < MAX_ASSETS; ++i) {
            Entry memory entry = _entries[vaultId][i];
            if (entry.tag == 0) break;
            if (entry.free != 0) ++count;
        }
    }

    function _bookOf(bytes32 vaultId, address token) internal view returns (Book memory book) {
        book.credit = _creditTotal[vaultId][token].toUint128();
        if (token != QUOTE && _collateralNumberOf[token] == 0) return book;
        Entry storage entry = _entryOf(vaultId, token);
        (book.free, book.locked) = (entry.free, entry.locked);
    }

    function _assetsOf(bytes32 vaultId) internal view returns (address[] memory assets) {
        assets = new address[](MAX_ASSETS);
        uint256 count = 0;
        Entry memory entry = _entries[vaultId][QUOTE_ENTRY];
        if (entry.free != 0 || entry.locked != 0) assets[count++] = QUOTE;
        for (uint256 i = 1; i < MAX_ASSETS; ++i) {
            uint256 tag = _entries[vaultId][i].tag;
            if (tag == 0) break;
            assets[count++] = _collaterals[tag].token;
        }
        assembly ("memory-safe") {
            mstore(assets, count)
        }
    }
}

interface IErc20Metadata {
    function decimals() external view returns (uint8);
}
