import { Prisma, type Transaction } from '../database.ts';

/** How long the source of an evidence type remembers. */
export interface Retention {
  readonly type: string;
  readonly days: number;
}

/** How long before the date a warning comes: a sixth of the retention, at least a week, and never more than half of it. */
const warning = Prisma.sql`(least(days / 2.0, greatest(days / 6.0, 7)) * interval '24 hours')`;

/**
 * Notes when a source forgets something that no pass has read: for each slice the beginning of the last pass that the next one goes on from,
 * and the retention from there; the earliest counts. A date that moves arms its warnings again. To be called in the transaction that ends
 * a run, after it. A slice costs three looks into an index, however many runs there were.
 */
export async function noteRetention(
  transaction: Transaction,
  run: { readonly organizationId: string; readonly runId: string },
  retention: readonly Retention[],
): Promise<void> {
  const { organizationId, runId } = run;
  await transaction.$executeRaw`
    WITH RECURSIVE own AS (
      SELECT organization_id, integration_id FROM sync_run WHERE organization_id = ${organizationId}::uuid AND id = ${runId}::uuid
    ), ${slices(retention)}, ${lastPasses},
    earliest AS (
      SELECT type, days, began + days * interval '24 hours' AS at FROM last_pass p
      WHERE run_began >= (SELECT coalesce(max(run_began), '-infinity') FROM last_pass l WHERE l.type = p.type AND l.lists)
      ORDER BY at LIMIT 1
    )
    UPDATE integration i SET forgets_at = at, forgets_type = type, retention_warns_at = at - ${warning}
    FROM own LEFT JOIN earliest ON true
    WHERE i.organization_id = own.organization_id AND i.id = own.integration_id AND i.forgets_at IS DISTINCT FROM at`;
}

/** Every slice that a forgetting type was ever read by: from one to the next in the index, not by the number of passes. */
function slices(retention: readonly Retention[]): Prisma.Sql {
  return Prisma.sql`kept AS (
      SELECT * FROM unnest(${retention.map(({ type }) => type)}::text[], ${retention.map(({ days }) => days)}::int[]) AS kept (type, days)
    ), slices AS (
      SELECT own.*, type, days, (SELECT min(slice) FROM stream_run s
        WHERE s.organization_id = own.organization_id AND s.integration_id = own.integration_id AND s.type = kept.type) AS slice
      FROM own CROSS JOIN kept
      UNION ALL
      SELECT organization_id, integration_id, type, days, (SELECT min(slice) FROM stream_run s
        WHERE s.organization_id = l.organization_id AND s.integration_id = l.integration_id AND s.type = l.type AND s.slice > l.slice)
      FROM slices l WHERE slice IS NOT NULL
    )`;
}

/**
 * Where the next pass of each slice goes on from. A slice that a later run listed no more (a region taken out of the settings) is waited for
 * no longer; only a run that read to its end can say so, and not by a listing that failed (slice '').
 */
const lastPasses = Prisma.sql`last_pass AS (
      SELECT l.type, l.days, whole.opened_at AS began, r.started_at AS run_began,
        r.state IN ('succeeded', 'partial') AND NOT (l.slice = '' AND newest.status = 'failed') AS lists
      FROM slices l
      CROSS JOIN LATERAL (SELECT run_id, status FROM stream_run s
        WHERE s.organization_id = l.organization_id AND s.integration_id = l.integration_id AND s.type = l.type AND s.slice = l.slice
        ORDER BY opened_at DESC LIMIT 1) newest
      JOIN sync_run r ON r.organization_id = l.organization_id AND r.id = newest.run_id
      LEFT JOIN LATERAL (SELECT opened_at FROM stream_run s
        WHERE s.organization_id = l.organization_id AND s.integration_id = l.integration_id AND s.type = l.type AND s.slice = l.slice
          AND (status = 'complete' OR carries_on)
        ORDER BY opened_at DESC LIMIT 1) whole ON true
    )`;
