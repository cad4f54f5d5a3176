// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ILiquidationEngine } from "./ILiquidationEngine.sol";
import { IMarginEngine } from "./IMarginEngine.sol";
import { IMarginGroups } from "./IMarginGroups.sol";
import { IOracleHub } from "./IOracleHub.sol";
import { IPortfolioRequirements } from "./IPortfolioRequirements.sol";
import { IVaultRegistry } from "./IVaultRegistry.sol";

/// @notice Every contract of one deployment. Each constructor is given all of them, predicted where not yet deployed, and keeps those that it obeys
/// or calls as immutables: none can be changed afterwards (ADM-5).
/// @param admin the timelock; what it may do is listed with each contract.
struct Modules {
    IVaultRegistry registry;
    IMarginEngine marginEngine;
    IMarginGroups groups;
    IPortfolioRequirements requirements;
    IOracleHub oracle;
    ILiquidationEngine liquidationEngine;
    address clearingHouse;
    address riskConfig;
    address guardian;
    address admin;
}
