import { bidderAfterBid, type IntendedBid } from '@bulkhead/risk';
import type { BlockRef, EffectId, GroupState, Milliseconds, VaultId } from '@bulkhead/shared';
import type { Chain, Clock } from '@bulkhead/shared/ports';

interface Commitment {
  readonly bidderVault: VaultId;
  readonly group: GroupState;
  readonly bid: IntendedBid;
  readonly until: Milliseconds;
}

/**
 * Bids that were handed out for sending and are not on chain yet: the acting vault's margin is promised to them. Only memory: after a restart the simulation
 * and the contract still refuse what does not fit, at the price of gas.
 */
export interface Commitments {
  add(effect: EffectId, commitment: Commitment): void;
  drop(effect: EffectId): void;
  /** The vault as it would be if every other promise had been kept. Asks the chain which of them are, at the block of the reads. */
  applied(bidder: GroupState, except: EffectId, chain: Chain, at: BlockRef): Promise<GroupState>;
}

export const createCommitments = (clock: Clock): Commitments => {
  const open = new Map<EffectId, Commitment>();

  const kept = async (effect: EffectId, commitment: Commitment, chain: Chain, at: BlockRef): Promise<boolean> => {
    const done = await chain.effectDone({ bidderVault: commitment.bidderVault, effectKey: effect }, at);
    // When it cannot be known, the promise still counts: too small a bid is the safe mistake.
    return done.ok && done.value.value;
  };

  return {
    add: (effect, commitment) => void open.set(effect, commitment),
    drop: effect => void open.delete(effect),
    async applied(bidder, except, chain, at) {
      let after = bidder;
      for (const [effect, commitment] of [...open]) {
        if (effect === except || commitment.bidderVault !== bidder.vault) continue;
        if (clock.now() > commitment.until || (await kept(effect, commitment, chain, at))) open.delete(effect);
        else after = bidderAfterBid(after, commitment.group, commitment.bid);
      }
      return after;
    },
  };
};
