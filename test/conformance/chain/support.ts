import type { Address, Call, Hex32, SignedTransaction, TransactionStatus, WatchItem } from '@bulkhead/shared';
import { type ChainError, type Fees, type Result, seconds, wei } from '@bulkhead/shared';
import type { Chain } from '@bulkhead/shared/ports';
import { keccak256, stringToHex } from 'viem';
import type { Actor, ChainFixture } from './fixture.ts';

/** The value, or a test failure that shows the error. */
export const must = <Value>(result: Result<Value, ChainError>): Value => {
  if (!result.ok) {
    const { kind, code, message, details } = result.error;
    throw new Error(`${kind}/${code}: ${message}${details === undefined ? '' : ` (${details})`}`);
  }
  return result.value;
};

/** `kind/code` of the error, or `ok`. */
export const verdict = (result: Result<unknown, ChainError>): string =>
  result.ok ? 'ok' : `${result.error.kind}/${result.error.code}`;

export const keyOf = (text: string): Hex32 => keccak256(stringToHex(text));

export const some = <Value>(value: Value | undefined): Value => {
  if (value === undefined) throw new Error('expected something and found nothing');
  return value;
};

/** Turns of the event loop until it holds; ends with the test's own time limit. */
export const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await holds())) await new Promise(resolve => setImmediate(resolve));
};

export interface Recording {
  readonly items: readonly WatchItem[];
  /** Resolves when an item satisfies it, or has already. */
  seen(wanted: (item: WatchItem) => boolean): Promise<WatchItem>;
  stop(): Promise<void>;
}

/** Records a stream from `cursor` on. */
export const record = (chain: Chain, cursor: bigint): Recording => {
  const stopping = new AbortController();
  const items: WatchItem[] = [];
  let arrived = Promise.withResolvers<void>();
  const running = (async () => {
    for await (const item of chain.watch(cursor, stopping.signal)) {
      items.push(item);
      arrived.resolve();
      arrived = Promise.withResolvers<void>();
    }
  })();
  return {
    items,
    seen: async wanted => {
      for (;;) {
        const next = arrived.promise;
        const found = items.find(wanted);
        if (found) return found;
        await Promise.race([next, running.then(() => Promise.reject(new Error('the stream ended')))]);
      }
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
};

/** What stands after all retractions: items in order, those of replaced blocks taken out. */
export const standing = (items: readonly WatchItem[]): readonly WatchItem[] => {
  let kept: WatchItem[] = [];
  for (const item of items) {
    if (item.kind !== 'retraction') kept.push(item);
    else kept = kept.filter(one => heightOf(one) === undefined || (heightOf(one) ?? 0n) < item.from);
  }
  return kept;
};

const heightOf = (item: WatchItem): bigint | undefined => {
  if (item.kind === 'event') return item.place.block.number;
  return item.kind === 'head' ? item.block.number : undefined;
};

export const fees = async (chain: Chain, times = 1n): Promise<Fees> => {
  const quote = must(await chain.feeQuote());
  const tip = quote.suggestedPriorityFeePerGas * times;
  return { maxFeePerGas: wei(quote.baseFeePerGas * 2n * times + tip), maxPriorityFeePerGas: wei(tip) };
};

export interface SignOptions {
  readonly nonce?: bigint;
  readonly fees?: Fees;
  readonly gasLimit?: bigint;
}

/** Builds and signs with what the chain says, as a lane would. */
export const signedCall = async (
  { chain }: ChainFixture,
  actor: Actor,
  call: Call,
  options: SignOptions = {},
): Promise<SignedTransaction> => {
  const nonce = options.nonce ?? must(await chain.nonce(actor.address, 'pending'));
  const gasLimit =
    options.gasLimit ?? ((must(await chain.simulate(call, actor.address, 'head')).gasUsed + 50_000n) * 3n) / 2n;
  const validity = { deadline: seconds(Math.floor(Date.now() / 1000) + 600) };
  const transaction = must(
    chain.build(call, { from: actor.address, nonce, gasLimit, fees: options.fees ?? (await fees(chain)), validity }),
  );
  return actor.sign(transaction);
};

export type Included = Extract<TransactionStatus, { kind: 'included' }>;

export const untilIncluded = async ({ chain }: ChainFixture, hash: Hex32): Promise<Included> => {
  let found: Included | undefined;
  await until(async () => {
    const [status] = must(await chain.status([hash]));
    if (status?.kind === 'included') found = status;
    return found !== undefined;
  });
  return some(found);
};

export const lower = (address: Address): Address => address.toLowerCase() as Address;
