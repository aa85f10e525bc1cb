import { type Database, Prisma, type Transaction } from '../database.ts';
import { type ListedGap, readGaps } from './gaps.ts';
import { quarantinedRuns, type RunSummary, readRuns } from './list-runs.ts';

/** One pass over one slice of one evidence type. */
export interface ShownStream {
  readonly id: string;
  readonly type: string;
  readonly mode: string;
  readonly slice: string;
  readonly status: 'open' | 'complete' | 'partial' | 'failed';
  readonly openedAt: Date;
  readonly closedAt: Date | null;
  readonly expected: number | null;
  readonly seen: number;
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly retired: number;
  readonly gaps: number;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
}

export interface ShownAttempt {
  readonly worker: string;
  readonly claimedAt: Date;
  readonly releasedAt: Date | null;
  /** done | snooze | retry | reject | cancel | shutdown | crash; null while it goes on. */
  readonly endedAs: string | null;
}

/** The provider calls of all attempts of a run, by operation. Bytes, milliseconds. */
export interface CallSummary {
  readonly operation: string;
  readonly calls: number;
  readonly retries: number;
  readonly throttled: number;
  readonly failed: number;
  readonly responseBytes: number;
  /** Waited for the fleet's quota. */
  readonly waitedMs: number;
}

export interface ShownRun extends RunSummary {
  /** The run asked for waits for this one to end, and does not exist before; null where it is this very run. */
  readonly followUpId: string | null;
  readonly attemptLog: readonly ShownAttempt[];
  readonly streamRuns: readonly ShownStream[];
  /** Gaps that this run's streams opened or met again. */
  readonly gapsMet: readonly ListedGap[];
  readonly calls: readonly CallSummary[];
}

/** A run with more gaps than this shows the first of them; `fleet gaps` has all. */
const gapsShown = 200;

/**
 * One run with its streams, attempts, gaps and calls. A follow-up that does not exist yet is shown as the run it waits behind.
 * @returns null when there is neither
 */
export async function showRun(
  database: Database,
  { organizationId, runId }: { organizationId: string; runId: string },
): Promise<ShownRun | null> {
  return database.withOrganization(organizationId, async (transaction) => {
    const [run] = await findRun(transaction, organizationId, runId);
    if (run === undefined) return null;
    const of = { organizationId, runId: run.id };
    return {
      ...run,
      followUpId: run.id === runId.toLowerCase() ? null : runId,
      attemptLog: await readAttempts(transaction, of),
      streamRuns: await readStreams(transaction, of),
      gapsMet: await readGaps(transaction, metBy(of), gapsShown),
      calls: await readCalls(transaction, of),
    };
  });
}

interface RunAddress {
  readonly organizationId: string;
  readonly runId: string;
}

async function findRun(transaction: Transaction, organizationId: string, runId: string): Promise<RunSummary[]> {
  const organization = Prisma.sql`r.organization_id = ${organizationId}::uuid`;
  const found = await readRuns(transaction, Prisma.sql`${organization} AND r.id = ${runId}::uuid`, 1);
  if (found.length > 0) return found;
  const waitedFor = Prisma.sql`(r.state IN ('queued', 'running', 'waiting') OR r.id IN (${quarantinedRuns(organizationId)}))`;
  return readRuns(transaction, Prisma.sql`${organization} AND r.follow_up_id = ${runId}::uuid AND ${waitedFor}`, 1);
}

function metBy({ organizationId, runId }: RunAddress): Prisma.Sql {
  return Prisma.sql`g.organization_id = ${organizationId}::uuid AND (g.opened_run_id = ${runId}::uuid
    OR g.stream_run_id IN (SELECT id FROM stream_run WHERE organization_id = ${organizationId}::uuid AND run_id = ${runId}::uuid))`;
}

function readAttempts(transaction: Transaction, { organizationId, runId }: RunAddress): Promise<ShownAttempt[]> {
  return transaction.$queryRaw<ShownAttempt[]>`
    SELECT worker, claimed_at AS "claimedAt", released_at AS "releasedAt", ended_as AS "endedAs" FROM sync_attempt
    WHERE organization_id = ${organizationId}::uuid AND run_id = ${runId}::uuid ORDER BY fence`;
}

function readStreams(transaction: Transaction, { organizationId, runId }: RunAddress): Promise<ShownStream[]> {
  return transaction.$queryRaw<ShownStream[]>`
    SELECT id, type, mode, slice, status::text, opened_at AS "openedAt", closed_at AS "closedAt", expected,
      greatest(seen, added + changed + unchanged) AS seen, added, changed, unchanged, retired, gaps, error_code AS "errorCode",
      error_message AS "errorMessage"
    FROM stream_run WHERE organization_id = ${organizationId}::uuid AND run_id = ${runId}::uuid ORDER BY type, slice`;
}

function readCalls(transaction: Transaction, { organizationId, runId }: RunAddress): Promise<CallSummary[]> {
  return transaction.$queryRaw<CallSummary[]>`
    SELECT c.operation, sum(c.calls)::float8 AS calls, sum(c.retries)::float8 AS retries, sum(c.throttled)::float8 AS throttled,
      sum(c.failed)::float8 AS failed, sum(c."responseBytes")::float8 AS "responseBytes", sum(c."waitedMs")::float8 AS "waitedMs"
    FROM sync_attempt a, jsonb_to_recordset(a.calls) AS c(operation text, calls float8, retries float8, throttled float8, failed float8,
      "responseBytes" float8, "waitedMs" float8)
    WHERE a.organization_id = ${organizationId}::uuid AND a.run_id = ${runId}::uuid
    GROUP BY c.operation ORDER BY c.operation`;
}
