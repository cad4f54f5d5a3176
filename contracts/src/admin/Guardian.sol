// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IGuardian } from "../interfaces/IGuardian.sol";
import { IOracleHub, PriceUse } from "../interfaces/IOracleHub.sol";
import { Modules } from "../interfaces/Modules.sol";

/// @title Pauses of single uses of prices (ADM-2)
/// @dev What is assumed of a stolen guardian's key: it pauses everything for three days of six. It can take nothing, and the admin names another.
contract Guardian is IGuardian {
    /// @dev The rest is as long as the pause was.
    struct Pause {
        uint64 since;
        uint64 until;
        uint64 restsUntil;
    }

    uint256 private constant MAX_PAUSE = 3 days;

    address private immutable ADMIN;
    IOracleHub private immutable ORACLE;

    /// @inheritdoc IGuardian
    address public guardian;
    mapping(bytes32 feed => mapping(PriceUse use => Pause)) private _pauses;

    constructor(Modules memory modules, address guardian_) {
        (ADMIN, ORACLE) = (modules.admin, modules.oracle);
        guardian = guardian_;
        emit GuardianChanged(guardian_);
    }

    /// @inheritdoc IGuardian
    function pause(bytes32[] calldata feeds, PriceUse use, uint256 duration) external returns (uint256 count) {
        if (msg.sender != guardian) revert NotGuardian(msg.sender); // ADM-2
        if (duration == 0 || duration > MAX_PAUSE) revert BadPause(duration); // ADM-3
        for (uint256 i = 0; i < feeds.length; ++i) {
            if (_pause(feeds[i], use, uint64(duration))) ++count;
        }
        if (count == 0) revert AllRest(use); // ADM-3
    }

    /// @inheritdoc IGuardian
    function lift(bytes32[] calldata feeds, PriceUse use) external {
        if (msg.sender != guardian && msg.sender != ADMIN) revert NotGuardian(msg.sender); // ADM-2
        uint64 now_ = uint64(block.timestamp);
        for (uint256 i = 0; i < feeds.length; ++i) {
            Pause storage stored = _pauses[feeds[i]][use];
            if (now_ >= stored.until) revert NotPaused(feeds[i], use);
            (stored.until, stored.restsUntil) = (now_, now_ + (now_ - stored.since));
            ORACLE.setPause(feeds[i], use, now_);
            emit Lifted(feeds[i], use, msg.sender);
        }
    }

    /// @inheritdoc IGuardian
    function setGuardian(address guardian_) external {
        if (msg.sender != ADMIN) revert NotAdmin(msg.sender); // ADM-1
        guardian = guardian_;
        emit GuardianChanged(guardian_);
    }

    /// @inheritdoc IGuardian
    function restsUntil(bytes32 feed, PriceUse use) external view returns (uint64 until) {
        return _pauses[feed][use].restsUntil;
    }

    function _pause(bytes32 feed, PriceUse use, uint64 duration) private returns (bool) {
        if (use == PriceUse.TakeOver) return false; // it goes with Liquidation
        uint64 since = uint64(block.timestamp);
        if (since < _pauses[feed][use].restsUntil) return false; // ADM-3
        uint64 until = since + duration;
        _pauses[feed][use] = Pause(since, until, until + duration);
        ORACLE.setPause(feed, use, until);
        emit Paused(feed, use, until);
        return true;
    }
}
