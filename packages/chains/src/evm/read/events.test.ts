import { describe, expect, test } from 'vitest';
import { eventAbis, knownEvents } from './events.ts';

describe('the translation of events', () => {
  test.each(Object.keys(eventAbis) as (keyof typeof eventAbis)[])('knows every event of the %s', contract => {
    const events = eventAbis[contract].flatMap(item => (item.type === 'event' ? [item.name] : []));
    expect(events.filter(name => !(name in knownEvents[contract]))).toEqual([]);
  });
});
