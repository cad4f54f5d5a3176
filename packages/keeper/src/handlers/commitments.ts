import { bidderAfterBid, type IntendedBid, type MemberPayment } from '@bulkhead/risk';
import {
  type BlockRef,
  type EffectId,
  type GroupState,
  type Milliseconds,
  type QuoteAmount,
  quoteAmount,
  type VaultId,
} from '@bulkhead/shared';
import type { Chain, Clock } from '@bulkhead/shared/ports';

interface Commitment {
  readonly chain: Chain['id'];
  /** The acting vault. Its id alone does not name it: the same account and bucket have the same id on every chain. */
  readonly bidderVault: GroupState['vault'];
  readonly group: GroupState;
  readonly bid: IntendedBid;
  /** What the bid expects of house capital. */
  readonly fromHouse: QuoteAmount;
  /** And of members' contributions. */
  readonly fromMembers: readonly MemberPayment[];
  readonly until: Milliseconds;
}

/** What is left when every other promise has been kept. */
export interface AfterPromises {
  readonly bidder: GroupState;
  /** House capital that other bids of ours are already counting on. */
  readonly promisedHouse: QuoteAmount;
  /** Contributions that they count on, by their vaults. */
  readonly promisedMembers: ReadonlyMap<VaultId, QuoteAmount>;
}

/**
 * Bids that were handed out for sending and are not on chain yet: the acting vault's margin, and the layers of the waterfall, are promised to them. Only memory: after a restart the simulation
 * and the contract still refuse what does not fit, at the price of gas.
 */
export interface Commitments {
  add(effect: EffectId, commitment: Commitment): void;
  drop(effect: EffectId): void;
  /** The vault as it would be if every other promise had been kept. Asks the chain which of them are, at the block of the reads. */
  applied(bidder: GroupState, except: EffectId, chain: Chain, at: BlockRef): Promise<AfterPromises>;
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
      let promised = 0n;
      const promisedMembers = new Map<VaultId, QuoteAmount>();
      for (const [effect, commitment] of [...open]) {
        const ours = commitment.chain === chain.id && commitment.bidderVault === bidder.vault;
        if (effect === except || !ours) continue;
        if (clock.now() > commitment.until || (await kept(effect, commitment, chain, at))) {
          open.delete(effect);
          continue;
        }
        after = bidderAfterBid(after, commitment.group, commitment.bid);
        promised += commitment.fromHouse;
        for (const { vault, amount } of commitment.fromMembers) {
          promisedMembers.set(vault, quoteAmount((promisedMembers.get(vault) ?? 0n) + amount));
        }
      }
      return { bidder: after, promisedHouse: quoteAmount(promised), promisedMembers };
    },
  };
};
