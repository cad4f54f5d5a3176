// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IMarginEngine } from "../../src/interfaces/IMarginEngine.sol";
import { IVaultRegistry } from "../../src/interfaces/IVaultRegistry.sol";
import { TestVenue } from "./TestVenue.sol";

/// @notice A venue that calls whatever it is told to, by itself or from inside the engine's and the groups' calls of it.
contract HostileVenue is TestVenue {
    address private target;
    bytes private data;

    constructor(IMarginEngine engine, IVaultRegistry registry, bytes memory ownerKey)
        TestVenue(engine, registry, ownerKey)
    { }

    function plan(address target_, bytes calldata data_) external {
        (target, data) = (target_, data_);
    }

    function strike(address target_, bytes calldata data_) external returns (bool done) {
        (done,) = target_.call(data_);
    }

    function settle(bytes32 vault) external override {
        _collect(vault);
        _act();
    }

    function onQuote(bytes32 vault) external override {
        _collect(vault);
        _act();
    }

    /// @dev Once: what it calls may call it.
    function _act() private {
        address to = target;
        target = address(0);
        if (to == address(0)) return;
        (bool done,) = to.call(data);
        done; // either way it goes on
    }
}
