import type { BlockRef } from '@bulkhead/shared';

/** Blocks that were delivered lately, oldest first: what a reorganisation is found by. */
export interface Trail {
  tip(): BlockRef | undefined;
  oldest(): BlockRef | undefined;
  /** The delivered block of that number; undefined when it was forgotten or skipped. */
  at(number: bigint): BlockRef | undefined;
  push(block: BlockRef): void;
  /** Forgets the tip. */
  pop(): void;
}

export const createTrail = (longest: number): Trail => {
  const blocks: BlockRef[] = [];
  return {
    tip: () => blocks.at(-1),
    oldest: () => blocks[0],
    at: number => blocks.find(block => block.number === number),
    push: block => {
      blocks.push(block);
      if (blocks.length > longest) blocks.shift();
    },
    pop: () => {
      blocks.pop();
    },
  };
};
