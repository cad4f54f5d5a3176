// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What a price is needed for. Each use has its own maximum age (WIRE, signed prices).
/// RiskIncrease: withdrawals and risk-increasing trades (default 10 s). Liquidation: 30 s. Settlement: 60 s.
enum PriceUse {
    RiskIncrease,
    Liquidation,
    Settlement
}

/// @notice One signed price report. The signatures are over the EIP-712 struct
/// `Price(bytes32 feed,uint256 priceWad,uint256 confWad,uint64 time,uint64 epoch)` in the domain
/// {name "Bulkhead Price", version "1", salt feedSetId}: no chain id and no contract, so that one signature serves every chain.
/// @param feed keccak256 of the feed's name, for example keccak256("ETH/USD").
/// @param priceWad quote per whole unit of the base, WAD.
/// @param confWad half-width of the publisher's confidence interval, quote per whole unit, WAD.
/// @param time seconds since 1970 at which the price was seen.
/// @param epoch epoch of the signer set that signed.
/// @param signatures 65-byte secp256k1 signatures (r, s, v), low s, v 27/28, signer addresses strictly increasing.
struct PriceReport {
    bytes32 feed;
    uint256 priceWad;
    uint256 confWad;
    uint64 time;
    uint64 epoch;
    bytes[] signatures;
}

/// @notice The newest accepted price of a feed.
/// @param priceWad quote per whole unit, WAD.
/// @param time seconds; the report's own time, not the block's.
/// @param confWad half-width of its confidence interval, WAD.
/// @param cumulativeWad sum over accepted reports of (previous price × seconds it was the newest), WAD·seconds: the difference of two readings over
/// the difference of their times is the time-weighted average between them.
struct FeedState {
    uint128 priceWad;
    uint64 time;
    uint128 confWad;
    uint256 cumulativeWad;
}

/// @title Signed prices, posted by anyone
/// @notice Accepts M-of-N signed reports; the newest wins; every use has an age limit.
interface IOracleHub {
    event PricePosted(bytes32 indexed feed, uint256 priceWad, uint256 confWad, uint64 time);

    /// @dev Fewer than M signatures, a signer outside the set, or signers not strictly increasing (BR-4).
    error BadSignatures(bytes32 feed);
    error WrongEpoch(uint64 given, uint64 current);
    /// @dev The report's time is more than 2 s after the block's.
    error PriceFromTheFuture(bytes32 feed, uint64 time, uint256 blockTime);
    error PriceOutOfRange(bytes32 feed, uint256 priceWad);
    error NoPrice(bytes32 feed);
    /// @dev At construction: signers not strictly increasing and non-zero, or a threshold below two or not above half (BR-4).
    error BadSignerSet();
    error StalePrice(bytes32 feed, uint64 time, uint256 maxAge);

    /// @notice Verifies and stores reports. A report no newer than the stored one is skipped without an error, so that two posters can race.
    /// @return accepted how many were stored.
    function post(PriceReport[] calldata reports) external returns (uint256 accepted);

    /// @notice The newest price, if it is young enough for `use`. Reverts NoPrice or StalePrice otherwise.
    function priceOf(bytes32 feed, PriceUse use) external view returns (uint256 priceWad);

    /// @notice The same with the half-width of its confidence interval, for the conservative side of a price.
    function priceAndConfOf(bytes32 feed, PriceUse use) external view returns (uint256 priceWad, uint256 confWad);

    /// @notice The newest stored state of a feed, whatever its age.
    function feedState(bytes32 feed) external view returns (FeedState memory);

    /// @notice Maximum age in seconds for a use.
    function maxAge(PriceUse use) external view returns (uint256);

    /// @notice EIP-712 digest of a report.
    function digest(PriceReport calldata report) external view returns (bytes32);

    function feedSetId() external view returns (bytes32);
    function epoch() external view returns (uint64);
    function threshold() external view returns (uint256);
    function signers() external view returns (address[] memory);
}
