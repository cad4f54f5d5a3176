// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Uptime of a rollup's sequencer, as price feeds report it
interface ISequencerFeed {
    /// @return roundId not read
    /// @return answer zero: up; anything else: down
    /// @return startedAt seconds: since when it is so; zero while nothing is known
    /// @return updatedAt not read
    /// @return answeredInRound not read
    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
}
