import type { ChainError, ChainErrorCode, ChainErrorKind, Hex } from '@bulkhead/shared';
import { decodeErrorResult } from 'viem';
import { contractErrors } from '../abis.ts';
import { chainError } from './chainFault.ts';

type Meaning = readonly [kind: ChainErrorKind, code: ChainErrorCode, message: string];

const notAllowed = (whom: string): Meaning => [
  'operatorFixable',
  'notAuthorised',
  `The signer lacks a right that the call needs: ${whom}. Grant it with setRights, or use another signer.`,
];
const bidderShort: Meaning = [
  'permanent',
  'bidderUndermargined',
  'The acting vault would end below its initial margin or lacks the free amount. Deposit into it, or bid a smaller fraction.',
];
const oldPrice: Meaning = [
  'retryable',
  'stalePrice',
  'A price on chain is missing, too old or ahead of the chain. Post a fresh report with the call.',
];

/**
 * What our contracts' errors mean for whoever sent the call. A used key is somebody else's work as far as the adapter can tell: only the
 * ledger knows that the transaction that used it was its own.
 */
const meanings: Readonly<Record<string, Meaning>> = {
  EffectKeyUsed: ['doneByOther', 'effectKeyUsed', 'The effect key was consumed: this effect is done.'],
  TradeIdUsed: ['doneByOther', 'tradeIdUsed', 'The trade id was consumed: this trade is done.'],
  Healthy: ['doneByOther', 'healthy', 'The group is healthy: there is nothing to liquidate.'],
  RoundNotOver: ['doneByOther', 'alreadyClosed', 'The open round is not over: somebody closed the one before it.'],
  PositionChanged: ['retryable', 'positionChanged', 'The group changed since it was read. Read it again and bid anew.'],
  LimitExceeded: ['retryable', 'limitExceeded', "The rate is outside the bid's limit. It moves with time: try later."],
  ResidualTooLarge: [
    'retryable',
    'limitExceeded',
    'More of the pay than the bid allows would come from nobody: the price moved, or others were paid first. Bid anew.',
  ],
  OutsideTradeBand: ['retryable', 'limitExceeded', 'The trade price is too far from the mark. Price the trade anew.'],
  DeadlinePassed: ['permanent', 'deadlinePassed', "The call's deadline has passed: plan it anew if it is still due."],
  StalePrice: oldPrice,
  NoPrice: oldPrice,
  PriceFromTheFuture: oldPrice,
  Unhealthy: bidderShort,
  TradeWouldUndermargin: bidderShort,
  InsufficientFree: bidderShort,
  NotAuthorised: notAllowed('trade, deposit or withdraw on the vault it acts with'),
  NoTradeRight: notAllowed("the member's operator needs the trade right of both accounts"),
  NotAMember: notAllowed('only the operator of a member of one side may novate'),
  TooManyOpenRounds: [
    'retryable',
    'reverted',
    'Too many closed rounds are still incomplete. Settle or liquidate their losers first.',
  ],
  PriceSuspect: [
    'retryable',
    'stalePrice',
    'A price jumped further than one report is believed for. The next report confirms or denies it: post that with the call.',
  ],
  SequencerNotReady: [
    'retryable',
    'reverted',
    'The sequencer is down or came back lately. Wait for the grace period to end.',
  ],
  PricePaused: [
    'retryable',
    'reverted',
    'The guardian stopped this use of a price. Nothing but time, or whoever lifts the pause, helps.',
  ],
  NotEnoughGas: ['retryable', 'reverted', 'The call had too little gas. Simulate again and raise the gas limit.'],
};

const text = (value: unknown): string =>
  typeof value === 'bigint'
    ? value.toString()
    : typeof value === 'object'
      ? JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? part.toString() : part))
      : String(value);

/** Decoded name and arguments of revert data; undefined when no contract of ours has such an error. */
const decode = (data: Hex): { readonly name: string; readonly said: string } | undefined => {
  try {
    const { errorName, args } = decodeErrorResult({ abi: contractErrors, data });
    return { name: errorName, said: `${errorName}(${(args ?? []).map(text).join(', ')})` };
  } catch {
    return undefined;
  }
};

/** @param data what the call returned as it reverted, `0x` when nothing. @param said the endpoint's own words. */
export const classifyRevert = (data: Hex, said: string): ChainError => {
  const decoded = data === '0x' ? undefined : decode(data);
  const meaning = decoded && meanings[decoded.name];
  if (decoded && meaning) return chainError(...meaning, decoded.said);
  const details = decoded?.said ?? (data === '0x' ? said : `${said} (${data.slice(0, 74)})`);
  return chainError(
    'permanent',
    'reverted',
    'The contract refuses the call as it is. The reason is in the details.',
    details,
  );
};
