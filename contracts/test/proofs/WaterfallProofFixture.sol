// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { DefaultWaterfall } from "../../src/clearing/DefaultWaterfall.sol";
import { ILiquidationEngine } from "../../src/interfaces/ILiquidationEngine.sol";
import { Book, IMarginEngine } from "../../src/interfaces/IMarginEngine.sol";
import { IMarginGroups } from "../../src/interfaces/IMarginGroups.sol";
import { IOracleHub } from "../../src/interfaces/IOracleHub.sol";
import { IPortfolioRequirements } from "../../src/interfaces/IPortfolioRequirements.sol";
import { IVaultRegistry, Vault } from "../../src/interfaces/IVaultRegistry.sol";
import { Modules } from "../../src/interfaces/Modules.sol";
import { Ids } from "../../src/libraries/Ids.sol";
import { TakenDebts } from "../../src/libraries/TakenDebts.sol";
import { Test } from "forge-std/Test.sol";

/// @dev The registry's and the engine's part in a payment, and nothing else of them: whose client a vault is, and quote that moves between vaults whole
/// or not at all. The engine's own part in it is proved in Book.t.sol.
contract ProofPurse {
    uint8 public constant quoteDecimals = 6;
    address public constant quoteToken = address(0xc0de10);
    mapping(bytes32 vaultId => uint256) public free;
    mapping(bytes32 vaultId => bytes32) public memberOf;
    bytes32 public account;

    function open(bytes32 account_) external {
        account = account_;
    }

    function put(bytes32 vaultId, bytes32 memberId, uint256 amount) external {
        (free[vaultId], memberOf[vaultId]) = (amount, memberId);
    }

    function bookOf(bytes32 vaultId, address) external view returns (Book memory) {
        return Book(uint128(free[vaultId]), 0, 0);
    }

    function vaultOf(bytes32 vaultId) external view returns (Vault memory vault) {
        vault.memberId = memberOf[vaultId];
    }

    function pay(uint32 fromBucket, bytes32 vaultId, uint256 amount) external {
        free[Ids.vaultId(account, fromBucket)] -= amount;
        free[vaultId] += amount;
    }
}

/// @dev The real waterfall, with a way to put contributors and debts into its storage.
contract ProofWaterfall is DefaultWaterfall {
    constructor(Modules memory modules) DefaultWaterfall(modules) { }

    /// @dev Not on the list of those who share what is left: a member whose vault fails stands there with nothing, and the solver would divide by that.
    function contribute(bytes32 memberId, uint32 bucket) external {
        (_funds[memberId].place, _funds[memberId].bucket) = (1, bucket);
    }

    /// @dev What the bidder took over in the bid before: one debt to a round that is not complete.
    function take(bytes32 bidderVault, uint112 owed, uint112 taken) external {
        _listings.push();
        _listings[0].state.openRounds = 1;
        _listings[0].rounds[1].totalLoss = type(uint128).max;
        _listings[0].rounds[1].unsettled = 1;
        _claims[bidderVault][0].push(ClaimSlot(1, true, owed, 0));
        // It holds something else too: what happens when its last claim goes is not this proof's matter.
        _instruments[bidderVault] = [uint32(0), 1];
        TakenDebts.push(0, 1, taken);
    }

    function debtOf(bytes32 bidderVault) external view returns (uint256) {
        return _claims[bidderVault][0].length == 0 ? 0 : _claims[bidderVault][0][0].amount;
    }

    function writtenOff() external view returns (uint256) {
        return _listings[0].rounds[1].writtenOff;
    }
}

/// @notice The real waterfall over a stand-in for engine and registry: the failing vault's member, the house, a bidder.
abstract contract WaterfallProofFixture is Test {
    address internal constant LIQUIDATION_ENGINE = address(0xc0de02);
    bytes32 internal constant VAULT = bytes32(uint256(0xfa11));
    bytes32 internal constant BIDDER = bytes32(uint256(0xb1d));
    bytes32 internal constant OWN = bytes32(uint256(1));
    uint32 internal constant HOUSE_BUCKET = type(uint32).max;

    ProofPurse internal purse;
    ProofWaterfall internal waterfall;

    function setUp() public {
        purse = new ProofPurse();
        Modules memory modules = Modules({
            registry: IVaultRegistry(address(purse)),
            marginEngine: IMarginEngine(address(purse)),
            groups: IMarginGroups(address(0)),
            requirements: IPortfolioRequirements(address(0)),
            oracle: IOracleHub(address(0)),
            liquidationEngine: ILiquidationEngine(LIQUIDATION_ENGINE),
            clearingHouse: address(0xc0de04),
            riskConfig: address(0),
            guardian: address(0),
            admin: address(0)
        });
        waterfall = new ProofWaterfall(modules);
        purse.open(Ids.contractAccountId(modules.clearingHouse));
        waterfall.contribute(OWN, 1 << 31);
    }

    function _put(uint256 own, uint256 house) internal {
        purse.put(VAULT, OWN, 0);
        purse.put(_vault(1 << 31), OWN, own);
        purse.put(_vault(HOUSE_BUCKET), 0, house);
    }

    function _has(uint32 bucket) internal view returns (uint256) {
        return purse.free(_vault(bucket));
    }

    function _vault(uint32 bucket) private view returns (bytes32) {
        return Ids.vaultId(purse.account(), bucket);
    }
}
