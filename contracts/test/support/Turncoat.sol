// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IVaultRegistry } from "../../src/interfaces/IVaultRegistry.sol";
import { IVenue, PriceView, VenueMargin } from "../../src/interfaces/IVenue.sol";
import { Address } from "@openzeppelin/contracts/utils/Address.sol";

/// @notice A contract that owns an account and is the venue of its vaults: it says of them what it likes, and does what it likes while it is asked to
/// settle them or to close them out.
contract Turncoat is IVenue {
    struct Step {
        address target;
        bytes data;
    }

    bytes32 public immutable accountId;
    /// @dev What `margin` answers, and whether there is an obligation.
    int256 private _value;
    bool private _obliged;
    Step[] private _onSettle;
    Step[] private _onCloseOut;

    constructor(IVaultRegistry registry) {
        accountId = registry.ensureAccount(abi.encodePacked(hex"00010000027a69", uint8(20), address(this)), 0);
    }

    function act(address target, bytes memory data) public returns (bytes memory) {
        return Address.functionCall(target, data);
    }

    function say(int256 value, bool obliged) external {
        (_value, _obliged) = (value, obliged);
    }

    /// @dev Once, at the next call.
    function whenSettling(address target, bytes calldata data) external {
        _onSettle.push(Step(target, data));
    }

    function whenClosingOut(address target, bytes calldata data) external {
        _onCloseOut.push(Step(target, data));
    }

    function settle(bytes32) external {
        _take(_onSettle);
    }

    function closeOut(bytes32[] calldata, uint256, bytes32) external returns (int256) {
        _take(_onCloseOut);
        return 0;
    }

    function margin(bytes32[] calldata, PriceView calldata) external view returns (VenueMargin memory sum) {
        sum.value = _value;
    }

    function hasObligation(bytes32) external view returns (bool) {
        return _obliged;
    }

    function isFlat(bytes32) external pure returns (bool) {
        return true;
    }

    function lastTradeOf(bytes32) external pure returns (bytes32) {
        return 0;
    }

    function positionsHash(bytes32[] calldata) external pure returns (bytes32) {
        return 0;
    }

    function positionCount(bytes32[] calldata) external pure returns (uint256) {
        return 0;
    }

    function onQuote(bytes32) external { }

    function cover(bytes32, bytes32, uint256) external pure returns (uint256, uint256) {
        return (0, 0);
    }

    function _take(Step[] storage steps) private {
        Step[] memory taken = steps;
        while (steps.length != 0) {
            steps.pop();
        }
        for (uint256 i = 0; i < taken.length; ++i) {
            act(taken[i].target, taken[i].data);
        }
    }
}
