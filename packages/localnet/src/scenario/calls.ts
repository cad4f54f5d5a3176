import { clearingHouseAbi, marginEngineAbi, testTokenAbi, vaultRegistryAbi } from '@bulkhead/contracts';
import { accountIdOf, ownerKeyOf } from '@bulkhead/sdk';
import { type Address, encodeFunctionData, type Hex, maxUint256, zeroHash } from 'viem';
import type { LocalAddresses } from '../deploy/addresses.ts';
import type { LocalKey } from '../keys.ts';
import type { OutgoingCall } from './outbox.ts';

/**
 * The few calls that set a market up, each with a gas limit well above what it takes: nothing is estimated, so that hundreds of calls that build
 * on one another fit in one block.
 */
export const ensureAccountCall = (at: LocalAddresses, owner: LocalKey): OutgoingCall => ({
  from: owner,
  to: at.vaultRegistry,
  data: encodeFunctionData({
    abi: vaultRegistryAbi,
    functionName: 'ensureAccount',
    args: [ownerKeyOf(owner.address), zeroHash],
  }),
  gas: 300_000n,
  what: 'registering an account',
});

/** Consecutive buckets from `first` on, with the clearing house as venue. */
export const openVaultsCall = (
  at: LocalAddresses,
  owner: LocalKey,
  buckets: { readonly first: number; readonly count: number },
  memberId: Hex,
): OutgoingCall => ({
  from: owner,
  to: at.vaultRegistry,
  data: encodeFunctionData({
    abi: vaultRegistryAbi,
    functionName: 'openVaults',
    args: [accountIdOf(owner.address), buckets.first, buckets.count, at.clearingHouse, memberId],
  }),
  gas: 200_000n + 120_000n * BigInt(buckets.count),
  what: `opening ${buckets.count} vaults`,
});

export const setRightsCall = (
  at: LocalAddresses,
  owner: LocalKey,
  operator: Address,
  rights: bigint,
): OutgoingCall => ({
  from: owner,
  to: at.vaultRegistry,
  data: encodeFunctionData({
    abi: vaultRegistryAbi,
    functionName: 'setRights',
    args: [accountIdOf(owner.address), operator, rights],
  }),
  gas: 200_000n,
  what: 'setting rights',
});

export const mintCall = (token: Address, to: LocalKey, amount: bigint): OutgoingCall => ({
  from: to,
  to: token,
  data: encodeFunctionData({ abi: testTokenAbi, functionName: 'mint', args: [to.address, amount] }),
  gas: 150_000n,
  what: 'minting a test token',
});

export const approveCall = (at: LocalAddresses, token: Address, owner: LocalKey): OutgoingCall => ({
  from: owner,
  to: token,
  data: encodeFunctionData({ abi: testTokenAbi, functionName: 'approve', args: [at.marginEngine, maxUint256] }),
  gas: 100_000n,
  what: 'approving a test token',
});

export const depositCall = (
  at: LocalAddresses,
  from: LocalKey,
  deposit: { readonly vaultId: Hex; readonly token: Address; readonly amount: bigint },
): OutgoingCall => ({
  from,
  to: at.marginEngine,
  data: encodeFunctionData({
    abi: marginEngineAbi,
    functionName: 'deposit',
    args: [deposit.vaultId, deposit.token, deposit.amount],
  }),
  gas: 400_000n,
  what: 'depositing',
});

export const novateCall = (
  at: LocalAddresses,
  operator: LocalKey,
  trade: {
    readonly instrument: number;
    readonly buyer: Hex;
    readonly seller: Hex;
    readonly size: bigint;
    readonly price: bigint;
    readonly tradeId: Hex;
  },
): OutgoingCall => ({
  from: operator,
  to: at.clearingHouse,
  data: encodeFunctionData({
    abi: clearingHouseAbi,
    functionName: 'novate',
    args: [trade.instrument, trade.buyer, trade.seller, trade.size, trade.price, trade.tradeId, []],
  }),
  gas: 2_000_000n,
  what: `novating ${trade.size} of instrument ${trade.instrument}`,
});
