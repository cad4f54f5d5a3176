// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IMarginEngine } from "../../src/interfaces/IMarginEngine.sol";
import { IVaultRegistry } from "../../src/interfaces/IVaultRegistry.sol";
import { IVenue, PriceView, VenueMargin } from "../../src/interfaces/IVenue.sol";

/// @notice A venue that holds whatever obligations a test gives it. It takes owed from quote as it arrives, like a real one.
contract TestVenue is IVenue {
    struct State {
        int256 value;
        uint256 im;
        uint256 mm;
        uint256 owed;
        bool position;
        bool due;
    }

    uint32 public constant BUCKET = 0;
    IMarginEngine public immutable ENGINE;
    bytes32 public immutable ownVault;
    mapping(bytes32 vault => State) public stateOf;
    uint256 public settlements;
    bool public broken;
    bool public burnsGas;

    error Broken();

    constructor(IMarginEngine engine, IVaultRegistry registry, bytes memory ownerKey) {
        ENGINE = engine;
        bytes32 accountId = registry.ensureAccount(ownerKey, 0);
        ownVault = registry.openVault(accountId, BUCKET, address(0), 0);
    }

    function set(bytes32 vault, State calldata state) external {
        stateOf[vault] = state;
        ENGINE.setEngaged(vault, state.position || state.owed != 0 || state.due);
    }

    function setBroken(bool broken_, bool burnsGas_) external {
        (broken, burnsGas) = (broken_, burnsGas_);
    }

    function charge(bytes32 vault, uint256 amount) external returns (uint256) {
        return ENGINE.charge(vault, BUCKET, amount);
    }

    function pay(bytes32 vault, uint256 amount) external {
        ENGINE.pay(BUCKET, vault, amount);
    }

    function payFrom(uint32 bucket, bytes32 vault, uint256 amount) external {
        ENGINE.pay(bucket, vault, amount);
    }

    function margin(bytes32[] calldata vaults, PriceView calldata) external view returns (VenueMargin memory sum) {
        _breakIfTold();
        for (uint256 i = 0; i < vaults.length; ++i) {
            State memory state = stateOf[vaults[i]];
            sum.value += state.value - int256(state.owed);
            sum.im += state.im;
            sum.mm += state.mm;
        }
    }

    function positionsHash(bytes32[] calldata vaults) external view returns (bytes32 hash) {
        for (uint256 i = 0; i < vaults.length; ++i) {
            if (stateOf[vaults[i]].position) hash = keccak256(abi.encode(hash, vaults[i], stateOf[vaults[i]].mm));
        }
    }

    function positionCount(bytes32[] calldata vaults) external pure returns (uint256) {
        return vaults.length;
    }

    function hasObligation(bytes32 vault) public view returns (bool) {
        return stateOf[vault].position || stateOf[vault].owed != 0;
    }

    function isFlat(bytes32 vault) external view returns (bool) {
        return !hasObligation(vault) && !stateOf[vault].due;
    }

    function settle(bytes32 vault) external virtual {
        ++settlements;
        _collect(vault);
    }

    function onQuote(bytes32 vault) external virtual {
        _breakIfTold();
        _collect(vault);
    }

    function lastTradeOf(bytes32) external pure returns (bytes32) {
        return 0;
    }

    function closeOut(bytes32[] calldata, uint256, bytes32) external pure returns (int256) {
        return 0;
    }

    function cover(bytes32, bytes32, uint256) external pure returns (uint256, uint256) {
        return (0, 0);
    }

    function _collect(bytes32 vault) internal {
        uint256 owed = stateOf[vault].owed;
        uint256 free = ENGINE.bookOf(vault, ENGINE.quoteToken()).free;
        uint256 amount = owed < free ? owed : free;
        if (amount != 0) stateOf[vault].owed = owed - ENGINE.charge(vault, BUCKET, amount);
    }

    function _breakIfTold() private view {
        if (burnsGas) {
            assembly {
                invalid()
            }
        }
        if (broken) revert Broken();
    }
}
