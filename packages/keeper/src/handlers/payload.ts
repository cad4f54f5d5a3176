import { failure, type Hex32, ok, type Result, type Seconds, type VaultId } from '@bulkhead/shared';

/** What the keeper's effects carry through the ledger, as JSON. Everything else is read again before acting. */
export interface BidPayload {
  readonly kind: 'bid';
  readonly vault: VaultId;
  readonly bidderVault: VaultId;
  readonly lastTrade: Hex32;
  /** Signing time of the report that made the group fail, for the latency marks. */
  readonly reportTime?: Seconds;
}
export interface TouchPayload {
  readonly kind: 'touch';
  readonly vault: VaultId;
  readonly shownAt: Seconds;
}
export interface CloseRoundPayload {
  readonly kind: 'closeRound';
  readonly instrument: number;
  readonly round: number;
}
export interface SettlePayload {
  readonly kind: 'settle';
  readonly instrument: number;
  readonly round: number;
  readonly vaults: readonly VaultId[];
}
export interface PostPricesPayload {
  readonly kind: 'postPrices';
  readonly feeds: readonly Hex32[];
}
export interface ShedPayload {
  readonly kind: 'shed';
  readonly instrument: number;
  readonly bidderVault: VaultId;
  readonly counterparty: VaultId;
}

export type Payload = BidPayload | TouchPayload | CloseRoundPayload | SettlePayload | PostPricesPayload | ShedPayload;
export type PayloadKind = Payload['kind'];

/** Raised when a field changes its meaning: a ledger written by an older version must not be misread. */
const version = 1;

export const encodePayload = (payload: Payload): string => JSON.stringify({ version, ...payload });

/** Reads back what `encodePayload` wrote. Anything else is a typed failure, never a guess. */
export const decodePayload = <Kind extends PayloadKind>(
  text: string,
  kind: Kind,
): Result<Extract<Payload, { kind: Kind }>, { readonly kind: 'unreadablePayload' }> => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return failure({ kind: 'unreadablePayload' });
  }
  const fields = parsed as { readonly version?: unknown; readonly kind?: unknown } | null;
  if (fields?.version !== version || fields.kind !== kind) return failure({ kind: 'unreadablePayload' });
  return ok(parsed as Extract<Payload, { kind: Kind }>);
};
