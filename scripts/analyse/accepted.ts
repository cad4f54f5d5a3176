/** A finding that somebody looked at and that stays, and why. */
export interface Accepted {
  readonly detector: string;
  /** As Finding.place; `*`: wherever it is. */
  readonly place: string;
  readonly reason: string;
}

/** Of a page whose lists stand under `### detector`: "- `Place`, `Place`: reason". @throws Error for an item without a place or a reason. */
export function acceptedIn(page: string): readonly Accepted[] {
  let detector: string | undefined;
  return page.split('\n').flatMap(line => {
    if (line.startsWith('#')) detector = /^### (\S+)$/.exec(line)?.[1];
    if (detector === undefined || !line.startsWith('- ')) return [];
    const [, places = '', reason = ''] = /^- ((?:`[^`]+`(?:, )?)+): (.+)$/.exec(line) ?? [];
    if (reason === '') throw new Error(`not "- \`Place\`, \`Place\`: reason": ${line}`);
    const known = detector;
    return [...places.matchAll(/`([^`]+)`/g)].map(([, place = '']) => ({ detector: known, place, reason }));
  });
}
