import { clearingHouseAbi } from '@bulkhead/contracts';
import { firstVaultOf, type Localnet, type SeededVault } from '@bulkhead/localnet';
import { feedIdOf } from '@bulkhead/sdk';
import { WAD } from '@bulkhead/shared';
import { encodeFunctionData, type Hex, keccak256, maxUint128, stringToHex } from 'viem';

interface Derivative {
  readonly name: string;
  /** InstrumentKind of the contracts. */
  readonly kind: 0 | 1 | 2 | 3;
  readonly mark: bigint;
  readonly strike: bigint;
  /** Seconds from now; 0: never. */
  readonly expiresIn: number;
}

const indexFeed = 'ETH/USD';
const day = 86_400;

/** On ETH at 3,000: what expires soon does so while a test of a few minutes runs. */
const derivatives: readonly Derivative[] = [
  { name: 'ETH-FUNDED', kind: 0, mark: 3_010n, strike: 0n, expiresIn: 0 },
  { name: 'ETH-SOON', kind: 1, mark: 3_005n, strike: 0n, expiresIn: 75 },
  { name: 'ETH-SOON-CALL', kind: 2, mark: 60n, strike: 3_000n, expiresIn: 75 },
  { name: 'ETH-CALL', kind: 2, mark: 120n, strike: 3_000n, expiresIn: 10 * day },
  { name: 'ETH-HIGH-CALL', kind: 2, mark: 70n, strike: 3_200n, expiresIn: 10 * day },
  { name: 'ETH-PUT', kind: 3, mark: 110n, strike: 2_900n, expiresIn: 10 * day },
  { name: 'ETH-LATE-PUT', kind: 3, mark: 210n, strike: 3_100n, expiresIn: 20 * day },
];

const termsOf = (each: Derivative, round: number, now: bigint) => {
  const option = each.kind >= 2;
  return {
    feed: feedIdOf(each.name),
    indexFeed: feedIdOf(indexFeed),
    kind: each.kind,
    roundSeconds: round,
    imRateWad: option ? 0n : WAD / 10n,
    mmRateWad: option ? 0n : (WAD * 65n) / 1_000n,
    tradeBandWad: WAD / 50n,
    memberCapBps: 10_000,
    expiry: each.expiresIn === 0 ? 0n : now + BigInt(each.expiresIn),
    fundingCapWad: each.kind === 0 ? WAD / 100n : 0n,
    strikeWad: each.strike * WAD,
    openInterestCapWad: maxUint128,
    name: each.name,
  };
};

/** Lists one instrument of every kind, and lets each vault trade some of them with its member's market maker where its margin allows it. */
export const tradeDerivatives = async (
  localnet: Localnet,
  seeded: readonly SeededVault[],
  prices: Record<string, bigint>,
): Promise<number> => {
  const chain = localnet.chains[0] as Localnet['chains'][number];
  const { client, addresses } = chain;
  const contract = { address: addresses.clearingHouse, abi: clearingHouseAbi, chain: client.chain } as const;
  const first = await client.readContract({ ...contract, functionName: 'instrumentCount' });
  const { timestamp } = await client.getBlock();
  for (const each of derivatives) prices[each.name] = each.mark * WAD;
  await chain.asAdmin(
    derivatives.map(each => {
      const args = [termsOf(each, localnet.parameterSet.round, timestamp)] as const;
      const data = encodeFunctionData({ abi: clearingHouseAbi, functionName: 'listInstrument', args });
      return { to: addresses.clearingHouse, data };
    }),
  );
  await localnet.publishAndPost(prices);

  const trade = async (vault: SeededVault, instrument: number, number: number): Promise<boolean> => {
    const operator = localnet.keys.members[vault.member] as Localnet['keys']['members'][number];
    const sides: [Hex, Hex] = [vault.vaultId, firstVaultOf(operator)];
    if (number % 2 === 1) sides.reverse();
    const mark = (derivatives[instrument - first] as Derivative).mark * WAD;
    const id = keccak256(stringToHex(`derivative ${instrument} ${vault.vaultId}`));
    try {
      const hash = await client.writeContract({
        ...contract,
        account: operator.account,
        functionName: 'novate',
        args: [instrument, ...sides, WAD / 20n, mark, id, []],
      });
      return (await client.waitForTransactionReceipt({ hash })).status === 'success';
    } catch {
      // Some of the seeded vaults stand at the edge of their margin.
      return false;
    }
  };
  let done = 0;
  for (const [index, vault] of seeded.entries()) {
    for (const offset of [0, 1, 2, 4]) {
      const instrument = first + ((index * 3 + offset) % derivatives.length);
      if (await trade(vault, instrument, index * 8 + offset + Math.floor(index / 2))) done++;
    }
  }
  return done;
};
