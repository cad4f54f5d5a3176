import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../config/loadConfig.ts';
import { keeperSettings } from './settings.ts';

const example = join(import.meta.dirname, '..', '..', '..', '..', 'docs', 'reference', 'bulkhead.example.yaml');

test('collaterals that the file skips, and the price of native currency, reach the decisions', async () => {
  const [first, second] = keeperSettings(await loadConfig(example, { BULKHEAD_SECRETS: '/run/secrets' })).chains;
  expect(first?.bid.skip).toEqual(['0x8888888888888888888888888888888888888888']);
  expect(second?.bid.skip).toEqual([]);
  expect(first?.bid.native).toEqual({ kind: 'fixed', price: 3_000n * 10n ** 18n });
});
