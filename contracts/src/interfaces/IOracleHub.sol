// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What a price is needed for. Each use has its own maximum age (WIRE, signed prices).
/// RiskIncrease: withdrawals and risk-increasing trades (default 10 s). Liquidation: 30 s. Settlement: 60 s.
/// TakeOver: initial margin of a bidder after its bid. Age, faults and pauses are those of Liquidation, since what stops withdrawals must not stop who takes
/// over what failed; the stable price counts as for RiskIncrease. Nobody pauses it by itself.
enum PriceUse {
    RiskIncrease,
    Liquidation,
    Settlement,
    TakeOver
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

/// @notice What a hub fixes at its construction. Shares are WAD.
/// @param feedSetId names the set of feeds, the salt of the signing domain.
/// @param maxAges seconds, of RiskIncrease, Liquidation and Settlement; none is zero or more than 30 days.
/// @param maxStepWad largest move against the stored price that one report is believed for; not zero.
/// @param confirmBandWad how near to a held price a later report must be to confirm it; at most half of the step.
/// @param maxConfWad widest half-width of the confidence interval, as a share of the price, at which risk may be raised; not zero.
/// @param stableRateWad how much of itself the stable price moves by in a second, at most; not zero, at most a tenth.
/// @param sequencerFeed reports whether the rollup's sequencer runs; zero where there is none.
/// @param graceSeconds after the sequencer's return, in which nobody is liquidated and nobody raises risk.
struct OracleTerms {
    bytes32 feedSetId;
    uint32[3] maxAges;
    uint64 maxStepWad;
    uint64 confirmBandWad;
    uint64 maxConfWad;
    uint64 stableRateWad;
    address sequencerFeed;
    uint32 graceSeconds;
}

/// @notice A price that moved too far to be believed at once. Zero time: none is held.
struct HeldPrice {
    uint112 priceWad;
    uint96 confWad;
    uint40 time;
}

/// @notice The newest accepted price of a feed.
/// @param priceWad quote per whole unit, WAD.
/// @param time seconds; the report's own time, not the block's.
/// @param confWad half-width of its confidence interval, WAD.
/// @param stableWad the slower price, WAD, as it stood at `time`: each accepted report first moves it toward the price that was the newest until then, by
/// at most stableRateWad of itself a second.
/// @param cumulativeWad sum over accepted reports of (previous price × seconds it was the newest), WAD·seconds: the difference of two readings over
/// the difference of their times is the time-weighted average between them.
struct FeedState {
    uint128 priceWad;
    uint64 time;
    uint128 confWad;
    uint128 stableWad;
    uint256 cumulativeWad;
}

/// @title Signed prices, posted by anyone
/// @notice Accepts M-of-N signed reports; the newest wins; every use has an age limit. A report that moves a feed by more than a fixed step is held
/// until a later one confirms it; meanwhile the price is suspect. Which fault of a price stops which use: PriceConditions.
interface IOracleHub {
    /// @param stableWad the slower price from now on.
    event PricePosted(bytes32 indexed feed, uint256 priceWad, uint256 confWad, uint256 stableWad, uint64 time);
    /// @dev It waits for a later report that confirms it; the stored price stays.
    event PriceHeld(bytes32 indexed feed, uint256 priceWad, uint256 confWad, uint64 time);
    event SignersChanged(uint64 epoch, address[] signers, uint256 threshold);
    event StepFloorSet(bytes32 indexed feed, uint256 floorWad);
    event PauseSet(bytes32 indexed feed, PriceUse indexed use, uint64 until);

