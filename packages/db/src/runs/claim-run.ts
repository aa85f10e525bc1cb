import { type Database, Prisma, type Transaction } from '../database.ts';
import type { Claim } from '../hold-run.ts';
import { noteUse } from '../integrations/credential-use.ts';
import { readSealed, type SealedIntegration } from '../integrations/sealed-integration.ts';
import { statesBefore } from '../run-states.ts';

/** How long a claim holds without a heartbeat, in milliseconds. Recovery after a kill takes this and one tick of the scheduler. */
export const leaseMs = 8_000;

/** A lease that ended before the database came up could not be prolonged: the outage is no crash of the worker's, or of the run's making. */
export const crashOfLapse = Prisma.sql`CASE WHEN lease_until < pg_postmaster_start_time() THEN 0 ELSE 1 END`;

/** A run that this worker may now work on, with its integration. */
export interface ClaimedRun extends Claim {
  readonly integrationId: string;
  readonly trigger: 'schedule' | 'demand';
  /** Evidence types asked for; empty means all. */
  readonly types: readonly string[];
  readonly attempts: number;
  readonly crashCount: number;
  readonly cancelRequested: boolean;
  readonly startedAt: Date;
  /** What it reads by, as stored when it was claimed; null: it was removed. */
  readonly sealed: SealedIntegration | null;
  /** It has waited longer than one interval, by the database's clock: it reads what it can, and ends. */
  readonly isOverdue: boolean;
  /** From when it might have been claimed (its due date, the request, the end of a wait or of a lapsed lease) until it was; milliseconds. */
  readonly startDelayMs: number;
  /** W3C trace context under which its work is traced; null: nobody traces. */
  readonly traceparent: string | null;
}

/** When a run `r` of integration `i` has waited for its interval (a day, by cron) and may not wait any longer. */
export const staleAt = Prisma.sql`(r.started_at + coalesce(i.interval_minutes, 1440) * interval '1 minute')`;

/**
 * Claims a run by compare-and-set on its lease: the fence goes up, and only writes under the new fence count from now on.
 * @param run.traceparent where the run's trace begins, unless it has begun already
 * @returns null when another worker has it, it has ended, or it is not due yet
 */
export async function claimRun(
  database: Database,
  run: { organizationId: string; runId: string; worker: string; traceparent?: string | null },
): Promise<ClaimedRun | null> {
  const integrationId = Prisma.sql`(SELECT integration_id FROM sync_run
    WHERE organization_id = ${run.organizationId}::uuid AND id = ${run.runId}::uuid)`;
  const [claimed, sealed] = await database.withTrips(run.organizationId, (transaction) =>
    Promise.all([claim(transaction, run), readSealed(transaction, run.organizationId, integrationId)]),
  );
  if (claimed === undefined) return null;
  return {
    organizationId: run.organizationId,
    runId: run.runId,
    fence: claimed.fence,
    integrationId: claimed.integration_id,
    trigger: claimed.trigger,
    types: claimed.types,
    attempts: claimed.attempts,
    crashCount: claimed.crash_count,
    cancelRequested: claimed.cancel,
    startedAt: claimed.started_at,
    sealed,
    isOverdue: claimed.is_overdue,
    startDelayMs: Math.max(0, claimed.start_delay_ms),
    traceparent: claimed.traceparent,
  };
}

interface Row {
  fence: bigint;
  integration_id: string;
  trigger: 'schedule' | 'demand';
  types: string[];
  attempts: number;
  crash_count: number;
  cancel: boolean;
  started_at: Date;
  is_overdue: boolean;
  start_delay_ms: number;
  traceparent: string | null;
}

/**
 * A running row whose lease is over may be claimed without waiting for the scheduler to notice; that counts as its crash. In one statement: an
 * attempt that was never released ended in a crash, this one begins, and its credential is opened.
 */
async function claim(
  transaction: Transaction,
  run: { organizationId: string; runId: string; worker: string; traceparent?: string | null },
): Promise<Row | undefined> {
  const opened = Prisma.sql`(SELECT ${run.organizationId}::uuid AS organization_id, integration_id FROM claimed)`;
  const [row] = await transaction.$queryRaw<Row[]>`
    WITH claimed AS (UPDATE sync_run r SET state = 'running', fence = fence + 1, lease_owner = ${run.worker}, rung_at = NULL,
      lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond', started_at = coalesce(r.started_at, clock_timestamp()),
      available_at = CASE WHEN r.state = 'running' THEN r.lease_until ELSE r.available_at END,
      traceparent = coalesce(r.traceparent, ${run.traceparent ?? null}),
      crash_count = r.crash_count + CASE WHEN r.state = 'running' THEN ${crashOfLapse} ELSE 0 END
    FROM integration i
    WHERE r.organization_id = ${run.organizationId}::uuid AND r.id = ${run.runId}::uuid
      AND ((r.state::text = ANY(${statesBefore('running')}::text[]) AND r.available_at <= clock_timestamp())
        OR (r.state = 'running' AND r.lease_until < clock_timestamp()))
      AND i.organization_id = r.organization_id AND i.id = r.integration_id
    RETURNING r.fence, r.integration_id, r.trigger::text, r.types, r.attempts, r.crash_count, r.cancel_requested_at IS NOT NULL AS cancel, r.started_at,
      ${staleAt} <= clock_timestamp() AS is_overdue, extract(epoch FROM clock_timestamp() - r.available_at)::float8 * 1000 AS start_delay_ms, r.traceparent
    ), crashed AS (
      UPDATE sync_attempt SET released_at = now(), ended_as = 'crash' FROM claimed
      WHERE organization_id = ${run.organizationId}::uuid AND run_id = ${run.runId}::uuid AND released_at IS NULL
    ), begun AS (
      INSERT INTO sync_attempt (organization_id, run_id, fence, worker)
      SELECT ${run.organizationId}::uuid, ${run.runId}::uuid, claimed.fence, ${run.worker} FROM claimed
    ), used AS (${noteUse(opened, { purpose: 'sync', worker: run.worker })})
    SELECT * FROM claimed`;
  return row;
}

/**
 * Prolongs the lease; also one that is over, as long as nobody has taken the run: a heartbeat may have stood behind a slow write.
 * @returns whether somebody asked to cancel the run; null when this worker does not hold the run any more
 */
export async function heartbeat(database: Database, claimed: Claim): Promise<{ cancelRequested: boolean } | null> {
  return database.withTrips(claimed.organizationId, async (transaction) => {
    const [row] = await transaction.$queryRaw<{ cancel: boolean }[]>`
      UPDATE sync_run SET lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
      WHERE organization_id = ${claimed.organizationId}::uuid AND id = ${claimed.runId}::uuid AND fence = ${claimed.fence}
        AND state = 'running'
      RETURNING cancel_requested_at IS NOT NULL AS cancel`;
    return row === undefined ? null : { cancelRequested: row.cancel };
  });
}
