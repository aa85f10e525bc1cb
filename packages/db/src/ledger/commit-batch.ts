import { Prisma, type Transaction } from '../database.ts';
import { type Claim, heldRun, StaleFenceError } from '../hold-run.ts';
import { acceptNewFields, type NewFields } from './accept-new-fields.ts';
import { comparison, type Difference, keysOf, readDifferences } from './compare-rows.ts';
import { insertGaps } from './record-gaps.ts';
import type { Batch, PreparedRow, StreamContext } from './types.ts';
import { insertVersions } from './write-versions.ts';

/**
 * Writes one batch: versions of what is new or changed, heads, "seen", gaps, checkpoint and counts. Keys and hashes travel first, bodies only
 * of what differs. Everything is written by one statement that also checks the fence: a client that stops while it sends a large statement
 * holds no lock then, and its run can be taken over.
 * @throws StaleFenceError
 */
export async function commitBatch(
  transaction: Transaction,
  stream: StreamContext,
  claim: Claim,
  batch: Batch,
): Promise<void> {
  const differences = batch.rows.length === 0 ? [] : await readDifferences(transaction, stream, batch.rows);
  const accepted = await acceptNewFields(transaction, stream, differences);
  const changed = differences.filter(({ isContent, versionId }) => isContent && !accepted.has(versionId));
  const touched = differences.filter(({ isContent }) => !isContent);
  const added = changed.filter(({ versionId }) => versionId === null);
  const parts = [
    Prisma.sql`held AS (${heldRun(claim)})`,
    ...(touched.length > 0 ? [touchHeads(stream, touched)] : []),
    ...(accepted.size > 0 ? [learnFields(stream, differences, accepted)] : []),
    ...(changed.length > 0 ? insertVersions(stream, changed) : []),
    ...(batch.gaps.length > 0 ? [Prisma.sql`gaps AS (${insertGaps(stream, batch.gaps, Prisma.sql`, held`)})`] : []),
    ...advance(stream, claim, batch, { added: added.length, changed: changed.length - added.length }),
  ];
  const [row] = await transaction.$queryRaw<{ held: number }[]>`
    WITH ${Prisma.join(parts, ',\n')} SELECT count(*)::int AS held FROM held`;
  if (row?.held !== 1) throw new StaleFenceError('this worker does not hold the run any more');
}

/** Brings observed values up to date where the content is the same. */
function touchHeads(stream: StreamContext, touched: readonly Difference[]): Prisma.Sql {
  return Prisma.sql`touched AS (
    UPDATE evidence_head h
    SET observed = coalesce(i.observed, '{}'), slice = ${stream.slice}, missing_passes = 0, missing_since = NULL, seen_visibility = NULL
    FROM held, ${comparison(touched.map(({ row }) => row))} i
    WHERE ${isHeadOf(stream)} AND h.key_sha = i.key_sha)`;
}

/** Only the head learns the fields that a deploy added. */
function learnFields(
  stream: StreamContext,
  differences: readonly Difference[],
  accepted: ReadonlyMap<string | null, NewFields>,
): Prisma.Sql {
  const known = differences.filter(({ versionId }) => accepted.has(versionId));
  const unversioned = known.map(({ versionId }) => accepted.get(versionId));
  return Prisma.sql`learned AS (
    UPDATE evidence_head h SET hash = i.hash, observed = coalesce(i.observed, '{}'), slice = ${stream.slice}, missing_passes = 0,
      missing_since = NULL, seen_visibility = NULL, unversioned = u.fields
    FROM held, ${comparison(known.map(({ row }) => row))} i
    JOIN jsonb_array_elements(${JSON.stringify(unversioned)}::text::jsonb) WITH ORDINALITY AS u (fields, place) ON u.place = i.place + 1
    WHERE ${isHeadOf(stream)} AND h.key_sha = i.key_sha)`;
}

function isHeadOf({ organizationId, integrationId, type }: StreamContext): Prisma.Sql {
  return Prisma.sql`h.organization_id = ${organizationId}::uuid AND h.integration_id = ${integrationId}::uuid AND h.type = ${type}`;
}

/** Notes what was seen, moves the checkpoint, tells the run that it makes progress, and its attempt what calls it has made. */
function advance(
  stream: StreamContext,
  claim: Claim,
  batch: Batch,
  counts: { readonly added: number; readonly changed: number },
): Prisma.Sql[] {
  const { organizationId, runId, streamRunId } = stream;
  const unchanged = batch.rows.length - counts.added - counts.changed;
  return [
    Prisma.sql`moved AS (
      UPDATE stream_run SET batches = batches + 1, added = added + ${counts.added}, changed = changed + ${counts.changed},
        unchanged = unchanged + ${unchanged}, gaps = gaps + ${batch.gaps.length},
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
  return `{${rows.map((_, index) => keys.toString('hex', 32 * index, 32 * index + 16)).join()}}`;
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
