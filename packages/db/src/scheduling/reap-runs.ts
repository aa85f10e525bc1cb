import type { Database } from '../database.ts';
import { crashOfLapse } from '../runs/claim-run.ts';

/** Runs reaped in one go at most. */
const atOnce = 1_000;

/** A run whose worker died, or could not reach the database for the length of its lease. */
export interface ReapedRun {
  readonly organizationId: string;
  readonly runId: string;
  /** This crash included. */
  readonly crashCount: number;
}

/**
 * Takes runs back whose lease is over: they wait, to be rung at once, and the attempt that held them ended in a crash. The old worker, if
 * it still lives, is kept out by the fence of the next claim. Runs as fleet_scheduler.
 */
export async function reapRuns(database: Database): Promise<ReapedRun[]> {
  return database.withTrips(
    null,
    (trip) => trip.$queryRaw<ReapedRun[]>`
    WITH lapsed AS (
      SELECT organization_id, id, fence FROM sync_run
      WHERE state = 'running' AND lease_until < now()
      ORDER BY lease_until LIMIT ${atOnce} FOR NO KEY UPDATE SKIP LOCKED),
    ended AS (
      UPDATE sync_attempt attempt SET released_at = clock_timestamp(), ended_as = 'crash'
      FROM lapsed
      WHERE attempt.organization_id = lapsed.organization_id AND attempt.run_id = lapsed.id AND attempt.fence = lapsed.fence
        AND attempt.released_at IS NULL)
    UPDATE sync_run run SET state = 'waiting', available_at = clock_timestamp(), lease_owner = NULL, lease_until = NULL, rung_at = NULL,
      crash_count = run.crash_count + ${crashOfLapse}
    FROM lapsed WHERE run.organization_id = lapsed.organization_id AND run.id = lapsed.id
    RETURNING run.organization_id AS "organizationId", run.id AS "runId", run.crash_count AS "crashCount"`,
  );
}
