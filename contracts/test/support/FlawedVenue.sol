// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IMarginEngine } from "../../src/interfaces/IMarginEngine.sol";
import { IOracleHub, PriceUse } from "../../src/interfaces/IOracleHub.sol";
import { IVenue, PriceView, VenueMargin } from "../../src/interfaces/IVenue.sol";

enum Flaw {
    None,
    ForgetsTheSecondVault,
    BillsAtEverySettling,
    ReadsAPriceAtNewsOfQuote,
    FailsAtNewsOfQuote,
    ForgivesWhenStrangersCall,
    LetsAnyoneCloseOut,
    MovesHalfTheFraction,
    RoundsForTheBidder,
    MovesQuote,
    SaysFlatTooSoon,
    NeverTellsTheEngine,
    ChargesAnother,
    KeepsTheTradeId,
    HashesTheTime,
    CoversTooMuch,
    BurnsGas,
    ReadsAPriceForIsFlat
}

/// @notice The smallest venue: promises of quote, which grow by nothing. Sound with Flaw.None; every other flaw breaks one promise of IVenue, as its
/// name says.
contract FlawedVenue is IVenue {
    uint256 private constant WAD = 1e18;
    uint32 private constant BUCKET = 0;

    IMarginEngine private immutable ENGINE;
    address private immutable LIQUIDATION_ENGINE;
    IOracleHub private immutable ORACLE;
    bytes32 private immutable FEED;
    Flaw private immutable FLAW;

    mapping(bytes32 vault => uint256) public promised;
    mapping(bytes32 vault => bytes32) private trades;
    bytes32 private lastVault;
    uint256 private taken;

    error NotTheLiquidationEngine();

    constructor(IMarginEngine engine, address liquidationEngine, IOracleHub oracle, bytes32 feed, Flaw flaw) {
        (ENGINE, LIQUIDATION_ENGINE, ORACLE, FEED, FLAW) = (engine, liquidationEngine, oracle, feed, flaw);
    }

    function oblige(bytes32 vault, uint256 amount) external {
        if (FLAW == Flaw.ChargesAnother && lastVault != vault && promised[lastVault] != 0) promised[lastVault] += 1;
        lastVault = vault;
        _set(vault, promised[vault] + amount);
    }

    function release(bytes32 vault) external {
        _set(vault, 0);
    }

    function margin(bytes32[] calldata vaults, PriceView calldata) external view returns (VenueMargin memory sum) {
        uint256 count = FLAW == Flaw.ForgetsTheSecondVault && vaults.length > 1 ? 1 : vaults.length;
        for (uint256 i = 0; i < count; ++i) {
            uint256 amount = promised[vaults[i]];
            if (FLAW == Flaw.BurnsGas) _burn();
            sum.value -= int256(amount);
            sum.mm += (amount + 9) / 10;
            sum.im += (amount + 4) / 5;
            sum.gross += amount;
        }
    }

    function hasObligation(bytes32 vault) external view returns (bool) {
        return promised[vault] != 0;
    }

    function isFlat(bytes32 vault) external view returns (bool) {
        if (FLAW == Flaw.ReadsAPriceForIsFlat) ORACLE.feedState(FEED);
        return promised[vault] == 0 || FLAW == Flaw.SaysFlatTooSoon;
    }

    function lastTradeOf(bytes32 vault) external view returns (bytes32) {
        return trades[vault];
    }

    function positionsHash(bytes32[] calldata vaults) external view returns (bytes32 hash) {
        for (uint256 i = 0; i < vaults.length; ++i) {
            if (promised[vaults[i]] == 0) continue;
            hash = keccak256(abi.encode(hash, vaults[i], promised[vaults[i]]));
            if (FLAW == Flaw.HashesTheTime) hash = keccak256(abi.encode(hash, block.timestamp));
        }
    }

    function positionCount(bytes32[] calldata vaults) external view returns (uint256 count) {
        for (uint256 i = 0; i < vaults.length; ++i) {
            if (promised[vaults[i]] != 0) ++count;
        }
    }

    function settle(bytes32 vault) external {
        if (FLAW == Flaw.BillsAtEverySettling && promised[vault] != 0) promised[vault] += 1;
    }

    function onQuote(bytes32 vault) external {
        if (FLAW == Flaw.FailsAtNewsOfQuote) ORACLE.priceOf(FEED, PriceUse.Liquidation);
        if (FLAW == Flaw.ForgivesWhenStrangersCall && promised[vault] != 0) promised[vault] -= 1;
        if (FLAW != Flaw.ReadsAPriceAtNewsOfQuote) return;
        try ORACLE.priceOf(FEED, PriceUse.Liquidation) { } catch { }
    }

    function closeOut(bytes32[] calldata vaults, uint256 fractionWad, bytes32 bidderVault)
        external
        returns (int256 valueMoved)
    {
        if (FLAW != Flaw.LetsAnyoneCloseOut && msg.sender != LIQUIDATION_ENGINE) {
            revert NotTheLiquidationEngine();
        }
        if (FLAW == Flaw.MovesHalfTheFraction && fractionWad != WAD) fractionWad /= 2;
        uint256 rounding = FLAW == Flaw.RoundsForTheBidder ? 0 : WAD - 1;
        for (uint256 i = 0; i < vaults.length; ++i) {
            uint256 share = (promised[vaults[i]] * fractionWad + rounding) / WAD;
            _set(vaults[i], promised[vaults[i]] - share);
            _set(bidderVault, promised[bidderVault] + share);
            valueMoved -= int256(share);
            if (FLAW == Flaw.MovesQuote) ENGINE.charge(vaults[i], BUCKET, 1);
        }
        taken = uint256(-valueMoved);
    }

    function cover(bytes32, bytes32 bidderVault, uint256 amount)
        external
        returns (uint256 paidQuote, uint256 forgiven)
    {
        if (FLAW != Flaw.LetsAnyoneCloseOut && msg.sender != LIQUIDATION_ENGINE) revert NotTheLiquidationEngine();
        forgiven = amount < taken ? amount : taken;
        if (FLAW == Flaw.CoversTooMuch) forgiven = taken;
        taken = 0;
        _set(bidderVault, promised[bidderVault] - forgiven);
        return (0, forgiven);
    }

    function _set(bytes32 vault, uint256 amount) private {
        promised[vault] = amount;
        if (FLAW != Flaw.KeepsTheTradeId) trades[vault] = keccak256(abi.encode(trades[vault], amount));
        if (FLAW != Flaw.NeverTellsTheEngine) ENGINE.setEngaged(vault, amount != 0);
    }

    function _burn() private view {
        for (uint256 i = 0; i < 100; ++i) {
            keccak256(abi.encode(promised[bytes32(i)]));
        }
    }
}
