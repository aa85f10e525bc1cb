import type { PastVerdict, PastVerdicts } from '@evidence-fleet/db';
import { whySchema } from '@evidence-fleet/presentation';
import { z } from 'zod';
import type { Period } from '../read-time.ts';

export type Status = PastVerdict['status'];

/** As people read them. */
export const statusWords: Readonly<Record<Status, string>> = {
  pass: 'pass',
  fail: 'fail',
  unknown: 'unknown',
  not_applicable: 'not applicable',
};

/** What was to be said of a control from one moment until another, both within the period. */
export interface Interval {
  readonly status: Status;
  readonly from: Date;
  readonly to: Date;
  /** A sentence: why it did not pass; null where it did. */
  readonly reason: string | null;
  /** The verdict that says so, and the run that judged; null while there was none. */
  readonly verdictId: string | null;
  readonly runId: string | null;
}

const neverJudged = 'Not judged yet.';
const notConcerned = 'Not judged: there was no integration that it concerns.';

/**
 * The whole period without a hole: what no verdict speaks for is unknown, and so is what a verdict was too old for. Neighbours that say the
 * same are one.
 * @param past as `verdictsInPeriod` reads them
 */
export function intervalsOf({ verdicts, hadBefore }: PastVerdicts, period: Period): Interval[] {
  const intervals: Interval[] = [];
  const add = (interval: Interval) => {
    const from = later(interval.from, period.from);
    const to = earlier(interval.to, period.to);
    if (from < to) append(intervals, { ...interval, from, to });
  };
  let reached = period.from;
  for (const verdict of verdicts) {
    const hole = { status: 'unknown', verdictId: null, runId: null } as const;
    const isFirst = !hadBefore && verdict === verdicts[0];
    add({ ...hole, from: reached, to: verdict.validFrom, reason: isFirst ? neverJudged : notConcerned });
    for (const part of partsOf(verdict, period.to)) add(part);
    reached = verdict.validTo ?? period.to;
  }
  const reason = verdicts.length === 0 && !hadBefore ? neverJudged : notConcerned;
  add({ status: 'unknown', from: reached, to: period.to, reason, verdictId: null, runId: null });
  return intervals;
}

/** Milliseconds of the period for which each status held. */
export function durationsOf(intervals: readonly Interval[]): Record<Status, number> {
  const durations = { pass: 0, fail: 0, unknown: 0, not_applicable: 0 };
  for (const { status, from, to } of intervals) durations[status] += to.getTime() - from.getTime();
  return durations;
}

/** A verdict up to its freshness, and what it reads as from then on. */
function partsOf(verdict: PastVerdict, end: Date): Interval[] {
  const { id: verdictId, fromRunId: runId, status, validFrom, validTo, freshUntil } = verdict;
  const to = validTo ?? end;
  const why = whyOf(verdict.why);
  const staleFrom = later(freshUntil, validFrom);
  const whole = { status, from: validFrom, to, reason: reasonOf(status, why), verdictId, runId };
  if (why.stale) return [{ ...whole, reason: staleReason(freshUntil) }];
  if (status === 'unknown' || staleFrom >= to) return [whole];
  return [
    { ...whole, to: staleFrom },
    { ...whole, status: 'unknown', from: staleFrom, reason: staleReason(freshUntil) },
  ];
}

function append(intervals: Interval[], next: Interval): void {
  const last = intervals.at(-1);
  if (last && last.status === next.status && last.reason === next.reason && last.to.getTime() === next.from.getTime()) {
    intervals[intervals.length - 1] = { ...last, to: next.to };
  } else intervals.push(next);
}

const exampleSchema = z.object({ resource: z.string(), reason: z.string() });
const withExamples = whySchema.extend({ examples: z.array(exampleSchema).default([]) });
type Why = z.output<typeof withExamples>;

function whyOf(stored: PastVerdict['why']): Why {
  return withExamples.parse(stored);
}

function reasonOf(status: Status, { counts, examples, openGaps, unread }: Why): string | null {
  const example = examples.map(({ resource, reason }) => `${resource}: ${reason}`).slice(0, 1);
  switch (status) {
    case 'pass':
      return null;
    case 'not_applicable':
      return 'Nothing that it applies to was there.';
    case 'fail':
      return [`${counts.fail ?? 0} failing.`, ...example].join(' ');
    case 'unknown': {
      const gaps = openGaps > 0 ? [`${openGaps} open gap${openGaps === 1 ? '' : 's'}.`] : [];
      const late = unread.length > 0 ? [`Not read to its end in time: ${unread.join(', ')}.`] : [];
      return [...gaps, ...late, ...example].join(' ') || 'Not known.';
    }
    default:
      return status satisfies never;
  }
}

function staleReason(freshUntil: Date): string {
  return `Not read again in time: what was known was good until ${freshUntil.toISOString()}.`;
}

function later(one: Date, other: Date): Date {
  return one > other ? one : other;
}

function earlier(one: Date, other: Date): Date {
  return one < other ? one : other;
}
