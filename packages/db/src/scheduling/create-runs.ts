import { Prisma, type Transaction } from '../database.ts';
import { nextSyncAt, type Schedule, ScheduleError } from '../next-sync.ts';
import { uuids } from '../uuid.ts';
import { isDue } from './candidates.ts';
import type { Line } from './line.ts';
import type { ScheduledRing } from './ring.ts';

export interface Created {
  readonly rings: readonly ScheduledRing[];
  /** Integrations that had an unfinished run: their due date went on, and that run stands for it. */
  readonly coalesced: number;
  /** Integrations whose schedule cannot be kept; they have no next date until somebody sets a new schedule. */
  readonly unschedulable: readonly string[];
}

/**
 * Makes a run for each of these due integrations, already rung, and advances their dates. Integrations that another transaction holds
 * or has fed are left out; one that has an unfinished run gets no second one. A run that reads some evidence types only does not stand
 * for a due date: that stays due until the run has ended.
 */
export async function createRuns(
  transaction: Transaction,
  options: { due: readonly DueKey[]; now: Date; line: Line; beginTrace?: BeginTrace | undefined },
): Promise<Created> {
  const { due, now, line, beginTrace = () => null } = options;
  if (due.length === 0) return { rings: [], coalesced: 0, unschedulable: [] };
  const locked = await lockDue(transaction, due, now);
  if (locked.length === 0) return { rings: [], coalesced: 0, unschedulable: [] };
  const made = locked.map((integration) => ({ integration, next: nextDate(integration, now) }));
  const rings = await insertRuns(transaction, made, { line, beginTrace });
  return {
    rings,
    coalesced: made.length - rings.length,
    unschedulable: made.filter(({ next }) => next instanceof ScheduleError).map(({ integration }) => integration.id),
  };
}

/**
 * Begins the trace of a run that is about to be made: of one that is not made after all nothing comes.
 * @returns its W3C traceparent; null: nobody traces
 */
export type BeginTrace = (run: { organizationId: string; runId: string; dueAt: Date }) => string | null;

interface DueKey {
  readonly organizationId: string;
  readonly id: string;
}

interface DueIntegration extends DueKey, Schedule {
  readonly dueAt: Date;
}

/**
 * Locks what is due still, without those that have an unfinished run of some evidence types only. That is looked for by a second statement,
 * under the locks: a request that came before them is seen, and none comes after.
 */
async function lockDue(transaction: Transaction, due: readonly DueKey[], now: Date): Promise<DueIntegration[]> {
  const [locked, narrow] = await Promise.all([
    transaction.$queryRaw<(Schedule & { place: number; dueAt: Date })[]>`
      SELECT place, interval_minutes AS "intervalMinutes", cron, time_zone AS "timeZone", next_sync_at AS "dueAt"
      FROM ${numbered(due)} JOIN integration USING (organization_id, id)
      WHERE ${isDue(now)}
      ORDER BY place FOR NO KEY UPDATE OF integration SKIP LOCKED`,
    transaction.$queryRaw<{ place: number }[]>`
      SELECT place FROM ${numbered(due)} JOIN sync_run run ON run.organization_id = due.organization_id AND run.integration_id = due.id
      WHERE run.state IN ('queued', 'running', 'waiting') AND run.types <> '{}'`,
  ]);
  const places = new Set(narrow.map(({ place }) => place));
  return locked.flatMap(({ place, ...schedule }) => {
    const key = due[place - 1];
    return key === undefined || places.has(place)
      ? []
      : [{ ...schedule, organizationId: key.organizationId, id: key.id }];
  });
}

/** With their places, from 1: a place in an answer is shorter than what stands there. */
function numbered(due: readonly DueKey[]): Prisma.Sql {
  return Prisma.sql`(SELECT organization_id, id, place::int
    FROM unnest(${due.map((one) => one.organizationId)}::uuid[], ${due.map((one) => one.id)}::uuid[])
      WITH ORDINALITY AS keys (organization_id, id, place)) AS due`;
}

/** Null without a schedule: such an integration is synced on demand only. */
function nextDate(integration: DueIntegration, now: Date): Date | ScheduleError | null {
  if (integration.intervalMinutes === null && integration.cron === null) return null;
  try {
    return nextSyncAt({ ...integration, integrationId: integration.id }, now);
  } catch (error) {
    if (error instanceof ScheduleError) return error;
    throw error;
  }
}

/** Moves every date on, and makes a run where there is no unfinished one: it might have begun when it was due. */
async function insertRuns(
  transaction: Transaction,
  made: readonly { integration: DueIntegration; next: Date | ScheduleError | null }[],
  { line, beginTrace }: { readonly line: Line; readonly beginTrace: BeginTrace },
): Promise<ScheduledRing[]> {
  const ids = uuids(made.length);
  const rings = made.map(({ integration: { organizationId } }, index) => ({
    organizationId,
    runId: ids[index] as string, // as many
    ring: 1,
    rank: line.take(organizationId),
    queue: 'sync' as const,
  }));
  const dates = made.map(({ next }) => (next instanceof Date ? next.toISOString() : null));
  const dueDates = made.map(({ integration: { dueAt } }) => dueAt.toISOString());
  const traces = made.map(({ integration: { organizationId, dueAt } }, index) =>
    beginTrace({ organizationId, runId: ids[index] as string, dueAt }),
  );
  const rows = await transaction.$queryRaw<{ id: string }[]>`
    WITH made AS MATERIALIZED (
      SELECT * FROM unnest(${rings.map((ring) => ring.organizationId)}::uuid[], ${made.map(({ integration }) => integration.id)}::uuid[],
        ${dates}::timestamptz[], ${ids}::uuid[], ${rings.map((ring) => ring.rank)}::int[], ${dueDates}::timestamptz[], ${traces}::text[])
        AS made (organization_id, integration_id, next_sync_at, run_id, rank, due_at, traceparent)),
    advanced AS (
      UPDATE integration SET next_sync_at = made.next_sync_at FROM made
      WHERE integration.organization_id = made.organization_id AND integration.id = made.integration_id)
    INSERT INTO sync_run (organization_id, id, integration_id, trigger, state, ring, rung_at, rank, available_at, traceparent)
    SELECT organization_id, run_id, integration_id, 'schedule', 'queued', 1, now(), rank, due_at, traceparent FROM made
    ON CONFLICT DO NOTHING
    RETURNING id`;
  const inserted = new Set(rows.map(({ id }) => id));
  return rings.filter(({ runId }) => inserted.has(runId));
}
