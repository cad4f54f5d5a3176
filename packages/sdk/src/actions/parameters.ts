import type { Address } from 'viem';
import type { BulkheadAddresses } from '../addresses.ts';

/** What every action takes. */
export interface ActionParameters {
  readonly addresses: BulkheadAddresses;
}

/** What every plan takes. */
export interface PlanParameters extends ActionParameters {
  /** Who will send it; the client's own account by default. */
  readonly from?: Address;
}
