import { describe, expect, it } from '@jest/globals';
import { readRetryAfter } from './retry-after.ts';

const now = new Date('2026-03-14T12:00:00Z');
const wait = (value: string, date?: string) => {
  const at = readRetryAfter(new Headers({ 'retry-after': value, ...(date && { date }) }), now);
  return at === undefined ? undefined : at.getTime() - now.getTime();
};

describe('Retry-After', () => {
  it.each([
    ['120', 120_000],
    ['0', 0],
    ['0.25', 250],
    ['1.5', 1_500],
    ['Sat, 14 Mar 2026 12:00:30 GMT', 30_000],
    ['Sat, 14 Mar 2026 11:00:00 GMT', 0],
    ['99999999', 86_400_000],
  ])('reads %s', (value, expected) => expect(wait(value)).toBe(expected));

  it.each(['', 'soon', '-5', '1e3', 'NaN', '1 hour'])('takes "%s" for none', (value) =>
    expect(wait(value)).toBeUndefined(),
  );

  it("measures a date against the answer's own clock", () => {
    expect(wait('Sat, 14 Mar 2026 15:00:10 GMT', 'Sat, 14 Mar 2026 15:00:00 GMT')).toBe(10_000);
  });
});
