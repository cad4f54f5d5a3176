import type { Hex, Hex32 } from '@bulkhead/shared';
import { keccak256 } from 'viem';
import { hash } from '../endpoints/answers.ts';
import type { EndpointPool } from '../endpoints/pool.ts';
import { malformed } from '../errors/chainFault.ts';
import { classifyChainError } from '../errors/classify.ts';

const method = 'eth_sendRawTransaction';

/**
 * Hands signed bytes to one endpoint, or to the next when it cannot be reached: the same bytes can land only once. @throws ChainFault.
 * @returns the hash, also when the endpoint holds them already.
 */
export const broadcast = async (pool: EndpointPool, bytes: Hex): Promise<Hex32> => {
  const expected = keccak256(bytes);
  try {
    const answer = hash(method, await pool.send(method, [bytes]));
    if (answer !== expected) throw malformed(method, answer);
    return expected;
  } catch (error) {
    if (classifyChainError(error)?.code === 'alreadyKnown') return expected;
    throw error;
  }
};
