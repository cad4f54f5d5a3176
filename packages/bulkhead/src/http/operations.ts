import type { Caip2, EffectId, VaultName } from '@bulkhead/shared';

/** How a process is doing, for a probe: `ok` decides the status code, the rest is for people. */
export interface Condition {
  readonly ok: boolean;
  readonly reasons: readonly string[];
  readonly [detail: string]: unknown;
}

/** What a process offers over HTTP. */
export interface Operations {
  /** Whether the loop goes round (F21): it follows the loop's own tick, never the mere fact that a request was answered. */
  live(): Condition;
  /** Whether heads are fresh and Redis answers. */
  ready(): Promise<Condition>;
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
  status(): Promise<unknown>;
  explain(vault: VaultName): Promise<unknown>;
  pause(chain: Caip2 | undefined): Promise<void>;
  resume(chain: Caip2 | undefined): Promise<void>;
  /** False when unknown or ended. */
  cancel(effect: EffectId): Promise<boolean>;
  drain(): Promise<void>;
}
