/** What `up` may be told. */
export interface UpOptions {
  readonly json?: boolean;
  readonly seed: string;
  readonly serve?: boolean;
  readonly keep?: boolean;
  readonly stateDir?: string;
  /** First and last day of each crash, counted from 1. */
  readonly days?: { readonly from: number; readonly to: number };
  readonly vaults: number;
}
