import {
  type Address,
  type BlockRef,
  type Caip2,
  type Call,
  type ChainError,
  type ChainErrorCode,
  type ChainErrorKind,
  type DomainEvent,
  type Fees,
  failure,
  type Hex,
  type Hex32,
  ok,
  quoteAmount,
  seconds,
  type Touch,
  type TransactionStatus,
  type VaultId,
  wad,
  wei,
} from '@bulkhead/shared';
import type { Chain, Clock, Signer } from '@bulkhead/shared/ports';
import { hexToString, keccak256, stringToHex } from 'viem';

interface Transaction {
  readonly hash: Hex32;
  readonly from: Address;
  readonly nonce: bigint;
  readonly fees: Fees;
  readonly gasLimit: bigint;
  /** Undefined: somebody else's, not made by `build`. */
  readonly call: Call | undefined;
  readonly deadline: number;
}

interface Mined {
  readonly ref: BlockRef;
  readonly transactions: readonly { readonly transaction: Transaction; readonly succeeded: boolean }[];
}

/** A fault of the next broadcasts, first come first served. `lostReply`: it happened, but nobody says so. */
export type SendFault = 'refused' | 'lostReply' | 'claimsNonceTooLow' | 'dropped';

/** A test double of one chain: nonces, a pool with the replacement rule, blocks, reorganisations, lying endpoints. */
export interface ChainModel {
  readonly chain: Chain;
  readonly address: Address;
  readonly signer: Signer;
  /** Puts what the pool holds, in order of nonce, into a new block. */
  mine(): BlockRef;
  /** Throws away the newest blocks (never final ones); their transactions go back to the pool, or are forgotten. */
  reorganise(depth: number, keep: boolean): void;
  /** The pool forgets what it holds of the k-th pending nonce. */
  drop(k: number): void;
  failSends(faults: readonly SendFault[]): void;
  /** What `pending` says beyond the truth, until told otherwise. */
  liePending(by: bigint): void;
  /** Somebody sends with the same key, behind our back. */
  foreign(mode: 'pool' | 'promisedOnly'): void;
  setBaseFee(fee: bigint): void;
  setTouches(touches: readonly Touch[] | undefined): void;
  setBalance(balance: bigint): void;
  /** How often the effect with this key happened on the chain as it stands. */
  timesDone(key: Hex32): number;
  minedNonce(): bigint;
  /** Hashes handed over, in order, refused ones included. */
  readonly sent: readonly Hex32[];
  head(): BlockRef;
  onBroadcast(hook: (hash: Hex32) => void): void;
}

const error = (kind: ChainErrorKind, code: ChainErrorCode): ChainError => ({ kind, code, message: `model: ${code}` });
const keyOf = (call: Call | undefined): Hex32 | undefined => (call?.kind === 'bid' ? call.effectKey : undefined);

const encode = (value: unknown): Hex =>
  stringToHex(JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? `${item}n` : item)));
const decode = <Value>(bytes: Hex): Value =>
  JSON.parse(hexToString(bytes), (_key, item: unknown) =>
    typeof item === 'string' && /^-?\d+n$/.test(item) ? BigInt(item.slice(0, -1)) : item,
  ) as Value;

const filled = (vault: VaultId, bidderVault: VaultId, effectKey: Hex32): DomainEvent => ({
  kind: 'bidFilled',
  vault,
  bidderVault,
  effectKey,
  fraction: wad(1n),
  rate: wad(0n),
  paid: quoteAmount(0n),
  received: quoteAmount(0n),
  forgiven: quoteAmount(0n),
  residual: quoteAmount(0n),
  equityBefore: quoteAmount(0n),
  equityAfter: quoteAmount(0n),
});

