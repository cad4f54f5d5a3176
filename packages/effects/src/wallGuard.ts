import type { Touch } from '@bulkhead/shared';
import type { Footprint, FootprintEntry } from './handler.ts';

/** Why a simulated state diff was refused. */
export type WallViolation =
  /** The endpoint gave no state diff: nothing can be judged, so nothing is sent. */
  | { readonly kind: 'noDiff' }
  /** State changed that belongs to no known wall. */
  | { readonly kind: 'unattributed'; readonly touch: Touch }
  /** A vault, aspect or item that the footprint does not name. */
  | { readonly kind: 'outside'; readonly touch: Touch }
  /** Named, but it changes by more than its bound. */
  | { readonly kind: 'beyondBound'; readonly touch: Touch; readonly change: bigint };

const sameText = (left: string, right: string): boolean => left.toLowerCase() === right.toLowerCase();

const isNamed = (entry: FootprintEntry, touch: Touch): boolean =>
  touch.vault !== undefined &&
  sameText(entry.vault, touch.vault) &&
  entry.aspects.some(aspect => aspect === touch.aspect) &&
  (entry.items === undefined || entry.items.some(item => sameText(item, touch.item)));

/** Bounds are amounts of a token, so they speak of escrow and book and not of positions or clocks. */
const isBounded = (touch: Touch): boolean => touch.aspect === 'escrow' || touch.aspect === 'free';

const isWithin = (entry: FootprintEntry, touch: Touch, change: bigint): boolean => {
  if (!isBounded(touch)) return true;
  if (entry.maxFall !== undefined && -change > entry.maxFall) return false;
  return entry.maxRise === undefined || change <= entry.maxRise;
};

const placeOf = (touch: Touch): string => `${touch.vault}|${touch.aspect}|${touch.item}`.toLowerCase();

/** Sums the changes of one place, so that a large move cannot hide as several small ones. */
const changesByPlace = (touches: readonly Touch[]): ReadonlyMap<string, bigint> => {
  const changes = new Map<string, bigint>();
  for (const touch of touches) {
    const place = placeOf(touch);
    changes.set(place, (changes.get(place) ?? 0n) + touch.after - touch.before);
  }
  return changes;
};

/**
 * The wall guard (DESIGN §7): every change of the simulated state diff must be named by the footprint and stay within its bound. Fails closed:
 * no diff, or a change that cannot be attributed, is a violation.
 */
export const wallGuard = (footprint: Footprint, touches: readonly Touch[] | undefined): readonly WallViolation[] => {
  if (touches === undefined) return [{ kind: 'noDiff' }];
  const changes = changesByPlace(touches);
  return touches.flatMap((touch): readonly WallViolation[] => {
    if (touch.vault === undefined || touch.aspect === 'unattributed') return [{ kind: 'unattributed', touch }];
    const named = footprint.filter(entry => isNamed(entry, touch));
    if (named.length === 0) return [{ kind: 'outside', touch }];
    const change = changes.get(placeOf(touch)) ?? 0n;
    return named.some(entry => isWithin(entry, touch, change)) ? [] : [{ kind: 'beyondBound', touch, change }];
  });
};

/** One line for the ledger's note and the log. */
export const describeViolation = (violation: WallViolation): string => {
  if (violation.kind === 'noDiff') return 'the endpoint gives no state diff';
  const { touch } = violation;
  const place = `${touch.aspect}${touch.item === '' ? '' : ` ${touch.item}`} of ${touch.vault ?? 'an unknown place'}`;
  if (violation.kind === 'beyondBound') return `${place} changes by ${violation.change}, beyond its bound`;
  return `${place} changes from ${touch.before} to ${touch.after}, outside the footprint`;
};