    /// @dev Fewer than M signatures, a signer outside the set, or signers not strictly increasing (BR-4).
    error BadSignatures(bytes32 feed);
    error WrongEpoch(uint64 given, uint64 current);
    /// @dev The report's time is more than 2 s after the block's.
    error PriceFromTheFuture(bytes32 feed, uint64 time, uint256 blockTime);
    error PriceOutOfRange(bytes32 feed, uint256 priceWad);
    error NoPrice(bytes32 feed);
    /// @dev Signers not strictly increasing and non-zero, or a threshold below two or not above half (BR-4).
    error BadSignerSet();
    error StalePrice(bytes32 feed, uint64 time, uint256 maxAge);
    /// @dev The guardian stopped this use of the feed.
    error PricePaused(bytes32 feed, PriceUse use, uint64 until);
    /// @dev A report moved the feed too far, and none has confirmed or denied it yet.
    error PriceSuspect(bytes32 feed, uint256 storedWad, uint256 heldWad);
    /// @dev Its confidence interval is too wide to raise risk at.
    error PriceTooWide(bytes32 feed, uint256 priceWad, uint256 confWad);
    /// @dev The sequencer is down, or has been back for less than the grace period.
    error SequencerNotReady(uint256 since);
    /// @dev At construction: a step or a confidence of zero, a band over half of the step, an age of zero or over 30 days, or a
    /// rate of the stable price of zero or over a tenth.
    error BadOracleTerms();
    error NotAdmin(address caller);
    error NotTheGuardianContract(address caller);

    /// @notice Verifies and stores reports. A report no newer than the stored or the held one is skipped without an error, so that two posters can race.
    /// One that moves the price by more than the step is held: the next one decides, by lying near to it, near to the stored price, or to neither.
    /// A call that reverts holds nothing: who needs the price brings both reports.
    /// @return accepted how many were stored; a held one is not.
    function post(PriceReport[] calldata reports) external returns (uint256 accepted);

    /// @notice Replaces the set of signers and begins a new epoch: reports of the old one are refused at once (BR-4). By the admin.
    /// @param signers_ strictly increasing. @param threshold_ at least two and more than half.
    function setSigners(address[] calldata signers_, uint256 threshold_) external;

    /// @notice How far a feed may move in any case, quote per unit, WAD: the mark of an option out of the money doubles and halves all day, while it moves by
    /// little of its underlying. By the admin; zero, as at first: only the relative step counts.
    function setStepFloor(bytes32 feed, uint256 floorWad) external;

    /// @notice Stops a use of a feed until then; no later than the block's time: not at all. By the guardian contract, which bounds how long.
    function setPause(bytes32 feed, PriceUse use, uint64 until) external;

    /// @notice The newest price, if the action matrix permits this use. Reverts NoPrice, StalePrice, PriceSuspect, PriceTooWide, PricePaused or
    /// SequencerNotReady otherwise.
    function priceOf(bytes32 feed, PriceUse use) external view returns (uint256 priceWad);

    /// @notice The same with the half-width of its confidence interval, for the conservative side of a price.
    function priceAndConfOf(bytes32 feed, PriceUse use) external view returns (uint256 priceWad, uint256 confWad);

    /// @notice The same with what initial margin takes the price to be wrong by, to either side: half of its confidence interval, and for RiskIncrease and TakeOver as far as
    /// the stable price lies on that side, if that is more. No other use reads the stable price.
    /// @return priceWad the newest price. @return belowWad what it may really be less by. @return aboveWad what it may really be more by; all WAD.
    function priceAndDoubtsOf(bytes32 feed, PriceUse use)
        external
        view
        returns (uint256 priceWad, uint256 belowWad, uint256 aboveWad);

    /// @notice The newest stored state of a feed, whatever its age.
    function feedState(bytes32 feed) external view returns (FeedState memory);

    /// @notice The price of a feed that waits to be confirmed; zero time when none does.
    function heldPrice(bytes32 feed) external view returns (HeldPrice memory);

    /// @notice See setStepFloor.
    function stepFloorOf(bytes32 feed) external view returns (uint256 floorWad);

    /// @notice When the pause of this use of this feed ends; zero when it is not paused.
    function pausedUntil(bytes32 feed, PriceUse use) external view returns (uint64 until);

    /// @notice What was fixed at construction.
    function terms() external view returns (OracleTerms memory);

    /// @notice Maximum age in seconds for a use.
    function maxAge(PriceUse use) external view returns (uint256);

    /// @notice EIP-712 digest of a report.
    function digest(PriceReport calldata report) external view returns (bytes32);

    function feedSetId() external view returns (bytes32);
    function epoch() external view returns (uint64);
    function threshold() external view returns (uint256);
    function signers() external view returns (address[] memory);
}
