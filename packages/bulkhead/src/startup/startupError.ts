/** Why a process refuses to start. Each stops it before anything is sent. */
export type StartupErrorCode =
  | 'badConfig'
  | 'missingFile'
  | 'endpointUnreachable'
  | 'wrongChainId'
  | 'noCode'
  | 'wrongContract'
  | 'cannotSimulate'
  | 'redisUnreachable'
  | 'redisEvicts'
  | 'redisForgets'
  | 'keyMismatch'
  | 'wrongPassword'
  | 'plainKeyOnRealChain'
  | 'insufficientBalance'
  | 'bidderVaultUnknown'
  | 'oracleUnreachable';

export interface StartupErrorFields {
  readonly code: StartupErrorCode;
  /** Where in the configuration, as a person would write it: `chains[0].id`. */
  readonly field: string;
  /** One sentence: what is wrong. */
  readonly problem: string;
  /** One sentence: what to do. */
  readonly remedy: string;
  /** The other side's own words, when they help. */
  readonly details?: string;
  /** The page that explains it; that of the configuration by default. */
  readonly docs?: string;
}

const docs = 'docs/reference/configuration.md';

/** A process cannot start as it is configured. Read `code`; show `message`. */
export class StartupError extends Error {
  override name = 'StartupError';
  readonly code: StartupErrorCode;
  readonly field: string;
  readonly problem: string;
  readonly remedy: string;
  readonly details: string | undefined;

  constructor(fields: StartupErrorFields) {
    const lines = [
      `${fields.field}: ${fields.problem}`,
      `  Remedy: ${fields.remedy}`,
      ...(fields.details ? [`  Details: ${fields.details}`] : []),
      `  Docs: ${fields.docs ?? docs}`,
    ];
    super(lines.join('\n'));
    this.code = fields.code;
    this.field = fields.field;
    this.problem = fields.problem;
    this.remedy = fields.remedy;
    this.details = fields.details;
  }
}

/** First line of whatever was thrown. */
export const wordsOf = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n')[0] ?? '';
};
