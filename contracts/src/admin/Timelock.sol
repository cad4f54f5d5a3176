// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// The admin of a deployment is OpenZeppelin's own contract, unchanged. Named here, so that it is built with the rest and deployed from the same compiler.
import { TimelockController } from "@openzeppelin/contracts/governance/TimelockController.sol";
