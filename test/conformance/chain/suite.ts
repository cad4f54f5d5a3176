import { afterAll, beforeAll, describe, test } from 'vitest';
import { endpointsConformance } from './endpoints.ts';
import type { Abilities, ChainFixture } from './fixture.ts';
import { readingConformance } from './reading.ts';
import { sendingConformance } from './sending.ts';
import { simulatingConformance } from './simulating.ts';
import { some } from './support.ts';
import { watchingConformance } from './watching.ts';

/**
 * What every implementation of the Chain port must do (DESIGN §6). Written against the port and the fixture alone, so that a chain of another
 * family passes it unchanged.
 */
export const chainConformance = (
  name: string,
  makeFixture: () => Promise<ChainFixture>,
  abilities: Abilities = { reorganise: true, holdBlocks: true, passTime: true },
): void => {
  const missing = Object.entries(abilities).flatMap(([ability, why]) => (why === true ? [] : [`${ability}: ${why}`]));
  const title = `the Chain port on ${name}${missing.length === 0 ? '' : ` (without ${missing.join(', ')})`}`;
  describe(title, () => {
    let made: ChainFixture | undefined;
    const fixture = (): ChainFixture => some(made);
    beforeAll(async () => {
      made = await makeFixture();
    });
    afterAll(() => made?.close());
    readingConformance(fixture, abilities);
    watchingConformance(fixture, abilities);
    simulatingConformance(fixture, abilities);
    sendingConformance(fixture, abilities);
    endpointsConformance(fixture, abilities);
  });
};

/** A conformance run that cannot be had here, with the reason in its name. */
export const skippedConformance = (name: string, reason: string): void => {
  describe.skip(`the Chain port on ${name} (skipped: ${reason})`, () => {
    test('everything', () => undefined);
  });
};
