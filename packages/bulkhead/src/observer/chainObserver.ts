/** Follows one chain block by block through clients of its own, and hands each block's facts to whoever counts. */
import { iClearingHouseAbi, iMarginEngineAbi } from '@bulkhead/contracts';
import {
  type Address,
  type BlockRef,
  type GroupState,
  type MarketState,
  type Milliseconds,
  seconds,
  type VaultId,
} from '@bulkhead/shared';
import type { ChainConfig } from '@bulkhead/shared/config';
import type { Chain, Clock, Log } from '@bulkhead/shared/ports';
import {
  type Block,
  createPublicClient,
  encodeEventTopics,
  type Hex,
  http,
  type PublicClient,
  type TransactionReceipt,
} from 'viem';
import type { TransactionView, VaultView } from './model.ts';
import { createBlockReader } from './readBlock.ts';
import { createTransactionReader, type RawTransaction } from './transactions.ts';

/** One block, as it was seen. */
export interface ObservedBlock {
  readonly at: BlockRef;
  /** When its number was first heard of, by the observer's clock. */
  readonly seenAt: Milliseconds;
  readonly transactions: readonly TransactionView[];
  /** Absent for a block without transactions: nothing can have changed in it. */
  readonly reading: { readonly groups: readonly GroupState[]; readonly views: readonly VaultView[] } | undefined;
}

export interface ChainObserver {
  /** As of the last block in which a haircut or a rate changed. */
  readonly market: MarketState;
  /** Every vault that was ever opened for the clearing house, and the clearing house's own. */
  readonly vaults: readonly VaultId[];
  /** Reads everything at the newest block. */
  readNow(): Promise<ObservedBlock>;
  /** Hands over every block after `from`, in order, none left out, until the signal aborts. */
  follow(from: bigint, onBlock: (block: ObservedBlock) => void, signal: AbortSignal): Promise<void>;
}

/** Also the error of every latency that is measured. */
const pollEvery = 100;

export type FullBlock = Block<bigint, true>;

const rawOf = (block: FullBlock, receipts: readonly TransactionReceipt[]): readonly RawTransaction[] =>
  block.transactions.map((transaction, index) => {
    const receipt = receipts[index];
    return {
      hash: transaction.hash,
      from: transaction.from,
      to: transaction.to,
      input: transaction.input,
      succeeded: receipt?.status === 'success',
      logs: receipt?.logs ?? [],
    };
  });

const parameterChanges: ReadonlySet<Hex | undefined> = new Set<Hex | undefined>([
  encodeEventTopics({ abi: iMarginEngineAbi, eventName: 'HaircutsSet' })[0],
  encodeEventTopics({ abi: iClearingHouseAbi, eventName: 'RatesSet' })[0],
]);

/** A stranger's event of the same name costs a reading, and changes nothing. */
const changesParameters = ({ logs }: TransactionReceipt): boolean =>
  logs.some(log => parameterChanges.has(log.topics[0]));

const refOf = (block: FullBlock): BlockRef => {
  if (block.number === null || block.hash === null) throw new TypeError('a block that was mined has a number');
  return { number: block.number, hash: block.hash, time: seconds(Number(block.timestamp)) };
};

/** All vaults of one chain, page by page. */
const allVaults = async (chain: Chain): Promise<readonly VaultId[]> => {
  const vaults: VaultId[] = [];
  for (;;) {
    const page = await chain.readVaults('head', vaults.length, 500);
    if (!page.ok) throw new Error(page.error.message);
    vaults.push(...page.value.value.vaults);
    if (page.value.value.vaults.length === 0 || vaults.length >= page.value.value.total) return vaults;
  }
};

export const observeChain = async (options: {
  /** An adapter of the observer's own. */
  readonly chain: Chain;
  readonly config: ChainConfig;
  /** The clearing house's own vaults. */
  readonly ownVaults: (client: PublicClient, market: MarketState) => Promise<readonly VaultId[]>;
  readonly clock: Clock;
  readonly log: Log;
}): Promise<ChainObserver> => {
  const { chain, config, clock, log } = options;
  const [endpoint] = config.endpoints;
  if (!endpoint) throw new TypeError('a chain has at least one endpoint');
  const client = createPublicClient({ transport: http(endpoint.http), cacheTime: 0 });
  const readMarket = async (at: BlockRef | 'head'): Promise<MarketState> => {
    const read = await chain.readMarket(at);
    if (!read.ok) throw new Error(read.error.message);
    return read.value.value;
  };
  let terms = await readMarket('head');
  const tokens = terms.collaterals.map(each => each.token.toLowerCase() as Address);
  const vaults = [...new Set([...(await allVaults(chain)), ...(await options.ownVaults(client, terms))])];
  const readBlock = createBlockReader({ chain, client, contracts: config.contracts, tokens });
  const readTransaction = createTransactionReader(
    chain.id,
    config.contracts,
    terms.quote.token.toLowerCase() as Address,
  );

  const observe = async (number: bigint, seenAt: Milliseconds, always: boolean): Promise<ObservedBlock> => {
    const block = (await client.getBlock({ blockNumber: number, includeTransactions: true })) as FullBlock;
    const at = refOf(block);
    if (block.transactions.length === 0 && !always) return { at, seenAt, transactions: [], reading: undefined };
    const receipts = await Promise.all(block.transactions.map(({ hash }) => client.getTransactionReceipt({ hash })));
    if (receipts.some(changesParameters)) terms = await readMarket(at);
    const reading = await readBlock(vaults, at);
    return { at, seenAt, transactions: rawOf(block, receipts).map(readTransaction), reading };
  };

  const follow: ChainObserver['follow'] = (from, onBlock, signal) =>
    new Promise((resolve, reject) => {
      let next = from + 1n;
      let known = from;
      let working: Promise<void> | undefined;
      const seen = new Map<bigint, Milliseconds>();

      const work = async (): Promise<void> => {
        while (next <= known && !signal.aborted) {
          const seenAt = seen.get(next) ?? clock.now();
          onBlock(await observe(next, seenAt, false));
          seen.delete(next);
          next += 1n;
        }
      };
      /** One block at a time, in order; whatever was heard of meanwhile is taken up when that is done. */
      const catchUp = (): void => {
        if (working || next > known || signal.aborted) return;
        working = work()
          .catch(reject)
          .finally(() => {
            working = undefined;
            catchUp();
          });
      };
      const hear = (number: bigint): void => {
        const now = clock.now();
        for (let each = known + 1n; each <= number; each += 1n) seen.set(each, now);
        if (number > known) known = number;
        catchUp();
      };
      // Polling loses nothing when a connection drops, and the heights between two answers are filled in.
      const stop = client.watchBlockNumber({
        emitOnBegin: true,
        poll: true,
        pollingInterval: pollEvery,
        onBlockNumber: hear,
        onError: error =>
          log.warn('the observer cannot reach its endpoint', { chain: chain.id, reason: error.message }),
      });
      const end = (): void => {
        stop();
        void (working ?? Promise.resolve()).then(resolve);
      };
      if (signal.aborted) end();
      else signal.addEventListener('abort', end, { once: true });
    });

  return {
    get market() {
      return terms;
    },
    vaults,
    readNow: async () => observe(await client.getBlockNumber({ cacheTime: 0 }), clock.now(), true),
    follow,
  };
};
