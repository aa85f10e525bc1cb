import { type Database, Prisma } from '../database.ts';
import { type RingRow, type ScheduledRing, toRing } from './ring.ts';

/** Standing runs looked at in one go at most: those rung longest ago. */
const atOnce = 5_000;

/**
 * Runs that were rung longer than `olderThanMs` ago and not claimed since. Whether their jobs still stand is known to Redis only; those
 * that do not were lost with it, or between the commit and the ring, and belong to `ringForgotten`. Runs as fleet_scheduler.
 */
export async function standingRuns(database: Database, olderThanMs: number): Promise<ScheduledRing[]> {
  const rows = await database.withTrips(
    null,
    (trip) => trip.$queryRaw<RingRow[]>`
    SELECT organization_id, id, ring, rank, trigger::text FROM sync_run
    WHERE state IN ('queued', 'waiting') AND rung_at IS NOT NULL
      AND rung_at < now() - ${olderThanMs} * interval '1 millisecond'
    ORDER BY rung_at LIMIT ${atOnce}`,
  );
  return rows.map(toRing);
}

/** Gives runs whose job is gone a new ring. One that was claimed or rung by somebody else in the meantime is left out. */
export async function ringForgotten(database: Database, forgotten: readonly ScheduledRing[]): Promise<ScheduledRing[]> {
  if (forgotten.length === 0) return [];
  const known = Prisma.sql`unnest(${forgotten.map((ring) => ring.organizationId)}::uuid[],
    ${forgotten.map((ring) => ring.runId)}::uuid[], ${forgotten.map((ring) => ring.ring)}::int[]) AS known (organization_id, id, ring)`;
  const rows = await database.withTrips(
    null,
    (trip) => trip.$queryRaw<RingRow[]>`
    WITH free AS (
      SELECT run.organization_id, run.id FROM ${known} JOIN sync_run run USING (organization_id, id, ring)
      WHERE run.state IN ('queued', 'waiting') AND run.rung_at IS NOT NULL
      FOR NO KEY UPDATE OF run SKIP LOCKED)
    UPDATE sync_run run SET ring = run.ring + 1, rung_at = now()
    FROM free WHERE run.organization_id = free.organization_id AND run.id = free.id
    RETURNING run.organization_id, run.id, run.ring, run.rank, run.trigger::text`,
  );
  return rows.map(toRing);
}
