import { transitions, unfinishedStates } from '@evidence-fleet/db';
import type { RunChange, RunRow } from './observed.ts';

/** What a change of one run must never be: `broken` says whether this one is. */
interface Rule {
  readonly says: string;
  broken(before: RunRow, after: RunRow, change: RunChange): boolean;
}

const isUnfinished = ({ state }: RunRow) => (unfinishedStates as readonly string[]).includes(state);
/** Postgres rounds what it stores to the millisecond. */
const isOver = (time: string | null, at: string) => time !== null && Date.parse(time) <= Date.parse(at) + 1;
const isClaim = (before: RunRow, after: RunRow) => before.fence !== after.fence;
const stopsRunning = (before: RunRow, after: RunRow) => before.state === 'running' && after.state !== 'running';
const isReap = (before: RunRow, after: RunRow, { by }: RunChange) =>
  by === 'fleet_scheduler' && stopsRunning(before, after);
const same = (one: readonly string[], other: readonly string[]) => JSON.stringify(one) === JSON.stringify(other);

/** Whether a run of these types answers a request for those; no types are all types. */
export function covers(types: readonly string[], asked: readonly string[]): boolean {
  return types.length === 0 || (asked.length > 0 && asked.every((type) => types.includes(type)));
}

const rules: readonly Rule[] = [
  {
    says: 'a state changes along the legal transitions only',
    broken: (before, after) =>
      before.state !== after.state && !(transitions[before.state] as readonly string[]).includes(after.state),
  },
  { says: 'a run that ended never changes', broken: (before) => !isUnfinished(before) },
  {
    says: 'the fence goes up by one with each claim and never otherwise',
    broken: (before, after) =>
      isClaim(before, after)
        ? after.fence !== before.fence + 1 || after.state !== 'running'
        : before.state !== 'running' && after.state === 'running',
  },
  {
    says: 'a run is claimed when it waits and its time has come, or when its lease is over',
    broken: (before, after, { at }) =>
      isClaim(before, after) && !isOver(before.state === 'running' ? before.lease_until : before.available_at, at),
  },
  {
    says: 'the scheduler takes a run back only when its lease is over, and counts a crash',
    broken: (before, after, change) =>
      isReap(before, after, change) &&
      !(isOver(before.lease_until, change.at) && after.state === 'waiting' && isOver(after.available_at, change.at)),
  },
  {
    says: 'the crash count goes up with a lost claim, to 0 with a batch, and never otherwise',
    broken: (before, after, change) => {
      const isCrash = isReap(before, after, change) || (isClaim(before, after) && before.state === 'running');
      if (isCrash) return after.crash_count !== before.crash_count + 1;
      const isBatch = before.state === 'running' && after.state === 'running' && after.crash_count === 0;
      return after.crash_count !== before.crash_count && !isBatch;
    },
  },
  {
    says: 'an attempt is counted when a worker lets go, one at most',
    broken: (before, after, { by }) =>
      after.attempts !== before.attempts &&
      !(after.attempts === before.attempts + 1 && by === 'fleet_app' && stopsRunning(before, after)),
  },
  {
    says: 'a doorbell is rung for what waits, one ring at a time; a claim silences it',
    broken: (before, after) =>
      after.ring !== before.ring
        ? after.ring !== before.ring + 1 || after.rung_at === null || after.state === 'running'
        : after.rung_at !== before.rung_at && after.rung_at !== null,
  },
  {
    says: 'a claimed run has no bell that stands',
    broken: (_, after) => after.state === 'running' && after.rung_at !== null,
  },
  {
    says: 'what was asked for changes only before the run begins, and only grows',
    broken: (before, after) =>
      (!same(before.types, after.types) || before.trigger !== after.trigger) &&
      !(before.state === 'queued' && after.state === 'queued' && covers(after.types, before.types)),
  },
  {
    says: 'a follow-up is noted once, behind a run that has begun, and forgotten only when everything of the integration is cancelled',
    broken: (before, after) => {
      if (before.follow_up_id === after.follow_up_id)
        return before.follow_up_id !== null && !covers(after.follow_up_types, before.follow_up_types);
      if (after.follow_up_id === null) return after.cancel_requested_at === null;
      return before.follow_up_id !== null || !['running', 'waiting'].includes(before.state);
    },
  },
  {
    says: 'a run begins once, with its first claim',
    broken: (before, after) =>
      before.started_at === null
        ? (after.started_at !== null) !== isClaim(before, after)
        : after.started_at !== before.started_at,
  },
  {
    says: 'a run has an end exactly when it has ended',
    broken: (_, after) => (after.finished_at === null) !== isUnfinished(after),
  },
  {
    says: 'a request to cancel is never taken back, and a worker that lets go of such a run ends it',
    broken: (before, after, { by }) =>
      before.cancel_requested_at !== null &&
      (after.cancel_requested_at !== before.cancel_requested_at ||
        (by === 'fleet_app' && before.state === 'running' && after.state === 'waiting')),
  },
  {
    says: 'a run keeps its organization, integration and the time it was asked for',
    broken: (before, after) =>
      before.integration_id !== after.integration_id ||
      before.organization_id !== after.organization_id ||
      before.requested_at !== after.requested_at,
  },
];

/** The rules that a change breaks; the superuser only moves time. */
export function brokenRules(change: RunChange): string[] {
  const { before, after, by } = change;
  if (by === 'postgres') return [];
  if (before === null) return after.state === 'queued' && after.fence === 0 ? [] : ['a run begins queued'];
  return rules.filter((rule) => rule.broken(before, after, change)).map(({ says }) => says);
}
