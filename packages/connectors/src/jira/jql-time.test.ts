import { describe, expect, it } from '@jest/globals';
import { jqlTime } from './jql-time.ts';

describe('jqlTime', () => {
  it.each([
    ['in UTC', '2026-06-01T10:00:59.999Z', 'UTC', '2026-06-01 10:00'],
    ['east of it', '2026-06-01T22:30:00.000Z', 'Asia/Kolkata', '2026-06-02 04:00'],
    ['west of it', '2026-06-01T03:30:00.000Z', 'America/New_York', '2026-05-31 23:30'],
    ['in winter', '2026-12-01T03:30:00.000Z', 'America/New_York', '2026-11-30 22:30'],
    // 02:30 comes twice in Berlin that night: the first is given as an hour earlier, because Jira may take the second for it.
    ['before clocks are set back', '2026-10-25T00:30:00.000Z', 'Europe/Berlin', '2026-10-25 01:30'],
    ['after clocks were set back', '2026-10-25T01:30:00.000Z', 'Europe/Berlin', '2026-10-25 02:30'],
    [
      'before clocks are set back by half an hour',
      '2026-04-04T14:45:00.000Z',
      'Australia/Lord_Howe',
      '2026-04-05 00:45',
    ],
    ['at midnight', '2026-06-01T00:00:00.000Z', 'UTC', '2026-06-01 00:00'],
  ])('writes a time %s', (_name, time, zone, text) => {
    expect(jqlTime(new Date(time), zone)).toBe(text);
  });

  it('refuses a time zone that does not exist', () => {
    expect(() => jqlTime(new Date(), 'Mars/Olympus')).toThrow(/time zone/);
  });
});
