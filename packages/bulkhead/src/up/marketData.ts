import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Daily S&P 500 since 2000, from the npm package `vega-datasets`. Its `exports` name only the entry point, so the file is found beside that. */
export const readSp500 = (): Promise<string> => {
  const entry = createRequire(import.meta.url).resolve('vega-datasets');
  return readFile(join(dirname(entry), '..', 'data', 'sp500-2000.csv'), 'utf8');
};
