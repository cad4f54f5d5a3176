import { parseAbi } from 'viem';
import { defineContractError } from './contractError.ts';

/** What the transfer library inside the margin engine says when a token refuses. */
const transferAbi = parseAbi(['error TransferFromFailed()', 'error TransferFailed()']);

export const TransferFromFailedError = defineContractError(transferAbi, 'TransferFromFailed', () => ({
  what: 'The token refused to be taken from the sender.',
  remedy: 'Look at the sender’s balance, and let it approve the margin engine for the amount.',
}));

export const TransferFailedError = defineContractError(transferAbi, 'TransferFailed', () => ({
  what: 'The token refused to be sent.',
  remedy: 'Look whether the token is paused, or the receiver refused by it.',
}));
