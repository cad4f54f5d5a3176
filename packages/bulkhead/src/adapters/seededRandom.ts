import { createHash } from 'node:crypto';
import type { Random } from '@bulkhead/shared/ports';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A repeatable stream of chance. @param seed any text; `label` keeps streams of one seed apart, so that using one shifts no other. */
export const seededRandom = (seed: string, label = ''): Random => {
  const start = createHash('sha256').update(`${seed}\u0000${label}`).digest().readInt32BE(0);
  const generator = xoroshiro128plus(start);
  return Object.freeze({ unit: () => uniformFloat64(generator) });
};
