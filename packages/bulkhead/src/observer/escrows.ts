/** SEG-1, judged from outside: live ≥ free + locked + credit for every vault and asset, escrows that were never deployed included. */
import type { Address, VaultId } from '@bulkhead/shared';
import type { VaultView } from './model.ts';

export interface Shortage {
  readonly vault: VaultId;
  readonly token: Address;
  /** In the token's decimals, above zero. */
  readonly missing: bigint;
}

export interface EscrowCheck {
  readonly checked: number;
  /** Vaults with at least one short asset. */
  readonly short: number;
  readonly shortages: readonly Shortage[];
}

const shortagesOf = (view: VaultView): readonly Shortage[] =>
  [...view.assets].flatMap(([token, asset]) => {
    const missing = asset.free + asset.locked + asset.credit - asset.live;
    return missing > 0n ? [{ vault: view.vault, token, missing }] : [];
  });

export const checkEscrows = (views: readonly VaultView[]): EscrowCheck => {
  const shortages = views.flatMap(shortagesOf);
  return { checked: views.length, short: new Set(shortages.map(each => each.vault)).size, shortages };
};
