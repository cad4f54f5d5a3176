/** What `up` may be told. */
export interface UpOptions {
  readonly json?: boolean;
  readonly seed: string;
  readonly serve?: boolean;
  readonly keep?: boolean;
  readonly stateDir?: string;
  readonly days?: number;
  readonly vaults: number;
}
