// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A member's part in the default fund. Amounts in quote decimals, times in seconds.
/// @param vault of the clearing house's own account that holds the contribution; zero for a member that was never asked for one. Anyone may deposit
/// quote into it, by the margin engine. @param free what it holds now. @param required what it should hold.
/// @param callDeadline of the last replenishment call, 0: none. It counts while free < required. @param openVaults vaults naming this member that hold a
/// position or a claim. @param leaving announced its departure, or has left (vault no longer among the members of the fund).
/// @param announced what may be withdrawn from `usableFrom` to `usableUntil`, if it is above `required` then.
struct Contribution {
    bytes32 vault;
    uint256 free;
    uint256 required;
    uint256 callDeadline;
    uint256 openVaults;
    bool leaving;
    uint256 announced;
    uint256 usableFrom;
    uint256 usableUntil;
}

/// @notice Quote that a bidder was promised for taking a worthless vault, and that no layer had.
/// @param vault of the bidder. @param instrument that it is counted in.
struct Residual {
    bytes32 vault;
    uint32 instrument;
    uint128 amount;
}

/// @title What the default waterfall tells and refuses
interface IDefaultWaterfallEvents {
    /// @dev First layer: the failing vault's own member pays.
    event OwnContributionPaid(
        bytes32 indexed memberId, bytes32 indexed bidderVault, bytes32 indexed forVault, uint256 amount
    );
    /// @dev Second layer.
    event HouseCapitalPaid(bytes32 indexed bidderVault, bytes32 indexed forVault, uint256 amount);
    /// @dev Third layer: one of these for each other member that pays.
    event MutualContributionPaid(
        bytes32 indexed memberId, bytes32 indexed bidderVault, bytes32 indexed forVault, uint256 amount
    );
    /// @dev Fourth layer. Reduces the unpaid due of that round's gainers pro rata; nobody's escrow moves (WF-3).
    event ShortfallWrittenOff(
        uint32 indexed instrument, bytes32 indexed forVault, uint32 indexed round, uint256 amount
    );
    /// @dev What is left: owed to the bidder by house capital to come.
    event ResidualRecorded(bytes32 indexed forVault, uint256 amount);
    event ResidualRepaid(bytes32 indexed bidderVault, uint256 amount);
    /// @dev Its vault had left the clearing house.
    event ResidualGivenUp(bytes32 indexed bidderVault, uint256 amount);

    event RequiredContributionSet(bytes32 indexed memberId, bytes32 indexed vaultId, uint256 required);
    /// @dev `missing` when it was called. Unless it is there by the deadline, the member's clients may only reduce.
    event ReplenishmentCalled(bytes32 indexed memberId, uint256 missing, uint256 deadline);
    /// @dev amount 0: taken back.
    event WithdrawalAnnounced(bytes32 indexed memberId, uint256 amount, uint256 usableFrom);
    event DepartureAnnounced(bytes32 indexed memberId, uint256 usableFrom);
    event ContributionWithdrawn(bytes32 indexed memberId, uint256 amount, address to);
    event MemberLeft(bytes32 indexed memberId);

    error NotTheMembersOperator(bytes32 memberId, address caller);
    error NoContribution(bytes32 memberId);
    /// @dev Above the largest, or more than twice what was required and more than a million.
    error ContributionOutOfBounds(uint256 required, uint256 most);
    /// @dev A raise waits until the last one is met.
    error ReplenishmentPending(bytes32 memberId, uint256 free, uint256 required);
    error TooManyContributors(uint256 max);
    /// @dev Before it, after it, or nothing was announced.
    error OutsideNotice(bytes32 memberId, uint256 usableFrom, uint256 usableUntil);
    error AboveWithdrawable(bytes32 memberId, uint256 amount, uint256 withdrawable);
    error NotLeaving(bytes32 memberId);
    error ClientsRemain(bytes32 memberId, uint256 openVaults);
    /// @dev The member's clients may reduce, and nothing else.
    error MemberNotInGoodStanding(bytes32 memberId);
}

/// @title The default waterfall (RISK §6)
/// @notice Shortfall → the failing vault's member's contribution → house capital → the other members' contributions pro rata → write-off of unpaid due
/// → recorded residual. The clearing house answers these functions at its own address. A contribution is at stake until it has left, announced or not.
/// @dev IVenue.cover runs it.
interface IDefaultWaterfall is IDefaultWaterfallEvents {
    /* ADMIN */

    /// @notice Sets what a member has to contribute, and opens an escrow for it at the first time. Caller: the admin. One raise goes to at most twice
    /// what was required, or to a million quote where that is more, and the next waits until it is met (ADM-3). What is missing is called for.
    function setRequiredContribution(bytes32 memberId, uint256 required) external;

    /* OPERATORS OF MEMBERS */

    /// @notice Gives notice of a withdrawal; replaces the one given before. Zero takes it back, and a departure too.
    function announceWithdrawal(bytes32 memberId, uint256 amount) external;

    /// @notice Withdraws what was announced, once the notice has run and before it lapses, as far as it is above the requirement at that time.
    function withdrawContribution(bytes32 memberId, uint256 amount, address to) external;

    /// @notice Gives notice of leaving. From now on the member's clients may only reduce.
    function announceDeparture(bytes32 memberId) external;

    /// @notice Takes the whole contribution out once the notice has run, when no client of the member holds a position or a claim. It comes back by
    /// setRequiredContribution only.
    function leave(bytes32 memberId, address to) external;

    /* ANYONE */

    /// @notice Pays what is owed to bidders, oldest first, from house capital. @param most entries to go through.
    /// @dev Nobody's contribution repays what others left unpaid: a member that replenishes owes nothing older.
    function repayResiduals(uint256 most) external returns (uint256 repaid);

    /* VIEWS */

    function contributionOf(bytes32 memberId) external view returns (Contribution memory);
    /// @notice Members of the fund, in the order in which roundings are theirs: the last one's.
    function contributors() external view returns (bytes32[] memory);
    /// @notice All that is recorded, and not repaid or given up.
    function residualTotal() external view returns (uint256);
    /// @notice Open entries, the next to be repaid first.
    function residuals() external view returns (Residual[] memory);
    /// @notice Whether the member's clients may trade other than to reduce.
    function isInGoodStanding(bytes32 memberId) external view returns (bool);
}
