import { createEvmChain, type EvmAddresses, type EvmChain } from '@bulkhead/chains';
import {
  demoParameterSet,
  firstVaultOf,
  type LocalChain,
  type LocalKey,
  type Localnet,
  seedMarket,
  startLocalnet,
} from '@bulkhead/localnet';
import { milliseconds, quoteAmount, seconds, type VaultId, WAD } from '@bulkhead/shared';
import { noMetrics, realClock, silentLog } from '../support/clocks.ts';

/** One chain on which many vaults fail, and two equally rich bidders. */
export interface BidWorld {
  readonly localnet: Localnet;
  readonly local: LocalChain;
  readonly chain: EvmChain;
  readonly bidders: readonly Bidder[];
  readonly failing: readonly VaultId[];
  stop(): Promise<void>;
}

export interface Bidder {
  readonly key: LocalKey;
  readonly vault: VaultId;
}

const hour = seconds(3600);
const capital = quoteAmount(20_000_000n * 10n ** 6n);

/** Prices stay fresh and rounds open for as long as it takes, so that nothing but the bids moves. */
const still = {
  ...demoParameterSet,
  name: 'still',
  priceAges: { riskIncrease: hour, liquidation: hour, settlement: hour },
  round: hour,
  keeperCapital: [capital, capital],
};

const openAdapter = async (local: LocalChain): Promise<EvmChain> => {
  const opened = await createEvmChain({
    id: local.id,
    endpoints: [{ http: local.http, ws: local.ws }],
    addresses: local.addresses as EvmAddresses,
    clock: realClock,
    log: silentLog,
    metrics: noMetrics,
    headMaxAge: milliseconds(600_000),
    finality: { confirmedAfter: 1, finalAfter: 2 },
  });
  if (!opened.ok) throw new Error(`the adapter did not open: ${opened.error.map(each => each.message).join('; ')}`);
  return opened.value;
};

/** @param vaults how many are to fail. */
export const startBidWorld = async (vaults: number): Promise<BidWorld> => {
  const localnet = await startLocalnet({ chains: 1, seed: 'bench', parameterSet: still, keepers: 2 });
  try {
    const [local] = localnet.chains;
    if (!local) throw new Error('there is no chain');
    const market = await seedMarket(localnet, {
      owners: 10,
      vaultsPerChain: vaults,
      instruments: { 'ETH-PERP': 1 },
      longShare: 1,
      leverage: [{ weight: 1, from: 8.9, to: 9.2 }],
      equity: { from: 5_000, to: 10_000 },
    });
    // Seven percent down: every one of these longs is below maintenance, none is insolvent.
    await localnet.publishAndPost({ 'ETH/USD': 2_790n * WAD, 'BTC/USD': 60_000n * WAD, 'SPX/USD': 1_280n * WAD });
    const chain = await openAdapter(local);
    return {
      localnet,
      local,
      chain,
      bidders: localnet.keys.keepers.map(key => ({ key, vault: firstVaultOf(key) })),
      failing: (market.vaults[0] ?? []).map(each => each.vaultId),
      async stop() {
        await chain.close();
        await localnet.stop();
      },
    };
  } catch (error) {
    await localnet.stop();
    throw error;
  }
};
