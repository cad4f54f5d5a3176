import type { ChainError, ChainErrorCode, ChainErrorKind } from '@bulkhead/shared';

/** A chain error on its way up to the port, which returns it. Never leaves the adapter. */
export class ChainFault extends Error {
  readonly error: ChainError;

  constructor(error: ChainError) {
    super(error.message);
    this.name = 'ChainFault';
    this.error = error;
  }
}

const longest = 300;

/** @param details an endpoint's or contract's own words; shortened here. */
export const chainError = (
  kind: ChainErrorKind,
  code: ChainErrorCode,
  message: string,
  details?: string,
): ChainError =>
  details === undefined || details === ''
    ? { kind, code, message }
    : { kind, code, message, details: details.length > longest ? `${details.slice(0, longest)}…` : details };

export const fault = (...parts: Parameters<typeof chainError>): ChainFault => new ChainFault(chainError(...parts));

/** The endpoint answered, and what it said cannot be an answer to the question. */
export const malformed = (method: string, answer: unknown): ChainFault =>
  fault(
    'retryable',
    'malformedAnswer',
    `The endpoint's answer to ${method} is not one. Look at the endpoint with doctor; another one is asked meanwhile.`,
    typeof answer === 'string' ? answer : (JSON.stringify(answer) ?? String(answer)),
  );
