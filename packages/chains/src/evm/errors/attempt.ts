import { type ChainError, failure, ok, type Result } from '@bulkhead/shared';
import { classifyChainError } from './classify.ts';

/** Runs something that may throw what a chain does, and returns it. Defects are thrown on. */
export const attempt = async <Value>(work: () => Promise<Value>): Promise<Result<Value, ChainError>> => {
  try {
    return ok(await work());
  } catch (error) {
    const known = classifyChainError(error);
    if (known === undefined) throw error;
    return failure(known);
  }
};
