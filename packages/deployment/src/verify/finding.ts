import type { Address } from 'viem';

/** Something that is not as the deployment file says. */
export interface Finding {
  readonly kind: 'noCode' | 'wrongCode' | 'wrongImmutable' | 'wrongValue' | 'wrongRole' | 'cannotLook';
  readonly contract: string;
  readonly address: Address;
  /** One sentence: what is there, and what should be. */
  readonly message: string;
}

/** One thing that was looked at. No findings: it is as it should be. */
export interface Examined {
  /** What holds when nothing was found, for people. */
  readonly what: string;
  readonly findings: readonly Finding[];
}

/** First line of whatever was thrown. */
export const wordsOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
