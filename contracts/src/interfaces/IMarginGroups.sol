// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { PriceReport } from "./IOracleHub.sol";

/// @notice How an account's vaults are margined. Segregated: each alone. Cross: sums over the group, no offset in the requirement. Portfolio: the same
/// pool, requirement by attestation (RISK §4).
enum MarginMode {
    Segregated,
    Cross,
    Portfolio
}

/// @title Margin groups: vaults of one account that are margined together
/// @notice A group is named by its lead vault, the first in the order that its owner fixed; a segregated vault is its own lead. All vaults of a group
/// belong to one account and chose one venue and one member.
interface IMarginGroups {
    /// @param vaults in the owner's order: the order in which their quote is drawn on. Empty: the group is dissolved.
    event GroupChanged(bytes32 indexed lead, MarginMode mode, bytes32[] vaults);
    /// @param outstanding what `debtor` owes `payer` now, quote decimals.
    event IntraAccountDebtChanged(bytes32 indexed debtor, bytes32 indexed payer, uint256 outstanding);

    error NotTheAccountOwner(bytes32 vault, address caller);
    error NotTheMarginEngine(address caller);
    /// @dev A group has two to eight vaults (LIQ-11).
    error BadGroupSize(uint256 count);
    /// @dev A group is cross or portfolio; a vault becomes segregated by leaving.
    error BadMode();
    error AlreadyGrouped(bytes32 vault);
    error NotGrouped(bytes32 vault);
    /// @dev One account, one venue, one member: choosing a venue is trusting it with a vault, and a member stands in for its clients.
    error NotAlike(bytes32 vault);
    /// @dev Who is being liquidated changes nothing about what can be bid for.
    error AuctionOpen(bytes32 lead);
    /// @dev E < IM alone, before or after the change (MRG-5).
    error Unhealthy(bytes32 vault, int256 initialEquity, uint256 initial);
    error DebtOutstanding(bytes32 debtor, bytes32 payer, uint256 amount);

    /// @notice Margins the vaults together. Caller: the account's owner. Every vault must be segregated and E ≥ IM alone, and the group in `mode` (MRG-5).
    function form(bytes32[] calldata vaults, MarginMode mode, PriceReport[] calldata reports) external;

    /// @notice Adds a vault at the end of the order. Caller and conditions as for form.
    function join(bytes32 lead, bytes32 vault, PriceReport[] calldata reports) external;

    /// @notice Takes a vault out. Its intra-account debts, both ways, must be zero and both sides E ≥ IM (MRG-5).
    function leave(bytes32 vault, PriceReport[] calldata reports) external;

    /// @notice Cross to portfolio or back. The group must be healthy in both (MRG-5).
    function setMode(bytes32 lead, MarginMode mode, PriceReport[] calldata reports) external;

    /// @notice `payer` paid `amount` for `debtor`; what `payer` owed to `debtor` is set off first. Caller: the margin engine.
    function addDebt(bytes32 debtor, bytes32 payer, uint256 amount) external;

    /// @notice `debtor` paid `amount` back. Caller: the margin engine.
    function reduceDebt(bytes32 debtor, bytes32 payer, uint256 amount) external;

    /// @notice The lead of the vault's group; the vault itself when segregated.
    function leadOf(bytes32 vault) external view returns (bytes32);

    /// @notice The vault's group in the owner's order; itself alone when segregated.
    function groupOf(bytes32 vault) external view returns (MarginMode mode, bytes32[] memory vaults);

    /// @notice What the vault owes to siblings that paid for it, quote decimals.
    function debtsOf(bytes32 debtor) external view returns (bytes32[] memory payers, uint256[] memory amounts);
    function debtBetween(bytes32 debtor, bytes32 payer) external view returns (uint256);
}
