import { hash } from 'node:crypto';
import { Cron } from 'croner';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** When an integration is synced: every so many minutes, or by a cron pattern. */
export interface Schedule {
  readonly intervalMinutes: number | null;
  /** Five fields: minute, hour, day of the month, month, day of the week. */
  readonly cron: string | null;
  /** IANA zone the cron pattern is read in; UTC without one. */
  readonly timeZone: string | null;
}

/** How often a connector may and must be synced. */
export interface ScheduleRange {
  readonly minHours: number;
  readonly maxHours: number;
}

/** A schedule that cannot be kept. The message says what is wrong and what is allowed; it may be shown to users. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError';
}

/**
 * The next time to sync, strictly after `after`; times missed before it are not made up for. An interval has a stable offset derived
 * from the integration's id, so that a fleet's syncs spread evenly and a restart moves none; a cron pattern has none.
 * @throws ScheduleError
 */
export function nextSyncAt(schedule: Schedule & { readonly integrationId: string }, after: Date): Date {
  if (schedule.cron !== null) return nextByCron(schedule.cron, schedule.timeZone, after);
  if (schedule.intervalMinutes === null) throw new ScheduleError('A schedule needs an interval or a cron pattern.');
  const periodMs = schedule.intervalMinutes * minuteMs;
  const offsetMs = stableNumber(schedule.integrationId) % periodMs;
  const periods = Math.floor((after.getTime() - offsetMs) / periodMs) + 1;
  return new Date(periods * periodMs + offsetMs);
}

/**
 * Refuses a schedule that is malformed, or more or less frequent than the range allows.
 * @throws ScheduleError
 */
export function validateSchedule(schedule: Schedule, range: ScheduleRange): void {
  const { intervalMinutes, cron, timeZone } = schedule;
  if (intervalMinutes !== null && cron !== null)
    throw new ScheduleError('A schedule has an interval or a cron pattern, not both.');
  if (timeZone !== null) requireZone(timeZone);
  if (cron !== null) validateCron(cron, range);
  else if (intervalMinutes !== null) validateInterval(intervalMinutes, range);
  else throw new ScheduleError('A schedule needs an interval or a cron pattern.');
}

function validateInterval(intervalMinutes: number, range: ScheduleRange): void {
  if (!Number.isInteger(intervalMinutes)) throw new ScheduleError('The interval must be a whole number of minutes.');
  const hours = intervalMinutes / 60;
  if (hours < range.minHours || hours > range.maxHours)
    throw new ScheduleError(
      `The interval must lie between ${range.minHours} and ${range.maxHours} hours; it is ${round(hours)}.`,
    );
}

/** Enough to see the shortest gap of any pattern people write; "weekdays at 9" needs 5, "the 1st and the 15th" needs 24. */
const runsExamined = 100;

function validateCron(pattern: string, { minHours, maxHours }: ScheduleRange): void {
  // In UTC and from a fixed day: a clock change must not make a daily pattern look like one of 23 hours.
  const runs = parseCron(pattern, 'UTC').nextRuns(runsExamined, new Date('2025-01-01T00:00:00Z'));
  if (runs.length < runsExamined)
    throw new ScheduleError(`The cron pattern "${pattern}" never or hardly ever happens.`);
  const gapsHours = runs.slice(1).map((run, index) => (run.getTime() - (runs[index]?.getTime() ?? 0)) / hourMs);
  const shortest = Math.min(...gapsHours);
  const longest = Math.max(...gapsHours);
  if (shortest < minHours)
    throw new ScheduleError(
      `The cron pattern "${pattern}" syncs ${round(shortest)} hours apart; at least ${minHours} are allowed.`,
    );
  if (longest > maxHours)
    throw new ScheduleError(
      `The cron pattern "${pattern}" leaves ${round(longest)} hours between syncs; at most ${maxHours} are allowed.`,
    );
}

function nextByCron(pattern: string, timeZone: string | null, after: Date): Date {
  const zone = timeZone ?? 'UTC';
  requireZone(zone);
  const next = parseCron(pattern, zone).nextRun(after);
  if (next === null) throw new ScheduleError(`The cron pattern "${pattern}" never happens.`);
  return next;
}

function parseCron(pattern: string, timezone: string): Cron {
  try {
    return new Cron(pattern, { timezone, mode: '5-part', paused: true });
  } catch (cause) {
    throw new ScheduleError(
      `"${pattern}" is not a cron pattern of five fields (minute, hour, day of the month, month, day of the week).`,
      { cause },
    );
  }
}

function requireZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch (cause) {
    throw new ScheduleError(`"${timeZone}" is not a time zone; use an IANA name such as Europe/Berlin.`, { cause });
  }
}

/** A whole number below 2^48 that is always the same for one id. */
function stableNumber(id: string): number {
  return hash('sha256', id, 'buffer').readUIntBE(0, 6);
}

function round(hours: number): number {
  return Math.round(hours * 100) / 100;
}
