import type { Connector } from '@evidence-fleet/connector-sdk';
import { type Schedule, validateSchedule } from '@evidence-fleet/db';
import { usageError } from './exit-codes.ts';

const minutesOf = { m: 1, h: 60, d: 1_440 } as const;

export interface ScheduleOptions {
  readonly schedule?: string;
  readonly cron?: string;
  readonly zone?: string;
}

/**
 * `--schedule 6h`, or `--cron` with `--zone`; without either the connector's default.
 * @throws CliError or ScheduleError when it cannot be kept, or is outside of the connector's range
 */
export function readSchedule(connector: Connector, { schedule, cron, zone }: ScheduleOptions): Schedule {
  if (schedule !== undefined && cron !== undefined) throw usageError('Give --schedule or --cron, not both.');
  if (zone !== undefined && cron === undefined)
    throw usageError('--zone goes with --cron; an interval has no time zone.');
  const chosen: Schedule =
    cron === undefined
      ? {
          intervalMinutes: schedule === undefined ? connector.schedule.defaultHours * 60 : parseInterval(schedule),
          cron: null,
          timeZone: null,
        }
      : { intervalMinutes: null, cron, timeZone: zone ?? 'UTC' };
  validateSchedule(chosen, connector.schedule);
  return chosen;
}

export function describeSchedule({ intervalMinutes, cron, timeZone }: Schedule): string {
  if (cron !== null) return `${cron} (${timeZone ?? 'UTC'})`;
  if (intervalMinutes === null) return 'on demand';
  return intervalMinutes % 60 === 0 ? `every ${intervalMinutes / 60} h` : `every ${intervalMinutes} m`;
}

function parseInterval(text: string): number {
  const match = /^(\d+)\s*([mhd])$/.exec(text.trim());
  if (!match) throw usageError(`"${text}" is no interval: write minutes, hours or days, like 90m, 6h or 1d.`);
  return Number(match[1]) * minutesOf[match[2] as keyof typeof minutesOf]; // one of the three letters, says the pattern
}
