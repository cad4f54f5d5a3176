/** What every error of this package carries: what happened, how to mend it, the arguments, and where it is documented. */
export interface BulkheadErrorOptions {
  readonly cause?: unknown;
  /** How to mend it. */
  readonly remedy?: string;
  /** The endpoint's or contract's own words. */
  readonly details?: string;
  readonly docsPath?: string;
  /** Arguments and context, a line each. */
  readonly metaMessages?: readonly string[];
}

const messageOf = (shortMessage: string, options: BulkheadErrorOptions): string =>
  [
    shortMessage,
    options.remedy && `\nTo mend it: ${options.remedy}`,
    options.metaMessages && options.metaMessages.length > 0 && `\n${options.metaMessages.join('\n')}`,
    options.docsPath && `\nDocs: ${options.docsPath}`,
    options.details && `Details: ${options.details}`,
  ]
    .filter(Boolean)
    .join('\n');

/** Ancestor of every error that this package throws. */
export class BulkheadError extends Error {
  override name = 'BulkheadError';
  readonly shortMessage: string;
  readonly remedy: string | undefined;
  readonly details: string | undefined;
  readonly docsPath: string | undefined;
  readonly metaMessages: readonly string[];

  constructor(shortMessage: string, options: BulkheadErrorOptions = {}) {
    super(messageOf(shortMessage, options), options.cause === undefined ? undefined : { cause: options.cause });
    this.shortMessage = shortMessage;
    this.remedy = options.remedy;
    this.details = options.details;
    this.docsPath = options.docsPath;
    this.metaMessages = options.metaMessages ?? [];
  }
}

/** No account: neither the client nor the arguments say who acts. */
export class AccountMissingError extends BulkheadError {
  override name = 'AccountMissingError';
  constructor(action: string) {
    super(`${action} needs to know who will send it.`, {
      remedy: 'Give the client an account, or pass `from`.',
    });
  }
}

/** No deployment is known on that chain. */
export class DeploymentUnknownError extends BulkheadError {
  override name = 'DeploymentUnknownError';
  constructor(chainId: number | undefined, known: readonly string[]) {
    const where =
      chainId === undefined ? 'The client has no chain' : `The address book has no deployment on eip155:${chainId}`;
    super(`${where}.`, {
      remedy: 'Give `addresses`, or a `book` with that chain: bulkhead deploy writes one.',
      metaMessages: [`Known chains: ${known.length === 0 ? 'none' : known.join(', ')}`],
    });
  }
}

/** Something a plan needs is missing, and no step of the plan can bring it about. */
export class RequirementNotMetError extends BulkheadError {
  override name = 'RequirementNotMetError';
  constructor(plan: string, requirement: string, remedy: string) {
    super(`${plan}: ${requirement}`, { remedy });
  }
}

/** The wallet that should send a plan is not the one it was made for. */
export class WrongSenderError extends BulkheadError {
  override name = 'WrongSenderError';
  constructor(plan: string, expected: string, actual: string) {
    super(`${plan} was made for ${expected}, but the wallet is ${actual}.`, {
      remedy: 'Send it with the wallet it was made for, or make it anew with `from` set to this one.',
    });
  }
}

/** A transaction of a plan was included, and failed. `cause` holds the decoded reason when one was found. */
export class StepRevertedError extends BulkheadError {
  override name = 'StepRevertedError';
  readonly hash: string;
  constructor(step: string, hash: string, cause: unknown) {
    super(`"${step}" was included but failed.`, {
      cause,
      metaMessages: [`transaction: ${hash}`],
      ...(cause instanceof Error ? { details: cause.message } : {}),
    });
    this.hash = hash;
  }
}

/** The endpoint did not do what was asked, and no contract said why. */
export class RequestFailedError extends BulkheadError {
  override name = 'RequestFailedError';
  constructor(cause: unknown) {
    super('The endpoint refused or did not answer.', {
      cause,
      details: cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause),
    });
  }
}

/** A call reverted with data that no contract of ours produces: a token's own error, for example. */
export class UnknownRevertError extends BulkheadError {
  override name = 'UnknownRevertError';
  readonly data: string;
  constructor(data: string, cause: unknown) {
    super('The call reverted with an error that is not one of Bulkhead.', {
      cause,
      remedy: 'Look the data up in the ABI of the token or contract involved.',
      metaMessages: [`data: ${data}`],
    });
    this.data = data;
  }
}
