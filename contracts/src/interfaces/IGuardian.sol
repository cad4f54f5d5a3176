// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { PriceUse } from "./IOracleHub.sol";

/// @title Pauses of single uses of prices
/// @notice The guardian stops one use of the feeds that it names for at most three days, and can do nothing else (ADM-2): it moves no asset, changes no
/// parameter, and stops no action that reads no price. Each use of each feed rests as long as it was paused before it can be paused again.
interface IGuardian {
    event Paused(bytes32 indexed feed, PriceUse indexed use, uint64 until);
    event Lifted(bytes32 indexed feed, PriceUse indexed use, address by);
    event GuardianChanged(address guardian);

    error NotAdmin(address caller);
    error NotGuardian(address caller);
    /// @dev No time at all, or more than three days.
    error BadPause(uint256 duration);
    /// @dev All of the feeds are paused, or were not long ago.
    error AllRest(PriceUse use);
    error NotPaused(bytes32 feed, PriceUse use);

    /// @notice Stops a use of each of the feeds from now on, and leaves out those that are paused or rest, so that one of them does not protect the
    /// others. By the guardian.
    /// @param duration seconds, at most three days.
    /// @return count how many were paused; reverts AllRest when none.
    function pause(bytes32[] calldata feeds, PriceUse use, uint256 duration) external returns (uint256 count);

    /// @notice Ends pauses before their time. By the guardian or the admin.
    function lift(bytes32[] calldata feeds, PriceUse use) external;

    /// @notice Names another guardian; the zero address for none. By the admin. Pauses that run go on.
    function setGuardian(address guardian_) external;

    /// @notice From when this use of this feed may be paused again; not after the block's time when it may now.
    function restsUntil(bytes32 feed, PriceUse use) external view returns (uint64 until);

    function guardian() external view returns (address);
}
