import { usageError } from './exit-codes.ts';

const dayMs = 24 * 3_600_000;

/**
 * A moment as people write it: a date (midnight UTC), or a time with its zone, because without one it would mean another moment on every
 * machine.
 * @throws CliError usage when it is neither, or lies in the future
 */
export function readTime(text: string, now: Date): Date {
  const time = parse(text);
  if (time > now) throw usageError(`${text} lies in the future; nobody knows what stands then.`);
  return time;
}

/** The span between two moments, its end excluded; a date as its end includes that day. What has not happened yet is cut off. */
export interface Period {
  readonly from: Date;
  readonly to: Date;
}

/** @throws CliError usage when a moment is none, the period is empty, or it has not begun */
export function readPeriod({ from, to }: { from: string; to: string | undefined }, now: Date): Period {
  const begin = parse(from);
  if (begin >= now) throw usageError(`${from} lies in the future; the period has not begun.`);
  const end = to === undefined ? now : endOf(to);
  if (begin >= end) throw usageError(`The period is empty: it begins at ${from} and ends at ${to}.`);
  return { from: begin, to: end < now ? end : now };
}

function endOf(text: string): Date {
  const time = parse(text);
  return isDate(text) ? new Date(time.getTime() + dayMs) : time;
}

function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text);
}

function parse(text: string): Date {
  const isTime = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  const time = new Date(isDate(text) ? `${text}T00:00:00Z` : text.replace(' ', 'T'));
  const isThere = !Number.isNaN(time.getTime()) && (!isDate(text) || time.toISOString().startsWith(text)); // 31 February rolls over
  if (isThere && (isDate(text) || isTime)) return time;
  throw usageError(
    `"${text}" is no time: write it like 2026-03-14 (midnight UTC) or 2026-03-14T09:26:53Z, with its zone.`,
  );
}
