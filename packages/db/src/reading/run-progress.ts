import { type Database, Prisma, type Transaction } from '../database.ts';
import type { RunState } from '../generated/enums.ts';
import { type RunSummary, readRuns } from './list-runs.ts';

/** How far one evidence type of a run has come, over its slices. */
export interface TypeProgress {
  readonly type: string;
  readonly slices: number;
  readonly slicesClosed: number;
  readonly seen: number;
  readonly added: number;
  readonly changed: number;
  readonly retired: number;
  readonly gaps: number;
}

/** A request that waits behind a run that has begun: its run is made when that one ends, under the id that it was told. */
export interface PendingRun {
  readonly id: string;
  readonly integrationId: string;
  readonly integration: string;
  readonly connector: string;
  readonly types: readonly string[];
  readonly requestedAt: Date;
  readonly waitsForRunId: string;
  readonly waitsForState: RunState;
  /** The run before it quarantined the integration: this one is made when that is redriven. */
  readonly isQuarantined: boolean;
}

export type RunProgress =
  | { readonly kind: 'run'; readonly run: RunSummary; readonly types: readonly TypeProgress[] }
  | { readonly kind: 'pending'; readonly pending: PendingRun };

/**
 * A run, or the request that is to become one, in one round trip: what whoever waits for it asks for again and again.
 * @returns null when there is neither: it was never asked for, or dropped because its integration was paused or removed
 */
export async function readRunProgress(
  database: Database,
  { organizationId, runId }: { readonly organizationId: string; readonly runId: string },
): Promise<RunProgress | null> {
  const which = Prisma.sql`r.organization_id = ${organizationId}::uuid AND r.id = ${runId}::uuid`;
  const [[run], types, [pending]] = await database.withTrips(organizationId, (trip) =>
    Promise.all([
      readRuns(trip, which, 1),
      readTypes(trip, organizationId, runId),
      readPending(trip, organizationId, runId),
    ]),
  );
  if (run !== undefined) return { kind: 'run', run, types };
  return pending === undefined ? null : { kind: 'pending', pending };
}

function readTypes(trip: Transaction, organizationId: string, runId: string): Promise<TypeProgress[]> {
  return trip.$queryRaw<TypeProgress[]>`
    SELECT type, count(*)::int AS slices, count(*) FILTER (WHERE status <> 'open')::int AS "slicesClosed",
      sum(greatest(seen, added + changed + unchanged))::int AS seen, sum(added)::int AS added, sum(changed)::int AS changed,
      sum(retired)::int AS retired, sum(gaps)::int AS gaps
    FROM stream_run WHERE organization_id = ${organizationId}::uuid AND run_id = ${runId}::uuid GROUP BY type ORDER BY type`;
}

/** Looked for among the unfinished runs and those that quarantine: both have an index of their own, however long the history. */
function readPending(trip: Transaction, organizationId: string, runId: string): Promise<PendingRun[]> {
  const columns = Prisma.sql`r.follow_up_id AS id, r.integration_id AS "integrationId", i.name AS integration, i.connector,
    r.follow_up_types AS types, r.follow_up_requested_at AS "requestedAt", r.id AS "waitsForRunId", r.state::text AS "waitsForState"`;
  return trip.$queryRaw<PendingRun[]>`
    SELECT ${columns}, false AS "isQuarantined" FROM sync_run r
    JOIN integration i ON i.organization_id = r.organization_id AND i.id = r.integration_id
    WHERE r.organization_id = ${organizationId}::uuid AND r.state IN ('queued', 'running', 'waiting') AND r.follow_up_id = ${runId}::uuid
    UNION ALL
    SELECT ${columns}, true FROM integration i
    JOIN sync_run r ON r.organization_id = i.organization_id AND r.id = i.quarantined_run_id
    WHERE i.organization_id = ${organizationId}::uuid AND i.quarantined_run_id IS NOT NULL AND r.follow_up_id = ${runId}::uuid
    LIMIT 1`;
}

/** What a run that has ended kept of what it did; null before. */
export async function readRunManifest(
  database: Database,
  { organizationId, runId }: { readonly organizationId: string; readonly runId: string },
): Promise<{ readonly [field: string]: unknown } | null> {
  const [row] = await database.withTrips(
    organizationId,
    (trip) => trip.$queryRaw<{ manifest: { readonly [field: string]: unknown } | null }[]>`
      SELECT manifest FROM sync_run WHERE organization_id = ${organizationId}::uuid AND id = ${runId}::uuid`,
  );
  return row?.manifest ?? null;
}
