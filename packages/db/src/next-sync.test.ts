import { describe, expect, it } from '@jest/globals';
import { nextSyncAt, type Schedule, ScheduleError, validateSchedule } from './next-sync.ts';

const every = (intervalMinutes: number): Schedule => ({ intervalMinutes, cron: null, timeZone: null });
const cron = (pattern: string, timeZone: string | null = null): Schedule => ({
  intervalMinutes: null,
  cron: pattern,
  timeZone,
});
const hours = 3_600_000;
const after = new Date('2026-03-14T10:00:00Z');

describe('nextSyncAt', () => {
  it('keeps an interval, at the same offset after any outage', () => {
    const schedule = { ...every(360), integrationId: 'a' };
    const first = nextSyncAt(schedule, after);
    const second = nextSyncAt(schedule, first);
    const afterOutage = nextSyncAt(schedule, new Date(first.getTime() + 100.5 * hours));
    expect(first.getTime()).toBeGreaterThan(after.getTime());
    expect(first.getTime()).toBeLessThanOrEqual(after.getTime() + 6 * hours);
    expect(second.getTime() - first.getTime()).toBe(6 * hours);
    expect((afterOutage.getTime() - first.getTime()) % (6 * hours)).toBe(0);
    expect(afterOutage.getTime()).toBe(first.getTime() + 102 * hours);
  });

  it('spreads integrations evenly over their interval', () => {
    const quarters = [0, 0, 0, 0];
    for (let id = 0; id < 1000; id++) {
      const next = nextSyncAt({ ...every(1440), integrationId: `integration-${id}` }, after);
      const quarter = Math.floor((next.getTime() - after.getTime() - 1) / (6 * hours));
      quarters[quarter] = (quarters[quarter] ?? 0) + 1;
    }
    for (const count of quarters) expect(count).toBeGreaterThan(200);
  });

  it('reads cron in its zone, over a clock change', () => {
    const schedule = { ...cron('30 6 * * *', 'Europe/Berlin'), integrationId: 'a' };
    expect(nextSyncAt(schedule, new Date('2026-03-28T00:00:00Z')).toISOString()).toBe('2026-03-28T05:30:00.000Z');
    expect(nextSyncAt(schedule, new Date('2026-03-28T05:30:00Z')).toISOString()).toBe('2026-03-29T04:30:00.000Z');
    expect(nextSyncAt({ ...cron('30 6 * * *'), integrationId: 'a' }, after).toISOString()).toBe(
      '2026-03-15T06:30:00.000Z',
    );
  });

  it('refuses what has no next time', () => {
    expect(() => nextSyncAt({ ...cron('0 0 31 2 *'), integrationId: 'a' }, after)).toThrow(ScheduleError);
    expect(() => nextSyncAt({ ...every(60), intervalMinutes: null, integrationId: 'a' }, after)).toThrow(ScheduleError);
  });
});

describe('validateSchedule', () => {
  const range = { minHours: 1, maxHours: 168 };

  it.each([
    ['an interval in range', every(60)],
    ['the longest interval', every(168 * 60)],
    ['a daily pattern with a zone', cron('0 3 * * *', 'America/New_York')],
    ['weekdays', cron('0 9 * * 1-5', 'Asia/Kolkata')],
    ['once a week', cron('0 9 * * MON')],
  ])('accepts %s', (_, schedule) => {
    expect(() => validateSchedule(schedule, range)).not.toThrow();
  });

  it.each([
    ['a short interval', every(30), /between 1 and 168 hours; it is 0.5/],
    ['a long interval', every(169 * 60), /between 1 and 168 hours/],
    ['half minutes', every(90.5), /whole number/],
    ['a pattern that is too frequent', cron('*/30 * * * *'), /0.5 hours apart; at least 1/],
    ['a pattern that is too frequent once a day', cron('0,15 3 * * *'), /0.25 hours apart/],
    ['a pattern that is too rare', cron('0 0 1 * *'), /leaves 744 hours between syncs; at most 168/],
    ['a pattern that never happens', cron('0 0 30 2 *'), /never/],
    ['seconds', cron('0 0 3 * * *'), /five fields/],
    ['words', cron('every day'), /five fields/],
    ['an unknown zone', cron('0 3 * * *', 'Mars/Olympus'), /IANA/],
    ['both', { intervalMinutes: 60, cron: '0 3 * * *', timeZone: null }, /not both/],
    ['neither', { intervalMinutes: null, cron: null, timeZone: null }, /needs an interval or a cron/],
  ])('refuses %s', (_, schedule, message) => {
    expect(() => validateSchedule(schedule, range)).toThrow(ScheduleError);
    expect(() => validateSchedule(schedule, range)).toThrow(message);
  });

  it('does not take a clock change for a shorter day', () => {
    expect(() => validateSchedule(cron('0 3 * * *', 'Europe/Berlin'), { minHours: 24, maxHours: 24 })).not.toThrow();
  });
});
