// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { UnitsOfBook } from "./UnitsOfBook.sol";
import { UnitsOfClearing } from "./UnitsOfClearing.sol";

/// @notice One contract, because each one costs the compiler all of the fixture anew.
contract UnitsTest is UnitsOfBook, UnitsOfClearing { }
