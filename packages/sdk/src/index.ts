export { type AccountId, type FeedId, type PriceReport, type VaultId, vaultIdOf } from '@bulkhead/shared';
export * from './derive/accountIdOf.ts';
export * from './derive/escrowAddressOf.ts';
export * from './price/feedIdOf.ts';
export * from './price/onChainReport.ts';
export * from './price/priceDigest.ts';
export * from './price/priceTypedData.ts';
export * from './price/signPriceReport.ts';
export * from './rights.ts';
