import { riskConfigAbi } from '@bulkhead/contracts';
import { collateralKey, instrumentKey, type ParameterSubject, parameterPushTypedData } from '@bulkhead/sdk';
import type { Wad } from '@bulkhead/shared';
import { encodeFunctionData, keccak256, stringToHex } from 'viem';
import type { LocalKeys } from '../keys.ts';
import type { LocalChain } from '../localnet.ts';
import type { OutgoingCall } from './outbox.ts';

const lifetime = 600n;

export interface LocalPush {
  readonly of: ParameterSubject;
  readonly initial: Wad;
  readonly maintenance: Wad;
}

/** The price signers of the local network push parameters too: two of them sign for the newest set there is. */
export const pushParametersCall = async (
  chain: LocalChain,
  keys: LocalKeys,
  { of, initial, maintenance }: LocalPush,
): Promise<OutgoingCall> => {
  const [first, second] = keys.priceSigners;
  if (first === undefined || second === undefined) throw new RangeError('two signers push');
  const at = { address: chain.addresses.riskConfig, abi: riskConfigAbi } as const;
  const key = 'token' in of ? collateralKey(of.token) : instrumentKey(of.instrument);
  const [nonce, epoch, { timestamp }] = await Promise.all([
    chain.client.readContract({ ...at, functionName: 'countOf', args: [key] }),
    chain.client.readContract({ ...at, functionName: 'epoch' }),
    chain.client.getBlock(),
  ]);
  const push = {
    key,
    initialWad: initial,
    maintenanceWad: maintenance,
    inputsHash: keccak256(stringToHex('local inputs')),
    modelVersion: stringToHex('local', { size: 32 }),
    nonce,
    expiry: timestamp + lifetime,
    epoch,
  };
  const typed = parameterPushTypedData(chain.chainId, at.address, push);
  const signatures = await Promise.all([first, second].map(({ account }) => account.signTypedData(typed)));
  return {
    from: keys.house,
    to: at.address,
    data: encodeFunctionData({ abi: riskConfigAbi, functionName: 'push', args: [{ ...push, signatures }] }),
    gas: 500_000n,
    what: 'tightening risk parameters',
  };
};
