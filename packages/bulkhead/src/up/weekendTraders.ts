/**
 * Owners who buy at Friday's close with as little margin as is allowed, and hold over the weekend of 13–16 March 2020. The gap is wider than their
 * margin: no keeper can help, and the shortfall path is seen.
 */
import { clearingHouseAbi } from '@bulkhead/contracts';
import type * as localnetModule from '@bulkhead/localnet';
import type { LocalChain, LocalKey, Localnet, OutgoingCall } from '@bulkhead/localnet';
import { accountIdOf, onChainReport, rights } from '@bulkhead/sdk';
import { type PriceReport, type PriceWad, vaultIdOf } from '@bulkhead/shared';
import { encodeFunctionData, encodePacked, type Hex, keccak256 } from 'viem';
import { springInstrument } from './parameterSet.ts';

type LocalnetModule = typeof localnetModule;

export interface WeekendTrader {
  readonly owner: LocalKey;
  readonly vaults: readonly Hex[];
}

/** Quote in each of their vaults, base units. */
const equity = 20_000n * 10n ** 6n;
/** Notional over equity: 6.35 % margin where 6 % is needed. */
const leverageMille = 15_750n;

/** Who they are: the same owner on every chain, with `perChain` vaults. */
export const weekendTrader = (localnet: Localnet, module: LocalnetModule, perChain: number): WeekendTrader => {
  const owner = module.localKey(localnet.seed, 'weekend');
  return {
    owner,
    vaults: Array.from({ length: perChain }, (_, bucket) => vaultIdOf(accountIdOf(owner.address), bucket)),
  };
};

export const openWeekendVaults = async (
  localnet: Localnet,
  module: LocalnetModule,
  perChain: number,
): Promise<WeekendTrader> => {
  const trader = weekendTrader(localnet, module, perChain);
  const { owner, vaults } = trader;
  const [operator] = localnet.keys.members;
  if (!operator) throw new TypeError('the local network has a member');
  const fill = async (chain: LocalChain): Promise<void> => {
    const at = chain.addresses;
    const outbox = module.createOutbox(chain.client, chain.chainId);
    await chain.client.setBalance({ address: owner.address, value: 10n ** 20n });
    const calls: readonly OutgoingCall[] = [
      module.ensureAccountCall(at, owner),
      module.openVaultsCall(at, owner, { first: 0, count: perChain }, module.localMemberId(0)),
      module.setRightsCall(at, owner, operator.address, rights.trade),
      module.mintCall(at.quoteToken, owner, equity * BigInt(perChain)),
      module.approveCall(at, at.quoteToken, owner),
      ...vaults.map(vaultId => module.depositCall(at, owner, { vaultId, token: at.quoteToken, amount: equity })),
    ];
    for (const call of calls) outbox.add(call);
    await outbox.flush();
  };
  await Promise.all(localnet.chains.map(fill));
  return trader;
};

const tradeIdOf = (chain: LocalChain, vault: Hex): Hex =>
  keccak256(encodePacked(['string', 'uint256', 'bytes32'], ['weekend', BigInt(chain.chainId), vault]));

/** The trades at the close, sent by the member's operator; resolves when they are in a block. */
export const buyAtTheClose = async (
  localnet: Localnet,
  trader: WeekendTrader,
  marketMaker: Hex,
  price: PriceWad,
  reports: readonly PriceReport[],
): Promise<void> => {
  const [operator] = localnet.keys.members;
  if (!operator) return;
  const size = (equity * leverageMille * 10n ** 27n) / price;
  const tradeCall = (chain: LocalChain, vault: Hex): OutgoingCall => ({
    from: operator,
    to: chain.addresses.clearingHouse,
    data: encodeFunctionData({
      abi: clearingHouseAbi,
      functionName: 'novate',
      args: [springInstrument, vault, marketMaker, size, price, tradeIdOf(chain, vault), reports.map(onChainReport)],
    }),
    gas: 3_000_000n,
    what: `the weekend trade of ${vault}`,
  });
  await Promise.all(
    localnet.chains.map(async chain => {
      const hashes = await chain.send(trader.vaults.map(vault => tradeCall(chain, vault)));
      const receipts = await Promise.all(
        hashes.map(hash => chain.client.waitForTransactionReceipt({ hash, timeout: 10_000 })),
      );
      const failed = trader.vaults.filter((_, index) => receipts[index]?.status !== 'success');
      if (failed.length > 0) throw new Error(`weekend trades of ${failed.join(', ')} failed on chain ${chain.chainId}`);
    }),
  );
};
