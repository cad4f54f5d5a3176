/** What an owner can let an operator do: one bit each, to be added up. Source: contracts/src/libraries/Rights.sol. */
export const rights = Object.freeze({
  /** Bring an asset new to the vault into it. */
  deposit: 1n,
  /** Take positions in its name, and bid with it. */
  trade: 2n,
  /** Take assets out. */
  withdraw: 4n,
  /** Execute the owner's top-up policy. */
  topUp: 8n,
});
