import type { PriceReport } from '@bulkhead/shared';
import type { Hex } from 'viem';

/** EIP-712 struct of a signed price (WIRE: signed prices). */
export const priceTypes = {
  Price: [
    { name: 'feed', type: 'bytes32' },
    { name: 'priceWad', type: 'uint256' },
    { name: 'confWad', type: 'uint256' },
    { name: 'time', type: 'uint64' },
    { name: 'epoch', type: 'uint64' },
  ],
} as const;

/** What is signed of a report: everything but the signatures. */
export type UnsignedPriceReport = Omit<PriceReport, 'signatures'>;

/**
 * EIP-712 typed data of one price, for `signTypedData` or a hardware wallet.
 * The domain names neither chain nor contract: one signature serves every chain that has the same feed set.
 */
export const priceTypedData = (feedSetId: Hex, report: UnsignedPriceReport) =>
  ({
    domain: { name: 'Bulkhead Price', version: '1', salt: feedSetId },
    types: priceTypes,
    primaryType: 'Price',
    message: {
      feed: report.feed,
      priceWad: report.price,
      confWad: report.confidence,
      time: BigInt(report.time),
      epoch: report.epoch,
    },
  }) as const;
