import { type Database, Prisma, type Transaction } from '../database.ts';
import { uuid } from '../uuid.ts';
import { IntegrationQuarantinedError } from './quarantine.ts';
import type { Request, Requested } from './request.ts';
import { findAnswered, noteAnswered } from './request-key.ts';

export class IntegrationNotFoundError extends Error {
  override readonly name = 'IntegrationNotFoundError';
}

/**
 * Asks for a sync now. A queued run is joined, its types merged; behind a running or waiting one there is one follow-up run, because a
 * stream that is already closed would be stale proof. The row is written first; the caller rings after.
 * @throws IntegrationNotFoundError, IntegrationQuarantinedError, RequestKeyReusedError
 */
export async function requestSync(database: Database, request: Request): Promise<Requested> {
  return database.withStatements(request.organizationId, async (transaction) => {
    const quarantinedBy = await lockIntegration(transaction, request);
    const answered = await findAnswered(transaction, request);
    if (answered !== null) return { ...answered, ring: null };
    if (quarantinedBy !== null) throw new IntegrationQuarantinedError(quarantinedBy);
    const run = await unfinishedRun(transaction, request);
    const requested = await answer(transaction, request, run);
    await noteAnswered(transaction, request, requested);
    return requested;
  });
}

/** @returns the run that quarantines it, if any */
async function lockIntegration(transaction: Transaction, request: Request): Promise<string | null> {
  const [row] = await transaction.$queryRaw<{ quarantined_run_id: string | null }[]>`
    SELECT quarantined_run_id FROM integration
    WHERE organization_id = ${request.organizationId}::uuid AND id = ${request.integrationId}::uuid AND removed_at IS NULL
    FOR NO KEY UPDATE`;
  if (row === undefined) throw new IntegrationNotFoundError('there is no such integration in this organization');
  return row.quarantined_run_id;
}

function answer(
  transaction: Transaction,
  request: Request,
  run: { id: string; state: string } | undefined,
): Promise<Requested> {
  if (run === undefined) return createOnDemand(transaction, request);
  return run.state === 'queued' ? join(transaction, request, run.id) : followUp(transaction, request, run.id);
}

async function unfinishedRun(
  transaction: Transaction,
  request: Request,
): Promise<{ id: string; state: string } | undefined> {
  const [run] = await transaction.$queryRaw<{ id: string; state: string }[]>`
    SELECT id, state::text FROM sync_run
    WHERE organization_id = ${request.organizationId}::uuid AND integration_id = ${request.integrationId}::uuid
      AND state IN ('queued', 'running', 'waiting')
    FOR NO KEY UPDATE`;
  return run;
}

/** @param runId where somebody was told it already */
export async function createOnDemand(
  transaction: Transaction,
  request: Request,
  runId: string = uuid(),
): Promise<Requested> {
  const rank = await standingOnDemand(transaction, request.organizationId);
  await transaction.$executeRaw`
    INSERT INTO sync_run (organization_id, id, integration_id, trigger, types, ring, rung_at, rank, traceparent)
    VALUES (${request.organizationId}::uuid, ${runId}::uuid, ${request.integrationId}::uuid, 'demand', ${request.types}::text[], 1, now(),
      ${rank}, ${request.traceparent ?? null})`;
  return { runId, how: 'created', ring: { organizationId: request.organizationId, runId, ring: 1, rank } };
}

/** The scheduled run becomes one on demand: it is rung in the other queue too, and whichever bell is heard first wins the claim. */
async function join(transaction: Transaction, request: Request, runId: string): Promise<Requested> {
  const rank = await standingOnDemand(transaction, request.organizationId);
  const [run] = await transaction.$queryRaw<{ ring: number }[]>`
    UPDATE sync_run SET trigger = 'demand', ring = ring + 1, rung_at = now(), available_at = least(available_at, now()), rank = ${rank},
      types = ${merged(Prisma.sql`types`, request.types)}, traceparent = coalesce(traceparent, ${request.traceparent ?? null})
    WHERE organization_id = ${request.organizationId}::uuid AND id = ${runId}::uuid
    RETURNING ring`;
  if (run === undefined) throw new Error('a locked run vanished');
  return { runId, how: 'joined', ring: { organizationId: request.organizationId, runId, ring: run.ring, rank } };
}

async function followUp(transaction: Transaction, request: Request, runId: string): Promise<Requested> {
  const [run] = await transaction.$queryRaw<{ follow_up_id: string }[]>`
    UPDATE sync_run SET follow_up_id = coalesce(follow_up_id, ${uuid()}::uuid),
      follow_up_requested_at = coalesce(follow_up_requested_at, now()),
      follow_up_traceparent = CASE WHEN follow_up_id IS NULL THEN ${request.traceparent ?? null} ELSE follow_up_traceparent END,
      follow_up_types = CASE WHEN follow_up_id IS NULL THEN ${request.types}::text[]
        ELSE ${merged(Prisma.sql`follow_up_types`, request.types)} END
    WHERE organization_id = ${request.organizationId}::uuid AND id = ${runId}::uuid
    RETURNING follow_up_id`;
  if (run === undefined) throw new Error('a locked run vanished');
  return { runId: run.follow_up_id, how: 'follow_up', ring: null };
}

/** What two requests ask for together; empty means all, and all and some is all. */
export function mergeTypes(some: readonly string[], others: readonly string[]): string[] {
  return some.length === 0 || others.length === 0 ? [] : [...new Set([...some, ...others])].sort();
}

/** The same in the database. */
function merged(column: Prisma.Sql, types: readonly string[]): Prisma.Sql {
  return Prisma.sql`CASE WHEN ${column} = '{}' OR ${types.length} = 0 THEN '{}'::text[]
    ELSE (SELECT array_agg(DISTINCT t ORDER BY t) FROM unnest(${column} || ${types}::text[]) AS t) END`;
}

/** One more than the organization's requests already in line: its thousandth stands behind another's first. */
async function standingOnDemand(transaction: Transaction, organizationId: string): Promise<number> {
  const [row] = await transaction.$queryRaw<{ standing: bigint }[]>`
    SELECT count(*) AS standing FROM (
      SELECT FROM sync_run
      WHERE organization_id = ${organizationId}::uuid AND state IN ('queued', 'waiting') AND trigger = 'demand' AND rung_at IS NOT NULL
      LIMIT 100000) AS line`;
  return Number(row?.standing ?? 0) + 1;
}
