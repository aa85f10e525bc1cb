import { describe, expect, it } from '@jest/globals';
import { createRandom, generateDay } from './day.ts';

describe('a generated day', () => {
  const options = { hours: 48, integrations: 4_000, joining: 1_000 };
  const day = generateDay({ ...options, random: createRandom(1) });

  it('is the same for the same seed', () => {
    expect(generateDay({ ...options, random: createRandom(1) })).toEqual(day);
    expect(generateDay({ ...options, random: createRandom(2) }).dues).not.toEqual(day.dues);
  });

  it('has everybody due once a day, in order, and never twice at once', () => {
    const by = new Map<number, number[]>();
    let last = 0;
    for (const { at, integration } of day.dues) {
      expect(at).toBeGreaterThanOrEqual(last);
      last = at;
      by.set(integration, [...(by.get(integration) ?? []), at]);
    }
    expect(by.size).toBe(5_000);
    const base = [...by].filter(([integration]) => integration < 4_000);
    expect(base.every(([, times]) => times.length === 2)).toBe(true);
    const gaps = [...by.values()].flatMap((times) => times.slice(1).map((at, index) => at - (times[index] ?? 0)));
    expect(Math.min(...gaps)).toBeGreaterThan(22 * 3_600);
  });

  it('has a peak on every hour', () => {
    const inPeak = day.dues.filter(({ of, at }) => of !== 'joining' && at % 3_600 < 600).length;
    const all = day.dues.filter(({ of }) => of !== 'joining').length;
    expect(inPeak / all).toBeGreaterThan(0.3); // a sixth of the hour
  });
});
