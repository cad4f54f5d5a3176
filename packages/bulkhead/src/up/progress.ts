/** Where a kept run stopped, so that the next one goes on from there. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PriceWad, priceWad } from '@bulkhead/shared';
import { feeds } from './parameterSet.ts';
import type { PriceBoard } from './priceDriver.ts';

export interface Progress {
  /** First tick that was not published. */
  readonly nextTick: number;
  /** Newest prices by feed name. */
  readonly prices: Readonly<Record<string, PriceWad>>;
}

const fresh: Progress = { nextTick: 0, prices: {} };
const fileIn = (directory: string): string => join(directory, 'progress.json');

interface Saved {
  readonly nextTick: number;
  readonly prices: Readonly<Record<string, string>>;
}

export const loadProgress = async (kept: string | undefined, resumed: boolean): Promise<Progress> => {
  if (kept === undefined || !resumed) return fresh;
  try {
    const saved = JSON.parse(await readFile(fileIn(kept), 'utf8')) as Saved;
    const prices = Object.fromEntries(
      Object.entries(saved.prices).map(([feed, price]) => [feed, priceWad(BigInt(price))]),
    );
    return { nextTick: saved.nextTick, prices };
  } catch {
    // The chains were kept but the run was killed before it could say where it was: the path begins anew.
    return fresh;
  }
};

export const saveProgress = async (kept: string, nextTick: number, board: PriceBoard): Promise<void> => {
  const names = [feeds.autumn, feeds.spring, feeds.collateral];
  const prices = Object.fromEntries(board.newest().map((price, index) => [names[index] ?? '', String(price)]));
  await writeFile(fileIn(kept), `${JSON.stringify({ nextTick, prices })}\n`);
};
