// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IClearingHouse } from "../../src/interfaces/IClearingHouse.sol";
import { IMarginEngine } from "../../src/interfaces/IMarginEngine.sol";
import { IVaultRegistry } from "../../src/interfaces/IVaultRegistry.sol";
import { Rights } from "../../src/libraries/Rights.sol";
import { GroupFixture } from "./GroupFixture.sol";
import { Turncoat } from "./Turncoat.sol";

/// @notice A contract with two vaults of which it is the venue itself, and which is a member's operator too. Its accomplice is a client of that member.
abstract contract TurncoatFixture is GroupFixture {
    Turncoat internal turncoat;
    bytes32 internal gamma;
    bytes32 internal one;
    bytes32 internal other;
    Trader internal accomplice;

    function setUp() public virtual override {
        super.setUp();
        turncoat = new Turncoat(registry);
        vm.prank(admin);
        gamma = registry.admitMember("gamma", address(turncoat));
        one = _openOwn(0);
        other = _openOwn(1);
        accomplice = _trader("accomplice", gamma, 100_000 * USD);
    }

    function _openOwn(uint32 bucket) internal returns (bytes32 vault) {
        bytes memory data = abi.encodeCall(IVaultRegistry.openVault, (_account(), bucket, address(turncoat), gamma));
        return abi.decode(turncoat.act(address(registry), data), (bytes32));
    }

    function _account() internal view returns (bytes32) {
        return turncoat.accountId();
    }

    /* WHAT IT CAN BE TOLD TO DO */

    function _moveToClearing(bytes32 vault) internal view returns (bytes memory) {
        return abi.encodeCall(IVaultRegistry.changeVenue, (vault, address(clearingHouse), gamma));
    }

    function _buy(bytes32 vault, uint256 sizeWad) internal view returns (bytes memory) {
        bytes32 tradeId = keccak256(abi.encode(vault, sizeWad));
        return
            abi.encodeCall(IClearingHouse.novate, (PERP, vault, accomplice.vault, sizeWad, ETH_PRICE, tradeId, _none()));
    }

    function _takeOut(bytes32 vault, uint256 amount) internal {
        turncoat.act(
            address(engine),
            abi.encodeCall(IMarginEngine.withdraw, (vault, address(usd), amount, address(turncoat), _none()))
        );
    }

    /// @dev What a vault with a position at the clearing house must have there, by its own obligations and assets alone.
    function _assertMargined(bytes32 vault) internal view {
        assertGe(_health(vault).equity, int256(_health(vault).maintenance), "MRG-1: a position without margin");
    }

    /// @dev Its own member may trade for it.
    function _letOwnMemberTrade() internal {
        turncoat.act(
            address(registry), abi.encodeCall(IVaultRegistry.setRights, (_account(), address(turncoat), Rights.TRADE))
        );
    }
}
