/** The attesters of the local network: what portfolio mode requires of one group, scanned and signed again and again while prices move. */
import type * as localnetModule from '@bulkhead/localnet';
import type { LocalChain, LocalKeys } from '@bulkhead/localnet';
import { defaultRiskParameters, requirementToAttest } from '@bulkhead/risk';
import { type FeedId, type GroupState, type MarketState, milliseconds, type PriceWad, seconds } from '@bulkhead/shared';
import type { Clock } from '@bulkhead/shared/ports';
import { attesterViewOf } from './attesterView.ts';

/** Between two attestations. */
const every = milliseconds(3_000);
/** Seconds that one counts: a few missed ones do no harm. */
const lifetime = 60;

export interface AttesterInput {
  readonly module: typeof localnetModule;
  readonly chain: LocalChain;
  readonly keys: LocalKeys;
  readonly clock: Clock;
  /** The group as it was read last; undefined: not yet. */
  readonly group: () => GroupState | undefined;
  readonly market: () => MarketState | undefined;
  readonly prices: () => ReadonlyMap<FeedId, PriceWad>;
}

const attestOnce = async (input: AttesterInput): Promise<void> => {
  const { chain, clock, module } = input;
  const [group, market] = [input.group(), input.market()];
  if (!group || !market || group.positions.every(position => position.size === 0n)) return;
  const time = seconds(Math.floor(clock.now() / 1000));
  const found = requirementToAttest(group, market, attesterViewOf(market, input.prices(), time), defaultRiskParameters);
  if (!found.ok) return;
  const { initial, maintenance } = found.value;
  const call = await module.attestCall(chain, input.keys, group, {
    initial,
    maintenance,
    priceTime: time,
    expiry: seconds(time + lifetime),
  });
  await chain.send([call]);
};

/** Attests until the signal aborts. A failed attempt is told and tried again: a group whose attesters are down only loses its freedom to take risk (MRG-9). */
export const attestUntil = async (
  input: AttesterInput,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<void> => {
  while (!signal.aborted) {
    await attestOnce(input).catch((error: unknown) => {
      if (!signal.aborted) say(`attesting failed: ${error instanceof Error ? error.message : String(error)}`);
    });
    await input.clock.sleep(every, signal);
  }
};
