/**
 * What went wrong at a chain, and therefore what to do (DESIGN §6). Closed: code switches on `kind`, people read `message`.
 * - retryable: the same call again later. - replace: the transaction pays too little. - resyncNonce: our idea of the nonce is wrong.
 * - doneByUs / doneByOther: what was wanted has happened. - permanent: this call will never work as it is.
 * - operatorFixable: someone has to change configuration or funds.
 */
export type ChainErrorKind =
  | 'retryable'
  | 'replace'
  | 'resyncNonce'
  | 'doneByUs'
  | 'doneByOther'
  | 'permanent'
  | 'operatorFixable';

export type ChainErrorCode =
  | 'timeout'
  | 'unreachable'
  | 'rateLimited'
  | 'staleHead'
  | 'blockGone'
  | 'malformedAnswer'
  | 'underpriced'
  | 'nonceTooLow'
  | 'nonceTooHigh'
  | 'alreadyKnown'
  | 'effectKeyUsed'
  | 'tradeIdUsed'
  | 'healthy'
  | 'positionChanged'
  | 'deadlinePassed'
  | 'stalePrice'
  | 'limitExceeded'
  | 'alreadyClosed'
  | 'bidderUndermargined'
  | 'reverted'
  | 'invalidTransaction'
  | 'insufficientFunds'
  | 'notAuthorised'
  | 'wrongChain'
  | 'noCode'
  | 'cannotSimulate';

export interface ChainError {
  readonly kind: ChainErrorKind;
  readonly code: ChainErrorCode;
  /** One sentence for a person: what happened and how to mend it. */
  readonly message: string;
  /** The endpoint's or contract's own words, shortened. */
  readonly details?: string;
}
