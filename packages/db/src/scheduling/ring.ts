import { Prisma, type Transaction } from '../database.ts';
import type { Ring } from '../runs/request.ts';

/** A doorbell to ring, and in which queue. */
export interface ScheduledRing extends Ring {
  readonly queue: 'sync' | 'sync-now';
}

/** A run and the place its job gets in line. */
export interface PlacedRun {
  readonly organizationId: string;
  readonly runId: string;
  readonly rank: number;
}

export type Trigger = 'schedule' | 'demand';

/** Requests on demand stand in a queue of their own, so that the schedule never stands before them. */
export function queueOf(trigger: Trigger): ScheduledRing['queue'] {
  return trigger === 'demand' ? 'sync-now' : 'sync';
}

/** Marks waiting runs as rung. A run that was claimed, ended or rung in the meantime is left out, as is one that is locked. */
export async function ringRuns(transaction: Transaction, runs: readonly PlacedRun[]): Promise<ScheduledRing[]> {
  if (runs.length === 0) return [];
  const rows = await transaction.$queryRaw<RingRow[]>`
    WITH free AS (
      SELECT run.organization_id, run.id, placed.rank
      FROM ${placedRuns(runs)} JOIN sync_run run USING (organization_id, id)
      WHERE run.state IN ('queued', 'waiting') AND run.rung_at IS NULL
      FOR NO KEY UPDATE OF run SKIP LOCKED)
    UPDATE sync_run run SET ring = run.ring + 1, rung_at = now(), rank = free.rank
    FROM free WHERE run.organization_id = free.organization_id AND run.id = free.id
    RETURNING run.organization_id, run.id, run.ring, run.rank, run.trigger::text`;
  return rows.map(toRing);
}

export interface RingRow {
  organization_id: string;
  id: string;
  ring: number;
  rank: number;
  trigger: Trigger;
}

export function toRing(row: RingRow): ScheduledRing {
  return {
    organizationId: row.organization_id,
    runId: row.id,
    ring: row.ring,
    rank: row.rank,
    queue: queueOf(row.trigger),
  };
}

function placedRuns(runs: readonly PlacedRun[]): Prisma.Sql {
  return Prisma.sql`unnest(${runs.map((run) => run.organizationId)}::uuid[], ${runs.map((run) => run.runId)}::uuid[],
    ${runs.map((run) => run.rank)}::int[]) AS placed (organization_id, id, rank)`;
}
