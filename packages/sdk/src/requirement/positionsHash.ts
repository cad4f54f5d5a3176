import { encodeAbiParameters, type Hex, keccak256, zeroHash } from 'viem';

/** What a vault holds of one instrument. */
export interface HeldPosition {
  readonly vault: Hex;
  readonly instrument: number;
  /** WAD, long > 0. */
  readonly size: bigint;
}

const link = [{ type: 'bytes32' }, { type: 'bytes32' }, { type: 'uint256' }, { type: 'int128' }] as const;

/**
 * Hash of the positions of a group, which attesters sign with its requirement: the same as `ClearingHouse.positionsHash(vaults)`. A chain of hashes over the
 * vaults in the order given, in each over its instruments ascending, without those of size zero; zero for a flat group.
 *
 * @param vaults of the group in the owner's order, the lead first.
 * @param positions of these vaults, in any order.
 *
 * @example
 * import { positionsHash } from '@bulkhead/sdk'
 *
 * const hash = positionsHash(group.vaults, group.positions)
 */
export const positionsHash = (vaults: readonly Hex[], positions: readonly HeldPosition[]): Hex => {
  let hash: Hex = zeroHash;
  for (const vault of vaults) {
    const held = positions.filter(one => one.vault.toLowerCase() === vault.toLowerCase() && one.size !== 0n);
    for (const { instrument, size } of held.sort((left, right) => left.instrument - right.instrument))
      hash = keccak256(encodeAbiParameters(link, [hash, vault, BigInt(instrument), size]));
  }
  return hash;
};
