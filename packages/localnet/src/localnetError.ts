/** A local network that could not be started or used: what happened, and how to mend it. */
export class LocalnetError extends Error {
  override readonly name = 'LocalnetError';
  readonly remedy: string | undefined;

  constructor(
    shortMessage: string,
    options: { readonly remedy?: string; readonly details?: string; readonly cause?: unknown } = {},
  ) {
    const lines = [shortMessage, options.remedy, options.details && `Details: ${options.details.trim()}`].filter(
      Boolean,
    );
    super(lines.join('\n'), options.cause === undefined ? undefined : { cause: options.cause });
    this.remedy = options.remedy;
  }
}
