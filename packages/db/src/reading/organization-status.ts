import { type Database, Prisma, type Transaction } from '../database.ts';
import type { IntegrationStatus } from '../generated/enums.ts';
import { isDue } from '../scheduling/candidates.ts';

/** What goes on in an organization now. Counts end at `countedTo`: that many means "at least". */
export interface OrganizationStatus {
  /** By the database's clock. */
  readonly at: Date;
  /** Syncs that are due and have no run yet. */
  readonly due: number;
  readonly unfinished: { readonly queued: number; readonly running: number; readonly waiting: number };
  /** When the run that has been queued for longest was asked for. */
  readonly oldestQueuedAt: Date | null;
  /** Runs that ended within the last hour, by how. */
  readonly lastHour: {
    readonly succeeded: number;
    readonly partial: number;
    readonly failed: number;
    readonly cancelled: number;
  };
  /** Workers that hold a lease of this organization's runs. */
  readonly leases: readonly { readonly worker: string; readonly runs: number }[];
  readonly gaps: readonly { readonly reason: string; readonly open: number }[];
  /** Errors first, then by name. */
  readonly failing: readonly FailingIntegration[];
  /** Whose quotas runs of the last hour, or of now, have used: the first of them. */
  readonly quotaScopes: readonly { readonly connector: string; readonly scope: string }[];
}

export interface FailingIntegration {
  readonly id: string;
  readonly name: string;
  readonly connector: string;
  readonly status: IntegrationStatus;
  /** A public sentence of its health. */
  readonly statusReason: string | null;
  readonly quarantinedRunId: string | null;
  /** Its breaker is open until then: its last syncs ended in an outage. */
  readonly breakerUntil: Date | null;
  /** A public sentence of its last syncs. */
  readonly failingReason: string | null;
}

/** No count looks at more rows than this. */
export const countedTo = 10_000;
const failingShown = 100;
const scopesShown = 50;

/**
 * One round trip. Each question is answered from an index that holds what it asks for and no more, and none grows with history: at
 * `countedTo` rows each it costs what it costs, with a million integrations as with ten.
 */
export function readOrganizationStatus(database: Database, organizationId: string): Promise<OrganizationStatus> {
  return database.withTrips(organizationId, async (transaction) => {
    const ask = questions(transaction, Prisma.sql`organization_id = ${organizationId}::uuid`);
    const [now, due, unfinished, ended, gaps, failing, quotaScopes] = await Promise.all([
      ask.now(),
      ask.due(),
      ask.unfinished(),
      ask.ended(),
      ask.gaps(),
      ask.failing(),
      ask.quotaScopes(organizationId),
    ]);
    const runsIn = (state: UnfinishedRow['state']) =>
      unfinished.filter((row) => row.state === state).reduce((sum, { runs }) => sum + runs, 0);
    const endedAs = (state: string) => ended.find((row) => row.state === state)?.runs ?? 0;
    return {
      at: now[0]?.at ?? new Date(Number.NaN),
      due: due[0]?.due ?? 0,
      unfinished: { queued: runsIn('queued'), running: runsIn('running'), waiting: runsIn('waiting') },
      oldestQueuedAt: unfinished.find(({ state }) => state === 'queued')?.oldest ?? null,
      lastHour: {
        ...{ succeeded: endedAs('succeeded'), partial: endedAs('partial') },
        ...{ failed: endedAs('failed'), cancelled: endedAs('cancelled') },
      },
      leases: unfinished.flatMap(({ worker, runs }) => (worker === null ? [] : [{ worker, runs }])),
      ...{ gaps, failing, quotaScopes },
    };
  });
}

interface UnfinishedRow {
  readonly state: 'queued' | 'running' | 'waiting';
  readonly worker: string | null;
  readonly runs: number;
  readonly oldest: Date;
}

const unfinishedStates = Prisma.sql`state IN ('queued', 'running', 'waiting')`;
const lastHour = Prisma.sql`finished_at > now() - interval '1 hour'`;

// Every inner question names the order of the index that it is to be answered from.

function questions(transaction: Transaction, ours: Prisma.Sql) {
  return {
    now: () => transaction.$queryRaw<{ at: Date }[]>`SELECT clock_timestamp() AS at`,
    due: () => transaction.$queryRaw<{ due: number }[]>`
      SELECT count(*)::int AS due FROM (
        SELECT FROM integration WHERE ${ours} AND ${isDue(Prisma.sql`now()`)} ORDER BY next_sync_at LIMIT ${countedTo}) AS found`,
    unfinished: () => transaction.$queryRaw<UnfinishedRow[]>`
      SELECT state::text, worker, count(*)::int AS runs, min(requested_at) AS oldest FROM (
        SELECT state, requested_at, CASE WHEN lease_until > now() THEN lease_owner END AS worker FROM sync_run
        WHERE ${ours} AND ${unfinishedStates} ORDER BY integration_id LIMIT ${countedTo}) AS found
      GROUP BY 1, 2 ORDER BY 1, 2`,
    ended: () => transaction.$queryRaw<{ state: string; runs: number }[]>`
      SELECT state::text, count(*)::int AS runs FROM (
        SELECT state FROM sync_run WHERE ${ours} AND ${lastHour} ORDER BY finished_at DESC LIMIT ${countedTo}) AS found
      GROUP BY 1`,
    gaps: () => transaction.$queryRaw<{ reason: string; open: number }[]>`
      SELECT reason, count(*)::int AS open FROM (
        SELECT reason FROM gap WHERE ${ours} AND closed_at IS NULL
        ORDER BY integration_id, type, slice, scope, reason LIMIT ${countedTo}) AS found
      GROUP BY 1 ORDER BY 2 DESC, 1`,
    failing: () => transaction.$queryRaw<FailingIntegration[]>`
      SELECT id, name, connector, status::text, status_reason AS "statusReason", quarantined_run_id AS "quarantinedRunId",
        breaker_until AS "breakerUntil", failing_reason AS "failingReason"
      FROM integration
      WHERE ${ours} AND removed_at IS NULL
        AND (status IN ('degraded', 'error') OR quarantined_run_id IS NOT NULL OR breaker_until IS NOT NULL)
      ORDER BY integration.status DESC, name LIMIT ${failingShown}`,
    // LIMIT 1 keeps the planner from joining, for which it would read every integration of the organization.
    quotaScopes: (organizationId: string) => transaction.$queryRaw<{ connector: string; scope: string }[]>`
      SELECT DISTINCT i.connector, i.quota_scope AS scope FROM (
        (SELECT integration_id FROM sync_run WHERE ${ours} AND ${unfinishedStates} ORDER BY integration_id LIMIT 200)
        UNION (SELECT integration_id FROM sync_run WHERE ${ours} AND ${lastHour} ORDER BY finished_at DESC LIMIT 200)) AS run
      CROSS JOIN LATERAL (SELECT connector, quota_scope FROM integration
        WHERE organization_id = ${organizationId}::uuid AND id = run.integration_id LIMIT 1) AS i
      WHERE i.quota_scope IS NOT NULL ORDER BY 1, 2 LIMIT ${scopesShown}`,
  };
}
