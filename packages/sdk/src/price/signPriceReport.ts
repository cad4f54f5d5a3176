import type { PriceReport } from '@bulkhead/shared';
import type { Address, Hex, TypedDataDefinition } from 'viem';
import { priceTypedData, type UnsignedPriceReport } from './priceTypedData.ts';

/** Whoever can sign EIP-712 data: a viem local account is one. */
export interface PriceSigner {
  readonly address: Address;
  signTypedData(data: TypedDataDefinition<ReturnType<typeof priceTypedData>['types'], 'Price'>): Promise<Hex>;
}

const byAddress = (left: PriceSigner, right: PriceSigner): number =>
  BigInt(left.address) < BigInt(right.address) ? -1 : 1;

/**
 * Signs a price with every signer given, in the order that OracleHub demands: addresses strictly increasing, each signature 65 bytes.
 * Which and how many signers are needed is the hub's threshold; signing with more than it is allowed.
 *
 * @example
 * import { feedIdOf, signPriceReport } from '@bulkhead/sdk'
 * import { privateKeyToAccount } from 'viem/accounts'
 *
 * const report = await signPriceReport({
 *   feedSetId,
 *   signers: [privateKeyToAccount(keyA), privateKeyToAccount(keyB)],
 *   report: { feed: feedIdOf('ETH/USD'), price, confidence, time, epoch: 1n },
 * })
 */
export const signPriceReport = async (options: {
  readonly feedSetId: Hex;
  readonly signers: readonly PriceSigner[];
  readonly report: UnsignedPriceReport;
}): Promise<PriceReport> => {
  const data = priceTypedData(options.feedSetId, options.report);
  const ordered = [...options.signers].sort(byAddress);
  const signatures = await Promise.all(ordered.map(signer => signer.signTypedData(data)));
  return { ...options.report, signatures };
};
