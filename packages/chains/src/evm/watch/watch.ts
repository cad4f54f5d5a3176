import {
  type BlockRef,
  type Caip2,
  type ChainError,
  type Milliseconds,
  milliseconds,
  seconds,
  type WatchItem,
} from '@bulkhead/shared';
import type { Clock, Log } from '@bulkhead/shared/ports';
import type { EvmAddresses } from '../addresses.ts';
import { type Header, refOf } from '../endpoints/answers.ts';
import { blockByHash, blockByNumber, blockGone, type Rpc } from '../endpoints/rpc.ts';
import { fault } from '../errors/chainFault.ts';
import { classifyChainError } from '../errors/classify.ts';
import { type EventDecoder, eventsPerLog } from '../read/events.ts';
import { getLogs, type RawLog } from '../read/logs.ts';
import type { HeadFeed } from './headFeed.ts';
import { createTrail, type Trail } from './trail.ts';
import { createWake } from './wake.ts';

export interface WatchOptions {
  readonly chain: Caip2;
  readonly rpc: Rpc;
  /** Newest block of an endpoint in good standing. @throws ChainFault. */
  readonly head: () => Promise<Header>;
  readonly feed: HeadFeed;
  readonly addresses: EvmAddresses;
  readonly decode: EventDecoder;
  readonly clock: Clock;
  readonly log: Log;
  /** Blocks per query of old logs. */
  readonly chunk: bigint;
  /** How long to wait for a socket's announcement before looking by itself. */
  readonly pollLive: Milliseconds;
  /** The same when no socket stands. */
  readonly pollAlone: Milliseconds;
}

/** Blocks near the head go one by one and by hash, so that a branch that loses cannot slip in; older ones by ranges of numbers. */
const nearHead = 64n;
const remembered = 256;
const firstPause = 100;
const longestPause = 5_000;

/** State of one stream. `next` is the first block not delivered yet. */
interface Stream {
  readonly trail: Trail;
  readonly cursor: bigint;
  next: bigint;
  /** Blocks per query of old logs: halved when an endpoint refuses so many, and raised again. */
  chunk: bigint;
}

const contractsOf = ({ vaultRegistry, marginEngine, clearingHouse, liquidationEngine, oracleHub }: EvmAddresses) => [
  vaultRegistry,
  marginEngine,
  clearingHouse,
  liquidationEngine,
  oracleHub,
];

const itemsOf = (log: RawLog, block: BlockRef, decode: EventDecoder): readonly WatchItem[] => {
  const { transactionHash, logIndex } = log;
  if (transactionHash === undefined || logIndex === undefined)
    throw fault('retryable', 'malformedAnswer', 'A log has no place.');
  return decode(log).map((event, index) => ({
    kind: 'event',
    event,
    place: { block, transaction: transactionHash, index: logIndex * eventsPerLog + index },
  }));
};

/** History is gone for good at these endpoints: asking again will not bring it back. */
const isUnavailable = (error: ChainError): boolean =>
  error.code === 'blockGone' || error.code === 'cannotSimulate' || error.kind === 'permanent';

type Steps = AsyncGenerator<WatchItem, void, undefined>;

/**
 * The stream of a chain's history: by height, so that nothing depends on any one announcement having arrived. Sockets only say when to look.
 */
export async function* watchChain(options: WatchOptions, cursor: bigint, signal: AbortSignal): Steps {
  const { clock, feed, log } = options;
  const stream: Stream = { trail: createTrail(remembered), cursor, next: cursor, chunk: options.chunk };
  const wake = createWake(clock);
  let announced: Header | undefined;
  let caughtUp = false;
  let pause = firstPause;
  const unlisten = feed.listen(block => {
    announced = block;
    wake.ring();
  });
  try {
    while (!signal.aborted) {
      try {
        const head = nextAnnounced(stream, announced) ?? newer(await options.head(), announced);
        announced = undefined;
        yield* advance(options, stream, head);
        if (!caughtUp && stream.next > head.number) {
          caughtUp = true;
          yield { kind: 'caughtUp', block: refOf(head) };
        }
        pause = firstPause;
      } catch (error) {
        const known = classifyChainError(error);
        if (known === undefined) throw error;
        log.debug('watching goes on after a failure', {
          chain: options.chain,
          code: known.code,
          details: known.details,
        });
        await clock.sleep(milliseconds(pause), signal);
        pause = Math.min(longestPause, pause * 2);
        continue;
      }
      await wake.wait(feed.live() ? options.pollLive : options.pollAlone, signal);
    }
  } finally {
    unlisten();
  }
}

/** The announced block, when it is exactly the next one: then there is no need to ask for the head. */
const nextAnnounced = (stream: Stream, announced: Header | undefined): Header | undefined => {
  const tip = stream.trail.tip();
  return tip !== undefined && announced?.parentHash === tip.hash && announced.number === stream.next
    ? announced
    : undefined;
};

/** An endpoint that freezes answers with its last head until it is found out; an announcement by another one shows that there is more. */
const newer = (head: Header, announced: Header | undefined): Header =>
  announced !== undefined && announced.number > head.number ? announced : head;

async function* advance(options: WatchOptions, stream: Stream, head: Header): Steps {
  yield* retract(options, stream, head);
  while (stream.next + nearHead <= head.number) yield* deliverRange(options, stream, head);
  while (stream.next <= head.number) yield* deliverBlock(options, stream, head);
}

