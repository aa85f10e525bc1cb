import { describe, expect, it } from '@jest/globals';
import { readPeriod, readTime } from './read-time.ts';

const now = new Date('2026-05-01T12:00:00Z');

describe('a period', () => {
  it.each([
    ['2026-01-01', '2026-03-31', '2026-01-01T00:00:00.000Z', '2026-04-01T00:00:00.000Z'],
    ['2026-01-01T06:00+02:00', '2026-03-31T00:00Z', '2026-01-01T04:00:00.000Z', '2026-03-31T00:00:00.000Z'],
    ['2026-04-30', '2026-04-30', '2026-04-30T00:00:00.000Z', '2026-05-01T00:00:00.000Z'],
    ['2026-04-01', undefined, '2026-04-01T00:00:00.000Z', '2026-05-01T12:00:00.000Z'],
    ['2026-04-01', '2026-05-01', '2026-04-01T00:00:00.000Z', '2026-05-01T12:00:00.000Z'],
    ['2026-04-01', '2026-12-31', '2026-04-01T00:00:00.000Z', '2026-05-01T12:00:00.000Z'],
  ])('from %s to %s includes the last day and ends now at the latest', (from, to, begin, end) => {
    const period = readPeriod({ from, to }, now);
    expect([period.from.toISOString(), period.to.toISOString()]).toEqual([begin, end]);
  });

  it.each([
    ['yesterday', undefined, '"yesterday" is no time'],
    ['2026-01-01', '2026-02-31', '"2026-02-31" is no time'],
    ['2026-01-01', '2026-13-01', '"2026-13-01" is no time'],
    ['2026-01-01T10:00', undefined, 'with its zone'],
    ['2026-03-02', '2026-03-01', 'The period is empty'],
    ['2026-03-01T10:00Z', '2026-03-01T10:00Z', 'The period is empty'],
    ['2026-06-01', '2026-07-01', 'has not begun'],
    ['2026-06-01', undefined, 'has not begun'],
  ])('from %s to %s is refused', (from, to, message) => {
    expect(() => readPeriod({ from, to }, now)).toThrow(message);
  });
});

describe('a moment', () => {
  it('is a date or a time with its zone, and not in the future', () => {
    expect(readTime('2026-03-14', now)).toEqual(new Date('2026-03-14T00:00:00Z'));
    expect(readTime('2026-03-14 09:26:53+01:00', now)).toEqual(new Date('2026-03-14T08:26:53Z'));
    expect(() => readTime('2026-05-02', now)).toThrow('lies in the future');
  });
});
