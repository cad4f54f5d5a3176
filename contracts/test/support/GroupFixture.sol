// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Health } from "../../src/interfaces/IMarginEngine.sol";
import { IMarginGroups, MarginMode } from "../../src/interfaces/IMarginGroups.sol";
import { PriceUse } from "../../src/interfaces/IOracleHub.sol";
import { Attestation, IPortfolioRequirements } from "../../src/interfaces/IPortfolioRequirements.sol";
import { ClearingFixture } from "./ClearingFixture.sol";

/// @notice One owner with three vaults of one member, a counterparty, a bidder, and the attesters of portfolio mode.
abstract contract GroupFixture is ClearingFixture {
    uint256 internal constant FLOOR_INITIAL = 0.02e18;
    uint256 internal constant FLOOR_MAINTENANCE = 0.01e18;

    IMarginGroups internal groups;
    IPortfolioRequirements internal requirements;
    /// @dev The owner's vaults: buckets 0, 1, 2. The first leads where they are grouped.
    Trader internal first;
    Trader internal second;
    Trader internal third;
    Trader internal counterparty;
    Trader internal bidder;

    function setUp() public virtual override {
        super.setUp();
        groups = _modules().groups;
        requirements = _modules().requirements;
        // Price signers attest too: three keys, two needed.
        bytes memory arguments = abi.encode(_modules(), _signers(), uint256(2), FLOOR_INITIAL, FLOOR_MAINTENANCE);
        _deploy("requirements", bytes.concat(vm.getCode("PortfolioRequirements.sol:PortfolioRequirements"), arguments));
        first = _trader("owner", alpha, 0);
        second = _sibling(first, 1);
        third = _sibling(first, 2);
        counterparty = _trader("counterparty", beta, _dollars(1_000_000));
        bidder = _trader("bidder", beta, _dollars(1_000_000));
    }

    function _sibling(Trader memory like, uint32 bucket) internal returns (Trader memory sibling) {
        sibling = like;
        sibling.vault = _openVault(like.owner, bucket, address(clearingHouse), alpha);
    }

    /* GROUPS */

    function _form(MarginMode mode) internal {
        _formOf(_vaults(first.vault, second.vault), mode);
    }

    function _formOf(bytes32[] memory vaults, MarginMode mode) internal {
        vm.prank(first.owner);
        groups.form(vaults, mode, _none());
    }

    function _leave(bytes32 vault) internal {
        vm.prank(first.owner);
        groups.leave(vault, _none());
    }

    function _three() internal view returns (bytes32[] memory vaults) {
        vaults = new bytes32[](3);
        (vaults[0], vaults[1], vaults[2]) = (first.vault, second.vault, third.vault);
    }

    function _membersOf(bytes32 vault) internal view returns (bytes32[] memory vaults) {
        (, vaults) = groups.groupOf(vault);
    }

    function _modeOf(bytes32 vault) internal view returns (MarginMode mode) {
        (mode,) = engine.groupOf(vault);
    }

    function _initialHealth(bytes32 vault) internal view returns (Health memory) {
        return engine.healthOf(vault, PriceUse.RiskIncrease);
    }

    /* ATTESTATIONS */

    function _positionsHash() internal view returns (bytes32) {
        return clearingHouse.positionsHash(_membersOf(first.vault));
    }

    /// @dev For the positions held now, at prices of now, for half an hour.
    function _attest(uint256 im, uint256 mm) internal {
        _attestFor(first.vault, _positionsHash(), im, mm);
    }

    function _attestFor(bytes32 group, bytes32 hash, uint256 im, uint256 mm) internal {
        requirements.attest(_single(_attestation(group, hash, im, mm)));
    }

    function _attestation(bytes32 group, bytes32 hash, uint256 im, uint256 mm)
        internal
        view
        returns (Attestation memory attestation)
    {
        uint64 time = uint64(vm.getBlockTimestamp());
        attestation = Attestation(group, hash, uint128(im), uint128(mm), time, time + 30 minutes, 1, new bytes[](0));
        _signBy(attestation, 0, 1);
    }

    function _signBy(Attestation memory attestation, uint256 one, uint256 other) internal view {
        attestation.signatures = new bytes[](2);
        (attestation.signatures[0], attestation.signatures[1]) =
        (_signRequirement(signerKeys[one], attestation), _signRequirement(signerKeys[other], attestation));
    }

    function _signRequirement(uint256 key, Attestation memory attestation) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, requirements.digest(attestation));
        return abi.encodePacked(r, s, v);
    }

    function _single(Attestation memory attestation) internal pure returns (Attestation[] memory attestations) {
        attestations = new Attestation[](1);
        attestations[0] = attestation;
    }
}
