import { type Hex, hashTypedData } from 'viem';
import { priceTypedData, type UnsignedPriceReport } from './priceTypedData.ts';

/**
 * EIP-712 digest of a price: equals `OracleHub.digest` on every chain that serves the feed set.
 *
 * @example
 * import { feedIdOf, priceDigest } from '@bulkhead/sdk'
 *
 * const digest = priceDigest(feedSetId, {
 *   feed: feedIdOf('ETH/USD'), price: 3000n * 10n ** 18n, confidence: 10n ** 18n, time: 1795550196, epoch: 1n,
 * })
 */
export const priceDigest = (feedSetId: Hex, report: UnsignedPriceReport): Hex =>
  hashTypedData(priceTypedData(feedSetId, report));
