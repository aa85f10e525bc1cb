import type { Transaction } from '../database.ts';
import { nextSyncAt, type Schedule, ScheduleError } from '../next-sync.ts';
import { uuid } from '../uuid.ts';
import { isDue } from './candidates.ts';
import type { Line } from './line.ts';
import { type RingRow, type ScheduledRing, toRing } from './ring.ts';

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
  options: { due: readonly { organizationId: string; id: string }[]; now: Date; line: Line },
): Promise<Created> {
  const { due, now, line } = options;
  if (due.length === 0) return { rings: [], coalesced: 0, unschedulable: [] };
  const locked = await withoutNarrowRun(transaction, await lockDue(transaction, due, now));
  const unschedulable = await advance(transaction, locked, now);
  const rings = await insertRuns(transaction, locked, line);
  return { rings, coalesced: locked.length - rings.length, unschedulable };
}

interface DueIntegration extends Schedule {
  readonly organizationId: string;
  readonly id: string;
}

/** Under the lock: a request that came before it is seen, and none comes after. */
async function withoutNarrowRun(
  transaction: Transaction,
  locked: readonly DueIntegration[],
): Promise<readonly DueIntegration[]> {
  if (locked.length === 0) return [];
  const narrow = await transaction.$queryRaw<{ integrationId: string }[]>`
    SELECT integration_id AS "integrationId"
    FROM unnest(${locked.map((one) => one.organizationId)}::uuid[], ${locked.map((one) => one.id)}::uuid[])
      AS locked (organization_id, integration_id)
    JOIN sync_run USING (organization_id, integration_id)
    WHERE state IN ('queued', 'running', 'waiting') AND types <> '{}'`;
  const ids = new Set(narrow.map(({ integrationId }) => integrationId));
  return locked.filter(({ id }) => !ids.has(id));
}

async function lockDue(
  transaction: Transaction,
  due: readonly { organizationId: string; id: string }[],
  now: Date,
): Promise<DueIntegration[]> {
  return transaction.$queryRaw<DueIntegration[]>`
    SELECT organization_id AS "organizationId", id, interval_minutes AS "intervalMinutes", cron, time_zone AS "timeZone"
    FROM unnest(${due.map((one) => one.organizationId)}::uuid[], ${due.map((one) => one.id)}::uuid[])
      WITH ORDINALITY AS picked (organization_id, id, place)
    JOIN integration USING (organization_id, id)
    WHERE ${isDue(now)}
    ORDER BY place FOR NO KEY UPDATE OF integration SKIP LOCKED`;
}

async function advance(transaction: Transaction, due: readonly DueIntegration[], now: Date): Promise<string[]> {
  const dates = due.map((integration) => nextDate(integration, now));
  await transaction.$executeRaw`
    UPDATE integration SET next_sync_at = nullif(advanced.next_sync_at, '')::timestamptz
    FROM unnest(${due.map((one) => one.organizationId)}::uuid[], ${due.map((one) => one.id)}::uuid[],
      ${dates.map((date) => (date instanceof Date ? date.toISOString() : ''))}::text[]) AS advanced (organization_id, id, next_sync_at)
    WHERE integration.organization_id = advanced.organization_id AND integration.id = advanced.id`;
  return due.filter((_, index) => dates[index] instanceof ScheduleError).map((integration) => integration.id);
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

async function insertRuns(
  transaction: Transaction,
  due: readonly DueIntegration[],
  line: Line,
): Promise<ScheduledRing[]> {
  const rows = await transaction.$queryRaw<RingRow[]>`
    INSERT INTO sync_run (organization_id, id, integration_id, trigger, state, ring, rung_at, rank)
    SELECT organization_id, id, integration_id, 'schedule', 'queued', 1, now(), rank
    FROM unnest(${due.map((one) => one.organizationId)}::uuid[], ${due.map(() => uuid())}::uuid[],
      ${due.map((one) => one.id)}::uuid[], ${due.map((one) => line.take(one.organizationId))}::int[])
      AS made (organization_id, id, integration_id, rank)
    ON CONFLICT DO NOTHING
    RETURNING organization_id, id, ring, rank, trigger::text`;
  return rows.map(toRing);
}
