import { milliseconds, wei } from '@bulkhead/shared';
import type { ChainPolicy } from './api.ts';

/** Everything but the limits on money, which only an operator can know. */
export const defaultPolicy = {
  mode: 'observe',
  maxUnconfirmed: 4,
  replacement: { afterBlocks: 2, minimumInterval: milliseconds(4_000) },
  gapFillBudget: wei(10n ** 16n),
  finality: 'final',
  gasLimitPercent: 130,
  leaseTtl: milliseconds(3_000),
  claimTtl: milliseconds(10_000),
  sweepEvery: milliseconds(1_000),
  retryAfter: milliseconds(1_000),
  foreignPatience: milliseconds(300_000),
  shard: '00-ff',
} as const satisfies Omit<ChainPolicy, 'feeCap' | 'dailySpendCap'>;
