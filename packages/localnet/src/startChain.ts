import { oracleHubAbi } from '@bulkhead/contracts';
import { onChainReport } from '@bulkhead/sdk';
import { evmChain, type PriceReport } from '@bulkhead/shared';
import { encodeFunctionData } from 'viem';
import { configureMarket } from './deploy/configureMarket.ts';
import { deployContracts, requireCode } from './deploy/deployContracts.ts';
import type { LocalChain, Mining } from './localnet.ts';
import { type Anvil, type LocalClient, localClient } from './process/anvil.ts';
import { actAsAdmin } from './scenario/asAdmin.ts';
import { broadcast, createOutbox } from './scenario/outbox.ts';
import type { Settings } from './settings.ts';

const postGas = 5_000_000n;

/** Posts in one block of its own, whatever the chain's mining is. */
export const postReports = async (
  client: LocalClient,
  chainId: number,
  settings: Pick<Settings, 'keys' | 'addresses'>,
  reports: readonly PriceReport[],
): Promise<void> => {
  if (reports.length === 0) return;
  const outbox = createOutbox(client, chainId);
  const data = encodeFunctionData({ abi: oracleHubAbi, functionName: 'post', args: [reports.map(onChainReport)] });
  outbox.add({
    from: settings.keys.house,
    to: settings.addresses.oracleHub,
    data,
    gas: postGas,
    what: 'posting prices',
  });
  await outbox.flush();
};

/** The face of a running anvil that has everything deployed. */
export const localChainOf = (
  anvil: Pick<Anvil, 'chainId' | 'http' | 'ws' | 'pid'>,
  settings: Pick<Settings, 'keys' | 'addresses'>,
): LocalChain => {
  const client = localClient(anvil.http);
  return {
    id: evmChain(anvil.chainId),
    chainId: anvil.chainId,
    http: anvil.http,
    ws: anvil.ws,
    pid: anvil.pid,
    addresses: settings.addresses,
    client,
    post: reports => postReports(client, anvil.chainId, settings, reports),
    send: calls => broadcast(client, anvil.chainId, calls),
    asAdmin: calls =>
      actAsAdmin(
        {
          client,
          chainId: anvil.chainId,
          timelock: settings.addresses.timelock,
          proposer: settings.keys.proposer,
        },
        calls,
      ),
  };
};

export const setMining = async (client: LocalClient, mining: Mining): Promise<void> => {
  if (mining === 'auto') {
    await client.setIntervalMining({ interval: 0 });
    await client.setAutomine(true);
  } else {
    await client.setAutomine(false);
    await client.setIntervalMining({ interval: mining.everySeconds });
  }
};

/** Deploys and configures, or looks whether what was loaded from a state is whole; then lets the chain make blocks as wanted. */
export const prepareChain = async (
  chain: LocalChain,
  settings: Settings,
  first: { readonly reports: readonly PriceReport[]; readonly resumed: boolean },
): Promise<void> => {
  const { client, chainId, addresses } = chain;
  const { keys, set } = settings;
  if (first.resumed) {
    await requireCode(client, chainId, addresses);
  } else {
    settings.say(`chain ${chainId}: deploying`);
    await deployContracts({ client, chainId, set, addresses, proposer: keys.proposer, plan: settings.plan });
    settings.say(`chain ${chainId}: listing collaterals and instruments, admitting ${keys.members.length} members`);
    await configureMarket({ client, chainId, set, addresses, keys, reports: first.reports });
  }
  await setMining(client, settings.mining);
};
