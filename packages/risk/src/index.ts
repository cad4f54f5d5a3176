export * from './afterBid.ts';
export * from './auctionRates.ts';
export * from './bidSizing.ts';
export * from './book/marginBook.ts';
export * from './evaluateGroup.ts';
