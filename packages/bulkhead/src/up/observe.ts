/** The observer of the main job: chains, prices and verdicts through connections of its own. The keepers are not asked. */
import { clearingHouseAbi } from '@bulkhead/contracts';
import { type Address, type Caip2, type PriceReport, type VaultId, vaultId } from '@bulkhead/shared';
import { type ChainConfig, type ConfigInput, parseConfig } from '@bulkhead/shared/config';
import type { Clock, Log, Metrics } from '@bulkhead/shared/ports';
import type { PublicClient } from 'viem';
import { openChains } from '../adapters/evmChains.ts';
import { httpOracle } from '../adapters/httpOracle.ts';
import { readPriceTrust } from '../adapters/priceTrust.ts';
import { type ChainObserver, type ObservedBlock, observeChain } from '../observer/chainObserver.ts';
import { createTally, type Tally } from '../observer/tally.ts';
import type { Crossing } from '../observer/walls.ts';

interface OwnVaults {
  readonly house: VaultId;
  readonly settlement: readonly VaultId[];
}

const readOwnVaults = async (client: PublicClient, clearingHouse: Address, instruments: number): Promise<OwnVaults> => {
  const at = { address: clearingHouse, abi: clearingHouseAbi } as const;
  const settlement = await Promise.all(
    Array.from({ length: instruments }, (_, instrument) =>
      client.readContract({ ...at, functionName: 'settlementVaultOf', args: [instrument] }),
    ),
  );
  return {
    house: vaultId(await client.readContract({ ...at, functionName: 'houseVault' })),
    settlement: settlement.map(vaultId),
  };
};

export interface Observation {
  readonly tally: Tally;
  /** Begins to follow; resolves when the signal has aborted and the last block was judged. */
  follow(signal: AbortSignal): Promise<void>;
  /** Reads every chain once more and counts what it finds. */
  lookAgain(): Promise<void>;
  close(): Promise<void>;
}

export interface ObservationHooks {
  onBlock(chain: Caip2, block: ObservedBlock, crossed: readonly Crossing[]): void;
}

const chainConfigs = (input: Pick<ConfigInput, 'chains' | 'oracle'>): readonly ChainConfig[] => {
  const parsed = parseConfig({ ...input, redis: { url: 'redis://unused' } });
  if (!parsed.ok) throw new TypeError('the local network gives a configuration that is none');
  return parsed.value.chains;
};

export const openObservation = async (
  input: Pick<ConfigInput, 'chains' | 'oracle'>,
  keepers: ReadonlySet<Address>,
  ports: { readonly clock: Clock; readonly log: Log; readonly metrics: Metrics },
  hooks: ObservationHooks,
): Promise<Observation> => {
  const configs = chainConfigs(input);
  const chains = await openChains(configs, ports);
  const observed = await Promise.all(
    chains.map(async (chain, index) => {
      const config = configs[index];
      if (!config) throw new TypeError('every chain has its configuration');
      let own: OwnVaults | undefined;
      const observer: ChainObserver = await observeChain({
        chain,
        config,
        ownVaults: async (client, market) => {
          own = await readOwnVaults(client, config.contracts.clearingHouse, market.instruments.length);
          return [own.house, ...own.settlement, ...market.memberFunds.map(fund => fund.vault)];
        },
        clock: ports.clock,
        log: ports.log,
      });
      if (!own) throw new TypeError('the clearing house has vaults of its own');
      const known = {
        chain: chain.id,
        get market() {
          return observer.market;
        },
        own: new Set<VaultId>([own.house, ...own.settlement, ...observer.market.memberFunds.map(fund => fund.vault)]),
        houseVault: own.house,
      };
      return { observer, known };
    }),
  );
  const tally = createTally(
    observed.map(each => each.known),
    keepers,
  );
  const [first] = configs;
  if (!first) throw new TypeError('the local network has a chain');
  const oracle = httpOracle({ url: input.oracle.url, trust: await readPriceTrust(first), ...ports });

  const watchPrices = async (signal: AbortSignal): Promise<void> => {
    let waiting: PriceReport[] = [];
    for await (const report of oracle.watch(signal)) {
      waiting.push(report);
      // Reports of one second come together: they are judged together, as the keeper sees them.
      if (waiting.length > 1) continue;
      setImmediate(() => {
        tally.reports(waiting);
        waiting = [];
      });
    }
  };

  const followChain = async ({ observer, known }: (typeof observed)[number], signal: AbortSignal): Promise<void> => {
    const start = await observer.readNow();
    tally.begin(known.chain, start);
    const judge = (block: ObservedBlock): void => hooks.onBlock(known.chain, block, tally.block(known.chain, block));
    await observer.follow(start.at.number, judge, signal);
  };

  return {
    tally,
    follow: async signal => {
      await Promise.all([watchPrices(signal), ...observed.map(each => followChain(each, signal))]);
    },
    lookAgain: async () => {
      await Promise.all(
        observed.map(async ({ observer, known }) => tally.begin(known.chain, await observer.readNow())),
      );
    },
    close: async () => {
      await oracle.stop();
      await Promise.all(chains.map(chain => chain.close()));
    },
  };
};
