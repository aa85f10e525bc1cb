import { connectors } from '@evidence-fleet/connectors';
import { describe, expect, it } from '@jest/globals';
import { readSchedule, type ScheduleOptions } from './schedule-option.ts';

const read = (options: ScheduleOptions) => {
  const github = connectors.get('github');
  if (github === undefined) throw new Error('no connector github');
  return readSchedule(github, options);
};

describe('schedules on the command line', () => {
  it('are an interval, a cron pattern with its zone, or the default of the connector', () => {
    expect(read({})).toEqual({ intervalMinutes: 240, cron: null, timeZone: null });
    expect(read({ schedule: '90m' })).toEqual({ intervalMinutes: 90, cron: null, timeZone: null });
    expect(read({ schedule: '1d' })).toEqual({ intervalMinutes: 1440, cron: null, timeZone: null });
    expect(read({ cron: '0 3 * * *', zone: 'Europe/Berlin' })).toEqual({
      ...{ intervalMinutes: null, cron: '0 3 * * *', timeZone: 'Europe/Berlin' },
    });
  });

  it('are refused where they are malformed or outside of what the connector allows', () => {
    expect(() => read({ schedule: 'often' })).toThrow(/90m, 6h or 1d/);
    expect(() => read({ schedule: '5m' })).toThrow(/between 1 and 24 hours/);
    expect(() => read({ schedule: '6h', cron: '0 3 * * *' })).toThrow(/not both/);
    expect(() => read({ cron: '0 3 * * *', zone: 'Berlin' })).toThrow(/Europe\/Berlin/);
    expect(() => read({ zone: 'Europe/Berlin' })).toThrow(/goes with --cron/);
  });
});
