import { Prisma, type Transaction } from '../database.ts';
import { type Claim, heldRun, StaleFenceError } from '../hold-run.ts';
import { acceptNewFields } from './accept-new-fields.ts';
import { readDifferences } from './compare-rows.ts';
import { insertGaps } from './record-gaps.ts';
import { keysOf, uuidsOf } from './travel.ts';
import type { Batch, PreparedRow, StreamContext } from './types.ts';
import { type Change, writeDifferences } from './write-differences.ts';

/**
 * Writes one batch: versions of what is new or changed, heads, "seen", gaps, checkpoint and counts. Keys and hashes travel first, bodies only
 * of what differs. Everything is written by one statement that also checks the fence: a client that stops while it sends a large statement
 * holds no lock then, and its run can be taken over.
 * @param batch isUnseen: its rows are taken for new without a look
 * @throws StaleFenceError, and a unique violation where `isUnseen` was wrong
 */
export async function commitBatch(
  transaction: Transaction,
  stream: StreamContext,
  claim: Claim,
  batch: Batch & { readonly isUnseen: boolean },
): Promise<void> {
  const changes = batch.isUnseen ? batch.rows.map(asNew) : await readChanges(transaction, stream, batch.rows);
  const parts = [
    Prisma.sql`held AS (${heldRun(claim)})`,
    ...(changes.length > 0 ? writeDifferences(stream, changes) : []),
    ...(batch.gaps.length > 0 ? [Prisma.sql`gaps AS (${insertGaps(stream, batch.gaps, Prisma.sql`, held`)})`] : []),
    ...advance(stream, claim, batch, changes),
  ];
  const [row] = await transaction.$queryRaw<{ held: number }[]>`
    WITH ${Prisma.join(parts, ',\n')} SELECT count(*)::int AS held FROM held`;
  if (row?.held !== 1) throw new StaleFenceError('this worker does not hold the run any more');
}

function asNew(row: PreparedRow): Change {
  return { row, versionId: null, isContent: true, statesMore: false, learned: null };
}

/** A row that was taken for new has a head. */
export function isUniqueViolation(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === '23505';
}

async function readChanges(
  transaction: Transaction,
  stream: StreamContext,
  rows: readonly PreparedRow[],
): Promise<Change[]> {
  if (rows.length === 0) return [];
  const differences = await readDifferences(transaction, stream, rows);
  const learned = await acceptNewFields(transaction, stream, differences);
  return differences.map((one) => ({ ...one, learned: learned.get(one.versionId) ?? null }));
}

/** Notes what was seen, moves the checkpoint, tells the run that it makes progress, and its attempt what calls it has made. */
function advance(stream: StreamContext, claim: Claim, batch: Batch, changes: readonly Change[]): Prisma.Sql[] {
  const { organizationId, runId, streamRunId } = stream;
  const versions = changes.filter(({ isContent, learned }) => isContent && learned === null);
  const added = versions.filter(({ versionId }) => versionId === null).length;
  return [
    Prisma.sql`moved AS (
      UPDATE stream_run SET batches = batches + 1, added = added + ${added}, changed = changed + ${versions.length - added},
        unchanged = unchanged + ${batch.rows.length - versions.length}, gaps = gaps + ${batch.gaps.length},
        checkpoint = coalesce(${batch.checkpoint}, checkpoint), watermark = greatest(watermark, ${batch.watermark}),
        expected = coalesce(${batch.expected}, expected)
      FROM held
      WHERE organization_id = ${organizationId}::uuid AND id = ${streamRunId}::uuid AND status = 'open'
      RETURNING batches)`,
    Prisma.sql`progress AS (
      UPDATE sync_run SET crash_count = 0 FROM held
      WHERE organization_id = ${organizationId}::uuid AND id = ${runId}::uuid AND crash_count > 0)`,
    Prisma.sql`called AS (${noteCalls(claim, batch.calls, Prisma.sql`FROM held`)})`,
    ...(batch.rows.length > 0 && stream.mode === 'snapshot'
      ? [
          Prisma.sql`seen AS (
            INSERT INTO stream_seen (organization_id, stream_run_id, batch, key_ids)
            SELECT ${organizationId}::uuid, ${streamRunId}::uuid, batches, ${seenIds(batch.rows)}::uuid[] FROM moved)`,
        ]
      : []),
  ];
}

/** Half of each SHA-256, which is as unlikely to meet another's as a UUID: what stands here is written again in every pass. */
function seenIds(rows: readonly PreparedRow[]): string {
  const keys = keysOf(rows);
  return uuidsOf(rows.map((_, index) => keys.toString('hex', 32 * index, 32 * index + 16)));
}

/** The calls of this attempt so far; cumulative, so that writing them again does no harm. */
export async function recordCalls(transaction: Transaction, claim: Claim, calls: readonly object[]): Promise<void> {
  await transaction.$executeRaw`${noteCalls(claim, calls)}`;
}

function noteCalls({ organizationId, runId, fence }: Claim, calls: readonly object[], from = Prisma.empty): Prisma.Sql {
  return Prisma.sql`
    UPDATE sync_attempt SET calls = ${JSON.stringify(calls)}::text::jsonb ${from}
    WHERE organization_id = ${organizationId}::uuid AND run_id = ${runId}::uuid AND fence = ${fence}`;
}
