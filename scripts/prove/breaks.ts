/** A mistake in a contract that a proof must notice. */
export interface Break {
  /** Under contracts/src. */
  readonly file: string;
  /** Exactly one place in the file. */
  readonly from: string;
  readonly to: string;
  /** Checks that fail with it. */
  readonly noticedBy: readonly string[];
}

/** One for every check, all applied at once. What each does is said in docs/reference/proofs.md. */
export const breaks: readonly Break[] = [
  {
    file: 'margin/MarginEngine.sol',
    from: '        _requireRight(vaultId, Rights.WITHDRAW); // SEG-3\n        if (reports.length',
    to: '        if (reports.length',
    noticedBy: [
      'check_SEG2_SEG3_a_withdrawal_moves_the_amount_out_of_that_vault_for_who_may',
      'check_MRG2_a_stranger_takes_nothing_and_marks_nothing',
    ],
  },
  {
    file: 'margin/MarginEngine.sol',
    from: '        if (REGISTRY.venueOf(vaultId) != msg.sender) revert NotTheVenue(vaultId, msg.sender); // SEG-2\n        venueVault',
    to: '        venueVault',
    noticedBy: [
      'check_SEG2_SEG3_a_charge_moves_quote_from_a_vault_that_chose_the_caller_to_the_callers_own',
      'check_SEG2_SEG3_a_payment_comes_out_of_the_callers_own_vault',
    ],
  },
  {
    file: 'margin/MarginEngine.sol',
    from: '        if (msg.sender != address(LIQUIDATION_ENGINE)) revert NotTheLiquidationEngine(msg.sender); // SEG-3\n',
    to: '',
    noticedBy: ['check_SEG2_SEG3_a_bid_moves_between_its_two_vaults_for_the_liquidation_engine_alone'],
  },
  {
    file: 'margin/MarginEngine.sol',
    from: '        _addTo(entry, booked);\n        emit Deposited(vaultId, token, booked, msg.sender);',
    to: '        _addTo(entry, booked + 1);\n        emit Deposited(vaultId, token, booked, msg.sender);',
    noticedBy: ['check_SEG2_MRG2_a_deposit_adds_to_that_vault_and_touches_no_other'],
  },
  {
    file: 'margin/Custody.sol',
    from: '        if (msg.sender != address(this)) revert NotTheMarginEngine(msg.sender);\n',
    to: '',
    noticedBy: ['check_SEG3_no_other_function_moves_anything'],
  },
  {
    file: 'vault/Escrow.sol',
    from: '        if (msg.sender != MARGIN_ENGINE) revert NotTheMarginEngine(msg.sender); // SEG-3\n        SafeTransferLib',
    to: '        SafeTransferLib',
    noticedBy: ['check_SEG3_an_escrow_sends_for_the_engine_alone'],
  },
  {
    file: 'vault/VaultRegistry.sol',
    from: '        if (account.owner != msg.sender) revert NotAuthorised(accountId, msg.sender, type(uint256).max);\n',
    to: '',
    noticedBy: [
      'check_SEG2_MRG2_rights_change_by_their_owners_word_alone',
      'check_SEG2_MRG2_revoking_is_complete_and_the_owners_alone',
    ],
  },
  {
    file: 'vault/VaultRegistry.sol',
    from: '        if (vault.owner != msg.sender) {\n',
    to: '        if (vault.owner == address(0)) {\n',
    noticedBy: ['check_SEG2_MRG2_a_venue_is_chosen_by_the_owner_alone'],
  },
  {
    file: 'vault/VaultRegistry.sol',
    from: 'return rights != 0 && _rightsOf(account, caller) & rights == rights;',
    to: 'return rights != 0 && _rightsOf(account, caller) & rights != 0;',
    noticedBy: ['check_SEG3_nobody_acts_without_the_right_and_a_venue_never_withdraws'],
  },
  {
    file: 'vault/Escrow.sol',
    from: '        SafeTransferLib.safeTransfer(token, to, amount);\n',
    to: '        SafeTransferLib.safeApprove(token, to, amount);\n        SafeTransferLib.safeTransfer(token, to, amount);\n',
    noticedBy: ['check_SEG4_an_escrow_approves_nobody_stores_nothing_and_keeps_its_code'],
  },
  {
    file: 'clearing/DefaultWaterfall.sol',
    from: 'payment.missing -= amount;\n        MARGIN_ENGINE.pay(HOUSE_BUCKET',
    to: 'payment.missing -= amount - 1;\n        MARGIN_ENGINE.pay(HOUSE_BUCKET',
    noticedBy: ['check_WF1_WF2_layers_and_residual_are_the_shortfall'],
  },
  {
    file: 'clearing/DefaultWaterfall.sol',
    from: '            forgiven += amount;\n            _writeOff',
    to: '            forgiven += amount + 1;\n            _writeOff',
    noticedBy: ['check_WF1_WF2_what_is_forgiven_comes_off_the_debt_taken'],
  },
];
