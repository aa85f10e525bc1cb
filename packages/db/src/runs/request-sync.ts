import { type Database, Prisma, type Transaction } from '../database.ts';
import { uuid } from '../uuid.ts';
import { IntegrationQuarantinedError } from './quarantine.ts';
import type { Request, Requested, Ring } from './request.ts';
import { asAnswered, findAnswered, noteAnswered } from './request-key.ts';

export class IntegrationNotFoundError extends Error {
  override readonly name = 'IntegrationNotFoundError';
}

/** The names of evidence types at this connector, in order. What it throws undoes the request. */
export type ResolveTypes = (names: readonly string[], connector: string) => readonly string[];

/**
 * Asks for a sync now. A queued run is joined, its types merged; behind a running or waiting one there is one follow-up run, because a
 * stream that is already closed would be stale proof. The row is written first; the caller rings after.
 * @param resolve where the types may be asked for by other names than their own
 * @throws IntegrationNotFoundError, IntegrationQuarantinedError, RequestKeyReusedError
 */
export async function requestSync(
  database: Database,
  asked: Request,
  resolve: ResolveTypes = (types) => types,
): Promise<Requested> {
  return database.withStatements(asked.organizationId, async (transaction) => {
    // One trip: what stands behind the lock is read when that is held.
    const [integration, answered, run, rank] = await Promise.all([
      lockIntegration(transaction, asked),
      findAnswered(transaction, asked),
      unfinishedRun(transaction, asked),
      standingOnDemand(transaction, asked.organizationId),
    ]);
    const request = { ...asked, types: resolve(asked.types, integration.connector) };
    if (answered !== null) return { ...asAnswered(answered, request), ring: null };
    if (integration.quarantinedBy !== null) throw new IntegrationQuarantinedError(integration.quarantinedBy);
    const requested = answerBy(run, request, rank);
    await Promise.all([write(transaction, request, requested, run), noteAnswered(transaction, request, requested)]);
    return requested;
  });
}

/** `quarantinedBy`: the run that quarantines it, if any. */
async function lockIntegration(
  transaction: Transaction,
  request: Request,
): Promise<{ readonly connector: string; readonly quarantinedBy: string | null }> {
  const [row] = await transaction.$queryRaw<{ connector: string; quarantinedBy: string | null }[]>`
    SELECT connector, quarantined_run_id AS "quarantinedBy" FROM integration
    WHERE organization_id = ${request.organizationId}::uuid AND id = ${request.integrationId}::uuid AND removed_at IS NULL
    FOR NO KEY UPDATE`;
  if (row === undefined) throw new IntegrationNotFoundError('there is no such integration in this organization');
  return row;
}

interface UnfinishedRun {
  readonly id: string;
  readonly state: 'queued' | 'running' | 'waiting';
  readonly ring: number;
  readonly followUpId: string | null;
}

async function unfinishedRun(transaction: Transaction, request: Request): Promise<UnfinishedRun | undefined> {
  const [run] = await transaction.$queryRaw<UnfinishedRun[]>`
    SELECT id, state::text, ring, follow_up_id AS "followUpId" FROM sync_run
    WHERE organization_id = ${request.organizationId}::uuid AND integration_id = ${request.integrationId}::uuid
      AND state IN ('queued', 'running', 'waiting')
    FOR NO KEY UPDATE`;
  return run;
}

/** @param rank where a run on demand stands that is rung now */
function answerBy(run: UnfinishedRun | undefined, { organizationId }: Request, rank: number): Requested {
  if (run === undefined) return created(organizationId, uuid(), rank);
  const { id: runId, followUpId } = run;
  return run.state === 'queued'
    ? { runId, how: 'joined', ring: { organizationId, runId, ring: run.ring + 1, rank } }
    : { runId: followUpId ?? uuid(), how: 'follow_up', ring: null };
}

function created(organizationId: string, runId: string, rank: number): Requested & { readonly ring: Ring } {
  return { runId, how: 'created', ring: { organizationId, runId, ring: 1, rank } };
}

async function write(
  transaction: Transaction,
  request: Request,
  { runId, how, ring }: Requested,
  run: UnfinishedRun | undefined,
): Promise<void> {
  if (ring === null) return followUp(transaction, request, { behind: run?.id ?? '', runId });
  return how === 'joined' ? join(transaction, request, ring) : create(transaction, request, ring);
}

/** @param runId where somebody was told it already */
export async function createOnDemand(
  transaction: Transaction,
  request: Request,
  runId: string = uuid(),
): Promise<Requested> {
  const rank = await standingOnDemand(transaction, request.organizationId);
  const requested = created(request.organizationId, runId, rank);
  await create(transaction, request, requested.ring);
  return requested;
}

async function create(transaction: Transaction, request: Request, { runId, rank }: Ring): Promise<void> {
  await transaction.$executeRaw`
    INSERT INTO sync_run (organization_id, id, integration_id, trigger, types, ring, rung_at, rank, traceparent)
    VALUES (${request.organizationId}::uuid, ${runId}::uuid, ${request.integrationId}::uuid, 'demand', ${request.types}::text[], 1, now(),
      ${rank}, ${request.traceparent ?? null})`;
}

/** The scheduled run becomes one on demand: it is rung in the other queue too, and whichever bell is heard first wins the claim. */
async function join(transaction: Transaction, request: Request, { runId, ring, rank }: Ring): Promise<void> {
  await transaction.$executeRaw`
    UPDATE sync_run SET trigger = 'demand', ring = ${ring}, rung_at = now(), available_at = least(available_at, now()), rank = ${rank},
      types = ${merged(Prisma.sql`types`, request.types)}, traceparent = coalesce(traceparent, ${request.traceparent ?? null})
    WHERE organization_id = ${request.organizationId}::uuid AND id = ${runId}::uuid`;
}

async function followUp(
  transaction: Transaction,
  request: Request,
  { behind, runId }: { readonly behind: string; readonly runId: string },
): Promise<void> {
  await transaction.$executeRaw`
    UPDATE sync_run SET follow_up_id = ${runId}::uuid,
      follow_up_requested_at = coalesce(follow_up_requested_at, now()),
      follow_up_traceparent = CASE WHEN follow_up_id IS NULL THEN ${request.traceparent ?? null} ELSE follow_up_traceparent END,
      follow_up_types = CASE WHEN follow_up_id IS NULL THEN ${request.types}::text[]
        ELSE ${merged(Prisma.sql`follow_up_types`, request.types)} END
    WHERE organization_id = ${request.organizationId}::uuid AND id = ${behind}::uuid`;
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
