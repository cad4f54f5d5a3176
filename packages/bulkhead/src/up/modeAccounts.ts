/**
 * Three owners with the same holdings, each margined in another mode, through the same prices: an index bought in one vault, and most of it sold again in the
 * other, beside puts on it that expire on the way. Alone, each vault must stand on its own; in a group the gains of one stand beside the losses of the
 * other; in portfolio mode they cancel in the requirement too.
 */
import type * as localnetModule from '@bulkhead/localnet';
import type { LocalChain, LocalKey, Localnet, OutgoingCall } from '@bulkhead/localnet';
import { accountIdOf, rights } from '@bulkhead/sdk';
import { type MarginMode, type PriceWad, type VaultId, vaultId, vaultIdOf } from '@bulkhead/shared';
import { encodePacked, type Hex, keccak256 } from 'viem';
import { feeds, putInstrument } from './parameterSet.ts';

type LocalnetModule = typeof localnetModule;

export interface ModeAccount {
  readonly mode: MarginMode;
  readonly owner: LocalKey;
  /** On the first chain. The first leads where they are grouped. */
  readonly vaults: readonly [VaultId, VaultId];
}

export const modesShown: readonly MarginMode[] = ['segregated', 'cross', 'portfolio'];

/** Quote in each vault, base units. */
const equity = 10_000n * 10n ** 6n;
/** Value of what is bought and of what is sold, in quote, per thousand of a vault's equity: 6 and 4.5 times. */
const longMille = 6_000n;
const shortMille = 4_500n;
/** Puts bought in the other vault, per thousand of what is bought of the index. */
const putMille = 300n;
/** The index that goes through autumn 2008. */
const indexInstrument = 0;

export const modeAccounts = (localnet: Localnet, module: LocalnetModule): readonly ModeAccount[] =>
  modesShown.map(mode => {
    const owner = module.localKey(localnet.seed, `${mode} mode`);
    const vaultOf = (bucket: number): VaultId => vaultId(vaultIdOf(accountIdOf(owner.address), bucket));
    return { mode, owner, vaults: [vaultOf(0), vaultOf(1)] };
  });

const tradeIdOf = (vault: Hex, instrument: number): Hex =>
  keccak256(encodePacked(['string', 'bytes32', 'uint256'], ['mode', vault, BigInt(instrument)]));

interface Leg {
  readonly instrument: number;
  /** Which of the account's vaults. */
  readonly vault: Hex;
  /** WAD, long > 0; the market maker takes the other side. */
  readonly size: bigint;
  readonly price: PriceWad;
}

const tradeCall = (chain: LocalChain, module: LocalnetModule, operator: LocalKey, leg: Leg): OutgoingCall => {
  const maker = module.firstVaultOf(operator);
  const { instrument, vault, size, price } = leg;
  const [buyer, seller] = size > 0n ? [vault, maker] : [maker, vault];
  const tradeId = tradeIdOf(vault, instrument);
  return module.novateCall(chain.addresses, operator, {
    instrument,
    buyer,
    seller,
    size: size < 0n ? -size : size,
    price,
    tradeId,
  });
};

const legsOf = (
  { vaults }: ModeAccount,
  start: { readonly index: PriceWad; readonly put: PriceWad },
): readonly Leg[] => {
  const sizeOf = (mille: bigint): bigint => (equity * mille * 10n ** 27n) / start.index;
  return [
    { instrument: indexInstrument, vault: vaults[0], size: sizeOf(longMille), price: start.index },
    { instrument: indexInstrument, vault: vaults[1], size: -sizeOf(shortMille), price: start.index },
    { instrument: putInstrument, vault: vaults[1], size: (sizeOf(longMille) * putMille) / 1_000n, price: start.put },
  ];
};

/** Opens, fills and trades for the three accounts on the first chain at the prices of the start, and margins two of them together. */
export const openModeAccounts = async (localnet: Localnet, module: LocalnetModule): Promise<void> => {
  const [chain] = localnet.chains;
  const [operator] = localnet.keys.members;
  if (!chain || !operator) throw new TypeError('the local network has a chain and a member');
  const at = chain.addresses;
  const accounts = modeAccounts(localnet, module);
  const outbox = module.createOutbox(chain.client, chain.chainId);
  for (const { owner, vaults } of accounts) {
    await chain.client.setBalance({ address: owner.address, value: 10n ** 20n });
    const calls: readonly OutgoingCall[] = [
      module.ensureAccountCall(at, owner),
      module.openVaultsCall(at, owner, { first: 0, count: vaults.length }, module.localMemberId(0)),
      module.setRightsCall(at, owner, operator.address, rights.trade),
      module.mintCall(at.quoteToken, owner, equity * BigInt(vaults.length)),
      module.approveCall(at, at.quoteToken, owner),
      ...vaults.map(vault => module.depositCall(at, owner, { vaultId: vault, token: at.quoteToken, amount: equity })),
    ];
    for (const call of calls) outbox.add(call);
  }
  await outbox.flush();
  await localnet.publishAndPost(localnet.parameterSet.startPrices);
  const { startPrices } = localnet.parameterSet;
  const [index, put] = [startPrices[feeds.autumn], startPrices[feeds.put]];
  if (index === undefined || put === undefined) throw new TypeError('the parameter set prices the index and the put');
  for (const leg of accounts.flatMap(account => legsOf(account, { index, put })))
    outbox.add(tradeCall(chain, module, operator, leg));
  await outbox.flush();
  for (const { mode, owner, vaults } of accounts) {
    if (mode !== 'segregated') outbox.add(module.formGroupCall(at, owner, vaults, mode));
  }
  await outbox.flush();
};
