import type { FeedId } from '@bulkhead/shared';
import { keccak256, stringToHex } from 'viem';

/** Id of a feed by its name, for example of `ETH/USD`: keccak256 of the name's UTF-8 bytes. */
export const feedIdOf = (name: string): FeedId => keccak256(stringToHex(name));
