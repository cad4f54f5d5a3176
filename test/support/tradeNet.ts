import { clearingHouseAbi } from '@bulkhead/contracts';
import type { ChainPolicy, EffectHandler } from '@bulkhead/effects';
import { demoParameterSet, type Localnet, seedMarket, startLocalnet } from '@bulkhead/localnet';
import {
  type Address,
  type Caip2,
  type EffectPlan,
  type Hex,
  type Hex32,
  milliseconds,
  type PriceWad,
  priceWad,
  seconds,
  sizeWad,
  type VaultId,
  vaultId,
  wei,
} from '@bulkhead/shared';
import type { Chain, Clock, Signer } from '@bulkhead/shared/ports';
import { keccak256, parseTransaction, serializeTransaction } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { testPolicy } from './effectsBench.ts';

/**
 * What a process needs to do countable effects on a real chain: tiny trades of a member, each consuming its trade id in the real clearing house.
 * Plain data, so that it can be handed to a child process.
 */
export interface TradeDesk {
  readonly chain: Caip2;
  readonly http: string;
  readonly addresses: Localnet['chains'][number]['addresses'];
  readonly privateKey: Hex;
  readonly buyer: VaultId;
  readonly seller: VaultId;
  /** In whole WAD, as text. */
  readonly price: string;
}

/** One real chain with the real contracts, a desk to trade at, and blocks only when asked for. */
export interface TradeNet {
  readonly desk: TradeDesk;
  readonly localnet: Localnet;
  mine(): Promise<void>;
  /** How often a trade of this id happened on the chain as it stands, from its events. */
  timesDone(tradeId: Hex32): Promise<number>;
  stop(): Promise<void>;
}

const hour = seconds(3600);

/** Prices stay fresh and rounds open for the length of a test, so that nothing but the effect under test moves. */
const patient = {
  ...demoParameterSet,
  name: 'patient',
  priceAges: { riskIncrease: hour, liquidation: hour, settlement: hour },
  round: hour,
};

export const startTradeNet = async (): Promise<TradeNet> => {
  const localnet = await startLocalnet({ chains: 1, redis: false, parameterSet: patient });
  const market = await seedMarket(localnet, { owners: 1, vaultsPerChain: 2, members: 1 });
  const [chain] = localnet.chains;
  const [seeded] = market.vaults[0] ?? [];
  const [maker] = market.marketMakers;
  const [operator] = localnet.keys.members;
  const [instrument] = patient.instruments;
  const price = instrument && patient.startPrices[instrument.feed];
  if (!chain || !seeded || !maker || !operator || price === undefined) throw new Error('the network has no desk');
  await chain.client.setAutomine(false);
  const { client, addresses } = chain;
  return Object.freeze<TradeNet>({
    localnet,
    desk: {
      chain: chain.id,
      http: chain.http,
      addresses,
      privateKey: operator.privateKey,
      buyer: vaultId(seeded.vaultId),
      seller: vaultId(maker),
      price: price.toString(),
    },
    mine: () => client.mine({ blocks: 1 }),
    async timesDone(tradeId) {
      const events = await client.getContractEvents({
        address: addresses.clearingHouse,
        abi: clearingHouseAbi,
        eventName: 'Novated',
        fromBlock: 0n,
      });
      return events.filter(event => event.args.tradeId === tradeId).length;
    },
    stop: () => localnet.stop(),
  });
};

/** Signs whatever it is given: allow-lists are tested where they live. */
export const deskSigner = (desk: TradeDesk): Signer => {
  const account = privateKeyToAccount(desk.privateKey);
  const address = account.address.toLowerCase() as Address;
  return Object.freeze<Signer>({
    address,
    async sign(transaction) {
      const bytes = await account.signTransaction(parseTransaction(transaction.bytes), {
        serializer: serializeTransaction,
      });
      return { ok: true, value: { bytes, hash: keccak256(bytes) } };
    },
  });
};

/** The clearing house's open interest and round of the instrument move too; they are market data behind no wall. */
const walls = (desk: TradeDesk) =>
  [desk.buyer, desk.seller].map(vault => ({ vault, aspects: ['position', 'owed', 'due'] as const }));

/** Trades once per effect, with the effect's id as trade id, and believes events only. */
export const tradeHandler = (desk: TradeDesk, chain: Chain, clock: Clock): EffectHandler => ({
  async prepare(effect) {
    const done = await chain.effectDone({ tradeId: effect.id }, 'head');
    if (!done.ok) return { kind: 'later', notBefore: milliseconds(clock.now() + 100), reason: done.error.message };
    if (done.value.value) return { kind: 'superseded', by: 'us', reason: 'the trade id is consumed' };
    return {
      kind: 'send',
      call: {
        kind: 'novate',
        instrument: 0,
        buyer: desk.buyer,
        seller: desk.seller,
        size: sizeWad(10n ** 12n),
        price: priceWad(BigInt(desk.price)) as PriceWad,
        tradeId: effect.id,
        reports: [],
      },
      footprint: walls(desk),
      deadline: seconds(Math.ceil(effect.deadline / 1000)),
      at: done.value.at,
    };
  },
  async verify(effect, { events }) {
    const done = events.some(event => event.kind === 'tradeDone' && event.tradeId === effect.id);
    return done ? { kind: 'done' } : { kind: 'again', reason: 'no trade of this id in its events' };
  },
});

export const tradePlan = (desk: TradeDesk, id: Hex32, now: number, changes: Partial<EffectPlan> = {}): EffectPlan => ({
  id,
  chain: desk.chain,
  urgency: 'maintenance',
  handler: 'trade',
  subject: `trade ${id}`,
  payload: '{}',
  notBefore: milliseconds(now),
  deadline: milliseconds(now + 600_000),
  budget: wei(10n ** 18n),
  trace: id.slice(0, 10),
  ...changes,
});

/** Short times: a test waits for leases and sweeps. */
export const quickPolicy: Partial<ChainPolicy> = {
  ...testPolicy,
  leaseTtl: milliseconds(700),
  claimTtl: milliseconds(1_500),
  sweepEvery: milliseconds(150),
  retryAfter: milliseconds(100),
  replacement: { afterBlocks: 3, minimumInterval: milliseconds(1_500) },
  foreignPatience: milliseconds(3_000),
};