/** Whether the delivered tip still stands, as seen from `head`. An endpoint that is merely behind says nothing. */
const stillStands = async ({ rpc }: WatchOptions, { trail }: Stream, head: Header): Promise<boolean> => {
  const tip = trail.tip();
  if (tip === undefined) return true;
  if (head.number < tip.number) {
    const delivered = trail.at(head.number);
    return delivered === undefined || delivered.hash === head.hash;
  }
  if (head.number === tip.number) return head.hash === tip.hash;
  if (head.number === tip.number + 1n) return head.parentHash === tip.hash;
  return (await blockByNumber(rpc, tip.number))?.hash === tip.hash;
};

/** Takes back what was delivered of a branch that lost, down to the last block that both branches share. */
async function* retract(options: WatchOptions, stream: Stream, head: Header): Steps {
  if (await stillStands(options, stream, head)) return;
  const { trail } = stream;
  const oldest = trail.oldest()?.number ?? stream.cursor;
  // Found first and forgotten after: a failure in between leaves everything as it was.
  let stands = trail.tip();
  let popped = 0;
  while (stands !== undefined) {
    const number = stands.number;
    const now = number > head.number ? undefined : await blockByNumber(options.rpc, number);
    if (now?.hash === stands.hash) break;
    popped += 1;
    stands = before(trail, number);
  }
  for (; popped > 0; popped -= 1) trail.pop();
  const from = stands === undefined ? oldest : stands.number + 1n;
  stream.next = from > stream.cursor ? from : stream.cursor;
  options.log.warn('chain reorganised', { chain: options.chain, from: stream.next, head: head.number });
  yield { kind: 'retraction', from: stream.next };
  const forgotten = stands === undefined && oldest > stream.cursor;
  if (forgotten) yield { kind: 'gap', from: stream.cursor, to: oldest - 1n };
}

/** The delivered block before that number. Ranges leave holes between delivered blocks. */
const before = (trail: Trail, number: bigint): BlockRef | undefined => {
  const oldest = trail.oldest();
  if (oldest === undefined) return undefined;
  for (let at = number - 1n; at >= oldest.number; at -= 1n) {
    const found = trail.at(at);
    if (found !== undefined) return found;
  }
  return undefined;
};

async function* deliverBlock({ rpc, addresses, decode }: WatchOptions, stream: Stream, head: Header): Steps {
  const block = stream.next === head.number ? head : await blockByNumber(rpc, stream.next);
  if (block === undefined) throw blockGone(head);
  const tip = stream.trail.tip();
  const follows = tip === undefined || tip.number !== block.number - 1n || tip.hash === block.parentHash;
  // The chain changed while it was read: the next look finds out how far.
  if (!follows) throw blockGone(block);
  const logs = await getLogs(rpc, contractsOf(addresses), { blockHash: block.hash });
  const ref = refOf(block);
  const items = logs.flatMap(log => itemsOf(log, ref, decode));
  stream.trail.push(ref);
  stream.next = block.number + 1n;
  yield* items;
  yield { kind: 'head', block: ref };
}

async function* deliverRange(options: WatchOptions, stream: Stream, head: Header): Steps {
  const { rpc, addresses, decode } = options;
  const from = stream.next;
  const last = head.number - nearHead;
  const to = from + stream.chunk - 1n < last ? from + stream.chunk - 1n : last;
  const end = await blockByNumber(rpc, to);
  if (end === undefined) throw blockGone(head);
  let items: readonly WatchItem[] = [];
  try {
    const logs = await getLogs(rpc, contractsOf(addresses), { from, to });
    const blocks = await blocksOf(rpc, logs);
    items = logs.flatMap(log => itemsOf(log, blockOf(blocks, log), decode));
  } catch (error) {
    const known = classifyChainError(error);
    if (known === undefined) throw error;
    const asked = to - from + 1n;
    stream.chunk = asked > 1n ? asked / 2n : 1n;
    if (!isUnavailable(known)) throw error;
    // Too much for one query, or partly gone: fewer blocks will tell which.
    if (asked > 1n) return;
    options.log.warn('history unavailable', { chain: options.chain, from, to, details: known.details });
    items = [{ kind: 'gap', from, to }];
  }
  stream.chunk = stream.chunk * 2n < options.chunk ? stream.chunk * 2n : options.chunk;
  stream.trail.push(refOf(end));
  stream.next = to + 1n;
  yield* items;
  yield { kind: 'head', block: refOf(end) };
}

const blocksOf = async (rpc: Rpc, logs: readonly RawLog[]): Promise<ReadonlyMap<string, BlockRef>> => {
  const blocks = new Map<string, BlockRef>();
  for (const { blockHash, blockNumber, blockTime } of logs) {
    if (blockHash === undefined || blockNumber === undefined || blocks.has(blockHash)) continue;
    if (blockTime !== undefined)
      blocks.set(blockHash, { number: blockNumber, hash: blockHash, time: seconds(Number(blockTime)) });
    else {
      const block = await blockByHash(rpc, blockHash);
      if (block !== undefined) blocks.set(blockHash, refOf(block));
    }
  }
  return blocks;
};

const blockOf = (blocks: ReadonlyMap<string, BlockRef>, log: RawLog): BlockRef => {
  const block = blocks.get(log.blockHash ?? '');
  if (block === undefined)
    throw fault('retryable', 'malformedAnswer', 'A log names a block that the endpoint does not know.');
  return block;
};
