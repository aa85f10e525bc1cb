import { type Database, Prisma, type Transaction } from '../database.ts';
import type { RunState } from '../generated/enums.ts';

/** A run as lists show it; counts are summed over its streams. */
export interface RunSummary {
  readonly id: string;
  readonly integrationId: string;
  readonly integration: string;
  readonly connector: string;
  readonly trigger: 'schedule' | 'demand';
  readonly state: RunState;
  /** Evidence types asked for; empty means all. */
  readonly types: readonly string[];
  readonly requestedAt: Date;
  /** Not before; of interest while it waits. */
  readonly availableAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly attempts: number;
  readonly crashCount: number;
  readonly cancelRequestedAt: Date | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly streams: number;
  readonly streamsClosed: number;
  readonly seen: number;
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly retired: number;
  readonly gaps: number;
}

export interface ListRuns {
  readonly organizationId: string;
  readonly integrationId?: string;
  /** In this state only. */
  readonly state?: RunState;
  /** Only runs that quarantine their integration. */
  readonly quarantined?: boolean;
  readonly limit: number;
}

/** The latest runs, newest first. */
export async function listRuns(
  database: Database,
  { organizationId, integrationId, state, quarantined, limit }: ListRuns,
): Promise<RunSummary[]> {
  const of = integrationId === undefined ? Prisma.empty : Prisma.sql`AND r.integration_id = ${integrationId}::uuid`;
  const within = state === undefined ? Prisma.empty : Prisma.sql`AND r.state = ${state}::run_state`;
  const aside = quarantined ? Prisma.sql`AND r.id IN (${quarantinedRuns(organizationId)})` : Prisma.empty;
  return database.withOrganization(organizationId, (transaction) =>
    readRuns(transaction, Prisma.sql`r.organization_id = ${organizationId}::uuid ${of} ${within} ${aside}`, limit),
  );
}

/** The runs for which an integration is put aside. */
export function quarantinedRuns(organizationId: string): Prisma.Sql {
  return Prisma.sql`SELECT quarantined_run_id FROM integration
    WHERE organization_id = ${organizationId}::uuid AND quarantined_run_id IS NOT NULL`;
}

const latestFirst = Prisma.sql`r.requested_at DESC, r.id DESC`;

/** @param which a condition on `sync_run r`, with its organization */
export function readRuns(
  transaction: Transaction,
  which: Prisma.Sql,
  limit: number,
  order = latestFirst,
): Promise<RunSummary[]> {
  return transaction.$queryRaw<RunSummary[]>`
    SELECT r.id, r.integration_id AS "integrationId", i.name AS integration, i.connector, r.trigger::text, r.state::text, r.types,
      r.requested_at AS "requestedAt", r.available_at AS "availableAt", r.started_at AS "startedAt", r.finished_at AS "finishedAt",
      r.attempts, r.crash_count AS "crashCount", r.cancel_requested_at AS "cancelRequestedAt", r.error_code AS "errorCode",
      r.error_message AS "errorMessage", s.*
    FROM sync_run r
    JOIN integration i ON i.organization_id = r.organization_id AND i.id = r.integration_id
    JOIN LATERAL (
      SELECT count(*)::int AS streams, count(*) FILTER (WHERE status <> 'open')::int AS "streamsClosed",
        coalesce(sum(greatest(seen, added + changed + unchanged)), 0)::int AS seen, coalesce(sum(added), 0)::int AS added,
        coalesce(sum(changed), 0)::int AS changed, coalesce(sum(unchanged), 0)::int AS unchanged,
        coalesce(sum(retired), 0)::int AS retired, coalesce(sum(gaps), 0)::int AS gaps
      FROM stream_run WHERE organization_id = r.organization_id AND run_id = r.id
    ) s ON true
    WHERE ${which}
    ORDER BY ${order} LIMIT ${limit}`;
}
