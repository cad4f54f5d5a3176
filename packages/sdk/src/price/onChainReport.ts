import type { PriceReport } from '@bulkhead/shared';

/** A signed report in the shape that the contracts' ABI takes. */
export const onChainReport = (report: PriceReport) => ({
  feed: report.feed,
  priceWad: report.price as bigint,
  confWad: report.confidence as bigint,
  time: BigInt(report.time),
  epoch: report.epoch,
  signatures: report.signatures,
});
