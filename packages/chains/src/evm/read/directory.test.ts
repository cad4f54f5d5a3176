import { type Address, type BlockRef, type Hex32, seconds, type VaultId, vaultId } from '@bulkhead/shared';
import { encodeAbiParameters, encodeEventTopics, numberToHex } from 'viem';
import { beforeEach, describe, expect, test } from 'vitest';
import { marginEngineAbi, vaultRegistryAbi } from '../abis.ts';
import type { Rpc } from '../endpoints/rpc.ts';
import { createDirectory, type Directory } from './directory.ts';

const addressOf = (n: number): Address => numberToHex(n, { size: 20 });
const engine = addressOf(2);
const addresses = {
  vaultRegistry: addressOf(1),
  marginEngine: engine,
  clearingHouse: addressOf(3),
  liquidationEngine: addressOf(4),
  oracleHub: addressOf(5),
  vaultLens: addressOf(6),
  marginGroups: addressOf(7),
  portfolioRequirements: addressOf(8),
};

interface Block {
  readonly ref: BlockRef;
  /** Collaterals listed in it. */
  readonly tokens: readonly Address[];
  /** Vaults that chose a venue in it. */
  choices: readonly (readonly [vault: VaultId, venue: Address])[];
}

let serial = 0;
let chain: Block[];
let asked: [from: bigint, to: bigint][];
let directory: Directory;

const mine = (...tokens: readonly Address[]): BlockRef => {
  const number = BigInt(chain.length);
  const ref = { number, hash: numberToHex(++serial, { size: 32 }) as Hex32, time: seconds(Number(number)) };
  chain.push({ ref, tokens, choices: [] });
  return ref;
};

const logOf = (block: Block, token: Address) => ({
  address: engine,
  topics: encodeEventTopics({ abi: marginEngineAbi, eventName: 'CollateralListed', args: { token } }),
  data: encodeAbiParameters(
    [{ type: 'bytes32' }, { type: 'uint8' }, { type: 'uint256' }, { type: 'uint256' }],
    [numberToHex(1, { size: 32 }), 18, 0n, 0n],
  ),
  blockNumber: numberToHex(block.ref.number),
  blockHash: block.ref.hash,
  transactionHash: block.ref.hash,
  logIndex: '0x0',
});

const choiceOf = (block: Block, [vault, venue]: Block['choices'][number]) => ({
  ...logOf(block, venue),
  address: addresses.vaultRegistry,
  topics: encodeEventTopics({ abi: vaultRegistryAbi, eventName: 'VenueChanged', args: { vaultId: vault, venue } }),
  data: numberToHex(0, { size: 32 }),
});

const rpc: Rpc = async (method, [first]) => {
  if (method === 'eth_getLogs') {
    const { fromBlock, toBlock } = first as { readonly fromBlock: string; readonly toBlock: string };
    asked.push([BigInt(fromBlock), BigInt(toBlock)]);
    return chain
      .filter(({ ref }) => ref.number >= BigInt(fromBlock) && ref.number <= BigInt(toBlock))
      .flatMap(block => [
        ...block.tokens.map(token => logOf(block, token)),
        ...block.choices.map(choice => choiceOf(block, choice)),
      ]);
  }
  const block = chain[Number(first)];
  if (!block) return null;
  const { number, hash, time } = block.ref;
  const rest = { parentHash: hash, baseFeePerGas: '0x1', gasLimit: '0x1', gasUsed: '0x0' };
  return { number: numberToHex(number), hash, timestamp: numberToHex(time), ...rest };
};

const options = { rpc, addresses, fromBlock: 0n, chunk: 2_000n, quoteToken: addressOf(99) };

beforeEach(() => {
  chain = [];
  asked = [];
  directory = createDirectory(options);
});

describe('the directory of what the contracts keep no list of', () => {
  test('asks for the logs of new blocks only', async () => {
    mine(addressOf(10));
    expect(await directory.tokens(mine())).toEqual([addressOf(10)]);
    asked = [];
    mine(addressOf(11));
    expect(await directory.tokens(mine())).toEqual([addressOf(10), addressOf(11)]);
    expect(asked).toEqual([[2n, 3n]]);
  });

  test('forgets what a reorganisation took back, and finds what came instead', async () => {
    mine(addressOf(10));
    mine(addressOf(11));
    await directory.tokens(mine());
    chain.length = 1;
    mine(addressOf(12));
    mine();
    mine();
    expect(await directory.tokens(mine())).toEqual([addressOf(10), addressOf(12)]);
  });

  test('answers for an older block as it was then', async () => {
    const before = mine(addressOf(10));
    await directory.tokens(mine(addressOf(11)));
    expect(await directory.tokens(before)).toEqual([addressOf(10)]);
  });

  test('knows everything still when blocks have become too old to be replaced', async () => {
    mine(addressOf(10));
    for (let n = 0; n < 200; n++) await directory.tokens(n === 50 ? mine(addressOf(11)) : mine());
    expect(await directory.tokens(mine())).toEqual([addressOf(10), addressOf(11)]);
  });

  test('lists vaults of the clearing house and of named venues, and knows where each stands', async () => {
    const desk = addressOf(50);
    const named = createDirectory({ ...options, venues: [desk] });
    const [house, lent, foreign] = [1, 2, 3].map(n => vaultId(numberToHex(n, { size: 32 })));
    if (!house || !lent || !foreign) throw new Error('three vaults');
    const choose = (...choices: Block['choices']): BlockRef => {
      const ref = mine();
      for (const block of chain.slice(-1)) block.choices = choices;
      return ref;
    };
    const at = choose([house, addresses.clearingHouse], [lent, desk], [foreign, addressOf(51)]);
    expect(await named.vaults(at)).toEqual([house, lent]);
    expect(await directory.vaults(at)).toEqual([house]);
    expect(await named.venueOf(foreign, at)).toBe(addressOf(51));
    const later = choose([lent, addresses.clearingHouse]);
    expect(await named.venueOf(lent, later)).toBe(addresses.clearingHouse);
    expect(await named.venueOf(lent, at)).toBe(desk);
  });

  test('refuses a block that is gone', async () => {
    mine();
    const gone = mine();
    chain.length = 1;
    mine();
    await expect(directory.tokens(gone)).rejects.toMatchObject({ error: { code: 'blockGone' } });
  });
});