export const createChainModel = (
  id: Caip2,
  clock: Clock,
  { finalityDepth = 4, stepPercent = 10 }: { readonly finalityDepth?: number; readonly stepPercent?: number } = {},
): ChainModel => {
  const address: Address = '0x00000000000000000000000000000000000000a1';
  let salt = 0;
  let finalCount = 1;
  const blocks: Mined[] = [];
  const pool = new Map<bigint, Transaction>();
  const sent: Hex32[] = [];
  let faults: SendFault[] = [];
  let lie = 0n;
  let promised = 0n;
  let baseFee = 10n ** 9n;
  let touches: readonly Touch[] | undefined = [];
  let balance = 10n ** 21n;
  let hook: (hash: Hex32) => void = () => undefined;

  const time = () => seconds(Math.floor(clock.now() / 1000));
  const refOf = (number: bigint): BlockRef => ({
    number,
    hash: keccak256(stringToHex(`block ${number} ${salt++}`)),
    time: time(),
  });
  blocks.push({ ref: refOf(0n), transactions: [] });

  const head = (): BlockRef => (blocks.at(-1) as Mined).ref;
  const chainOfTransactions = (upTo = blocks.length) => blocks.slice(0, upTo).flatMap(block => block.transactions);
  const minedNonce = (upTo = blocks.length): bigint => BigInt(chainOfTransactions(upTo).length);
  /** Never shrinks: what was final once stays so, however short the chain is after a reorganisation. */
  const finalBlocks = (): number => {
    finalCount = Math.max(finalCount, blocks.length - finalityDepth);
    return finalCount;
  };
  const pendingNonce = (): bigint => {
    let nonce = minedNonce();
    while (pool.has(nonce)) nonce += 1n;
    return nonce;
  };
  const isDone = (key: Hex32, upTo = blocks.length): boolean =>
    chainOfTransactions(upTo).some(({ transaction, succeeded }) => succeeded && keyOf(transaction.call) === key);

  const mine = (): BlockRef => {
    const ref = refOf(head().number + 1n);
    const transactions: { transaction: Transaction; succeeded: boolean }[] = [];
    const doneHere = new Set<Hex32>();
    for (let nonce = minedNonce(); pool.has(nonce); nonce += 1n) {
      const transaction = pool.get(nonce) as Transaction;
      if (transaction.fees.maxFeePerGas < baseFee) break;
      const key = keyOf(transaction.call);
      const repeated = key !== undefined && (isDone(key) || doneHere.has(key));
      const succeeded = !repeated && ref.time <= transaction.deadline;
      if (succeeded && key !== undefined) doneHere.add(key);
      transactions.push({ transaction, succeeded });
      pool.delete(nonce);
    }
    blocks.push({ ref, transactions });
    finalBlocks();
    return ref;
  };

  const admit = (transaction: Transaction): ChainError | undefined => {
    if (transaction.nonce < minedNonce()) return error('resyncNonce', 'nonceTooLow');
    const held = pool.get(transaction.nonce);
    if (held?.hash === transaction.hash) return error('doneByUs', 'alreadyKnown');
    const enough = (now: bigint, before: bigint): boolean => now * 100n >= before * (100n + BigInt(stepPercent));
    if (
      held &&
      (!enough(transaction.fees.maxFeePerGas, held.fees.maxFeePerGas) ||
        !enough(transaction.fees.maxPriorityFeePerGas, held.fees.maxPriorityFeePerGas))
    )
      return error('replace', 'underpriced');
    pool.set(transaction.nonce, transaction);
    return undefined;
  };

  const broadcast = async (bytes: Hex) => {
    const hash = keccak256(bytes);
    const transaction: Transaction = { ...decode<Omit<Transaction, 'hash'>>(bytes), hash };
    sent.push(hash);
    hook(hash);
    const fault = faults.shift();
    if (fault === 'refused') return failure(error('retryable', 'unreachable'));
    if (fault === 'claimsNonceTooLow') return failure(error('resyncNonce', 'nonceTooLow'));
    if (fault === 'dropped') return ok(hash);
    const refusal = admit(transaction);
    if (fault === 'lostReply') return failure(error('retryable', 'timeout'));
    return refusal ? failure(refusal) : ok(hash);
  };

  const statusOf = (hash: Hex32): TransactionStatus => {
    for (const { ref, transactions } of blocks) {
      const found = transactions.find(({ transaction }) => transaction.hash === hash);
      if (!found) continue;
      const { call } = found.transaction;
      return {
        kind: 'included',
        block: ref,
        succeeded: found.succeeded,
        feePaid: wei(21_000n * baseFee),
        events: found.succeeded && call?.kind === 'bid' ? [filled(call.vault, call.bidderVault, call.effectKey)] : [],
      };
    }
    return [...pool.values()].some(transaction => transaction.hash === hash)
      ? { kind: 'pending' }
      : { kind: 'unknown' };
  };

  const unused = async (): Promise<never> => {
    throw new Error('the lane never reads this');
  };

  const chain: Chain = Object.freeze<Chain>({
    id,
    capabilities: {
      nonces: true,
      replaceable: true,
      replacementStepPercent: stepPercent,
      stateDiff: true,
      positions: 'perps',
    },
    head: async () => ok(head()),
    async *watch() {},
    readMarket: unused,
    readVaults: unused,
    readGroups: unused,
    readPrices: unused,
    effectDone: async key => ok({ at: head(), value: 'effectKey' in key && isDone(key.effectKey) }),
    simulate: async call => {
      const key = keyOf(call);
      if (key !== undefined && isDone(key)) return failure(error('doneByUs', 'effectKeyUsed'));
      return ok({ at: head(), gasUsed: call.kind === 'noop' ? 21_000n : 300_000n, events: [], touches });
    },
    nonce: async (_signer, tag) => {
      if (tag === 'latest') return ok(minedNonce());
      if (tag === 'final') return ok(minedNonce(finalBlocks()));
      const seen = pendingNonce();
      return ok((seen > promised ? seen : promised) + lie);
    },
    balance: async () => ok(balance),
    feeQuote: async () =>
      ok({ style: 'eip1559', baseFeePerGas: wei(baseFee), suggestedPriorityFeePerGas: wei(10n ** 8n), at: head() }),
    build: (call, { from, nonce, gasLimit, fees, validity }) =>
      ok({
        chain: id,
        from,
        to: address,
        selector: '0x',
        value: wei(0n),
        nonce,
        gasLimit,
        fees,
        bytes: encode({ from, nonce, gasLimit, fees, call, deadline: validity.deadline }),
      }),
    broadcast,
    status: async hashes => ok(hashes.map(statusOf)),
    finality: async block => {
      const index = blocks.findIndex(({ ref }) => ref.hash === block.hash);
      if (index < 0) return ok('orphaned');
      return ok(index < finalBlocks() ? 'final' : index < blocks.length - 1 ? 'confirmed' : 'head');
    },
  });

  return Object.freeze<ChainModel>({
    chain,
    address,
    signer: Object.freeze<Signer>({
      address,
      sign: async transaction => ok({ bytes: transaction.bytes, hash: keccak256(transaction.bytes) }),
    }),
    mine,
    reorganise(depth, keep) {
      const removable = Math.min(depth, blocks.length - finalBlocks());
      const removed = blocks.splice(blocks.length - removable, removable);
      if (keep)
        for (const { transaction } of removed.flatMap(block => block.transactions))
          pool.set(transaction.nonce, transaction);
    },
    drop(k) {
      const nonce = [...pool.keys()].sort()[k];
      if (nonce !== undefined) pool.delete(nonce);
    },
    failSends(wanted) {
      faults = [...wanted];
    },
    liePending(by) {
      lie = by;
    },
    foreign(mode) {
      const nonce = pendingNonce();
      if (mode === 'promisedOnly') promised = nonce + 1n;
      else {
        const fees = { maxFeePerGas: wei(3n * baseFee), maxPriorityFeePerGas: wei(baseFee) };
        const hash = keccak256(stringToHex(`foreign ${salt++}`));
        pool.set(nonce, { hash, from: address, nonce, fees, gasLimit: 21_000n, call: undefined, deadline: 2 ** 40 });
      }
    },
    setBaseFee(fee) {
      baseFee = fee;
    },
    setTouches(wanted) {
      touches = wanted;
    },
    setBalance(wanted) {
      balance = wanted;
    },
    timesDone: key =>
      chainOfTransactions().filter(({ transaction, succeeded }) => succeeded && keyOf(transaction.call) === key).length,
    minedNonce: () => minedNonce(),
    sent,
    head,
    onBroadcast(wanted) {
      hook = wanted;
    },
  });
};
