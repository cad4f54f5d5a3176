import { type Address, type BlockRef, type Hex32, ok, seconds, type TransactionStatus, wei } from '@bulkhead/shared';
import type { Chain, Signer } from '@bulkhead/shared/ports';
import { keccak256, numberToHex, stringToHex } from 'viem';

/**
 * Stands in for a chain where the chain is not what is measured: every transaction is in a block of its own at once and for good, and every
 * answer is ready. Whatever time passes is the ledger's, the queue's and the lane's.
 */
export interface ChainDouble {
  readonly chain: Chain;
  readonly signer: Signer;
  /** Told of every new block. */
  onBlock(listener: (block: BlockRef) => void): void;
}

const address: Address = `0x${'5e'.repeat(20)}`;
const refOf = (number: bigint): BlockRef => ({
  number,
  hash: numberToHex(number, { size: 32 }),
  time: seconds(Math.floor(Date.now() / 1000)),
});

export const createChainDouble = (id: Chain['id']): ChainDouble => {
  const included = new Map<Hex32, BlockRef>();
  let head = refOf(1n);
  let listen: (block: BlockRef) => void = () => undefined;
  const unused = async (): Promise<never> => {
    throw new Error('nothing here reads state');
  };

  const chain: Chain = {
    id,
    capabilities: { nonces: true, replaceable: true, replacementStepPercent: 10, stateDiff: true, positions: 'perps' },
    head: async () => ok(head),
    async *watch() {},
    readMarket: unused,
    readVaults: unused,
    readGroups: unused,
    readPrices: unused,
    effectDone: unused,
    simulate: async () => ok({ at: head, gasUsed: 300_000n, gasReserve: 0n, events: [], touches: [] }),
    nonce: async () => ok(BigInt(included.size)),
    balance: async () => ok(10n ** 24n),
    feeQuote: async () =>
      ok({ style: 'eip1559', baseFeePerGas: wei(10n ** 9n), suggestedPriorityFeePerGas: wei(10n ** 8n), at: head }),
    build: (_call, { from, nonce, gasLimit, fees }) =>
      ok({
        chain: id,
        from,
        to: address,
        selector: '0x',
        value: wei(0n),
        nonce,
        gasLimit,
        fees,
        bytes: numberToHex(nonce, { size: 256 }),
      }),
    broadcast: async bytes => {
      head = refOf(head.number + 1n);
      included.set(keccak256(bytes), head);
      listen(head);
      return ok(keccak256(bytes));
    },
    status: async hashes =>
      ok(
        hashes.map((hash): TransactionStatus => {
          const block = included.get(hash);
          return block
            ? { kind: 'included', block, succeeded: true, feePaid: wei(10n ** 14n), events: [] }
            : { kind: 'unknown' };
        }),
      ),
    finality: async () => ok('final'),
  };
  return Object.freeze<ChainDouble>({
    chain,
    signer: { address, sign: async ({ bytes }) => ok({ bytes, hash: keccak256(bytes) }) },
    onBlock(listener) {
      listen = listener;
    },
  });
};

/** An effect's id, from a number. */
export const idOf = (text: string): Hex32 => keccak256(stringToHex(text));
