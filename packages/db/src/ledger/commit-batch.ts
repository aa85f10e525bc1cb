import { randomBytes } from 'node:crypto';
import type { Transaction } from '../database.ts';
import { uuid } from '../uuid.ts';
import { recordGaps } from './record-gaps.ts';
import type { Batch, PreparedRow, StreamContext } from './types.ts';

/** A row whose content is not the current version's; `versionId` is null where the resource has no current version. */
interface Difference {
  readonly row: PreparedRow;
  readonly versionId: string | null;
}

/**
 * Writes one batch: versions of what is new or changed, heads, "seen", gaps, checkpoint and counts. Keys and hashes travel first,
 * bodies only of what differs.
 */
export async function commitBatch(
  transaction: Transaction,
  stream: StreamContext,
  fence: bigint,
  batch: Batch,
): Promise<void> {
  const differences = batch.rows.length === 0 ? [] : await touchHeads(transaction, stream, batch.rows);
  const changed = await acceptNewFields(transaction, stream, differences);
  if (changed.length > 0) await writeVersions(transaction, stream, changed);
  await recordGaps(transaction, stream, batch.gaps);
  const added = changed.filter(({ versionId }) => versionId === null).length;
  await advance(transaction, stream, batch, {
    added,
    changed: changed.length - added,
    unchanged: batch.rows.length - changed.length,
  });
  await recordCalls(transaction, stream, fence, batch.calls);
}

/** Brings observed values up to date where the content is the same, and says which rows differ. */
async function touchHeads(
  transaction: Transaction,
  stream: StreamContext,
  rows: readonly PreparedRow[],
): Promise<Difference[]> {
  const { organizationId, integrationId, type, slice } = stream;
  const different = await transaction.$queryRaw<{ position: bigint; version_id: string | null }[]>`
    WITH input AS (
      SELECT * FROM unnest(${rows.map((row) => row.keySha)}::bytea[], ${rows.map((row) => row.hash)}::bytea[],
        ${rows.map((row) => JSON.stringify(row.observed))}::text[]) WITH ORDINALITY AS t(key_sha, hash, observed, position)
    ), touched AS (
      UPDATE evidence_head h
      SET observed = i.observed::jsonb, slice = ${slice}, missing_passes = 0, missing_since = NULL, seen_visibility = NULL
      FROM input i
      WHERE h.organization_id = ${organizationId}::uuid AND h.integration_id = ${integrationId}::uuid AND h.type = ${type}
        AND h.key_sha = i.key_sha AND h.hash = i.hash
        AND (h.observed <> i.observed::jsonb OR h.missing_passes > 0 OR h.slice <> ${slice})
    )
    SELECT i.position, h.version_id FROM input i
    LEFT JOIN evidence_head h ON h.organization_id = ${organizationId}::uuid AND h.integration_id = ${integrationId}::uuid
      AND h.type = ${type} AND h.key_sha = i.key_sha
    WHERE h.hash IS DISTINCT FROM i.hash`;
  return different.flatMap(({ position, version_id }) => {
    const row = rows[Number(position) - 1];
    return row === undefined ? [] : [{ row, versionId: version_id }];
  });
}

/**
 * A deploy that adds a field writes no version: where every field known so far is as it was, only the head learns the new field and
 * hash; the next real change brings them into a version. Every row states every field, so one that is not known is a new one.
 */
async function acceptNewFields(
  transaction: Transaction,
  stream: StreamContext,
  differences: readonly Difference[],
): Promise<readonly Difference[]> {
  const known = differences.filter(({ versionId }) => versionId !== null);
  if (known.length === 0) return differences;
  const accepted = await transaction.$queryRaw<{ version_id: string }[]>`
    WITH input AS (
      SELECT t.version_id, t.hash, t.observed::jsonb AS observed, t.material::jsonb AS material
      FROM unnest(${known.map(({ versionId }) => versionId)}::uuid[], ${known.map(({ row }) => row.hash)}::bytea[],
        ${known.map(({ row }) => JSON.stringify(row.observed))}::text[],
        ${known.map(({ row }) => JSON.stringify(row.material))}::text[]) AS t(version_id, hash, observed, material)
    ), compared AS (
      SELECT i.*, h.key_sha, e.material AS stored, e.material || coalesce(h.unversioned, '{}') AS known FROM input i
      JOIN evidence e ON e.organization_id = ${stream.organizationId}::uuid AND e.id = i.version_id
      JOIN evidence_head h ON h.organization_id = e.organization_id AND h.integration_id = e.integration_id AND h.type = e.type
        AND h.key_sha = e.key_sha
    ), same AS (
      SELECT * FROM compared c
      WHERE EXISTS (SELECT FROM jsonb_object_keys(c.material) field WHERE NOT c.known ? field)
        AND NOT EXISTS (SELECT FROM jsonb_each(c.known) k WHERE (c.material -> k.key) IS DISTINCT FROM k.value)
    )
    UPDATE evidence_head h SET hash = s.hash, observed = s.observed, slice = ${stream.slice}, missing_passes = 0, missing_since = NULL,
      seen_visibility = NULL,
      unversioned = (SELECT jsonb_object_agg(f.key, f.value) FROM jsonb_each(s.material) f WHERE NOT s.stored ? f.key)
    FROM same s
    WHERE h.organization_id = ${stream.organizationId}::uuid AND h.integration_id = ${stream.integrationId}::uuid
      AND h.type = ${stream.type} AND h.key_sha = s.key_sha
    RETURNING h.version_id`;
  const same = new Set(accepted.map(({ version_id }) => version_id));
  return differences.filter(({ versionId }) => versionId === null || !same.has(versionId));
}

async function writeVersions(
  transaction: Transaction,
  stream: StreamContext,
  changed: readonly Difference[],
): Promise<void> {
  const { organizationId, integrationId, runId, type, typeVersion, slice } = stream;
  const superseded = changed.flatMap(({ versionId }) => (versionId === null ? [] : [versionId]));
  if (superseded.length > 0) {
    await transaction.$executeRaw`
      UPDATE evidence SET valid_to = now(), to_run_id = ${runId}::uuid, end_reason = 'superseded'
      WHERE organization_id = ${organizationId}::uuid AND id = ANY(${superseded}::uuid[]) AND valid_to IS NULL`;
  }
  const rows = changed.map(({ row }) => row);
  await transaction.$executeRaw`
    WITH input AS (
      SELECT * FROM unnest(${rows.map(() => uuid())}::uuid[], ${rows.map((row) => JSON.stringify(row.key))}::text[],
        ${rows.map((row) => row.keySha)}::bytea[], ${rows.map((row) => row.hash)}::bytea[],
        ${rows.map((row) => JSON.stringify(row.material))}::text[], ${rows.map(() => randomBytes(16))}::bytea[],
        ${rows.map((row) => JSON.stringify(row.observed))}::text[]) AS t(id, key, key_sha, hash, material, salt, observed)
    ), version AS (
      INSERT INTO evidence (organization_id, id, integration_id, type, type_version, slice, key, key_sha, hash, material, salt, valid_from,
        from_run_id)
      SELECT ${organizationId}::uuid, id, ${integrationId}::uuid, ${type}, ${typeVersion}, ${slice}, key::jsonb, key_sha, hash,
        material::jsonb, salt, now(), ${runId}::uuid FROM input
    )
    INSERT INTO evidence_head (organization_id, integration_id, type, key_sha, slice, version_id, hash, observed)
    SELECT ${organizationId}::uuid, ${integrationId}::uuid, ${type}, key_sha, ${slice}, id, hash, observed::jsonb FROM input
    ON CONFLICT (organization_id, integration_id, type, key_sha) DO UPDATE
    SET slice = excluded.slice, version_id = excluded.version_id, hash = excluded.hash, observed = excluded.observed,
      unversioned = NULL, missing_passes = 0, missing_since = NULL, seen_visibility = NULL`;
}

/** Notes what was seen, moves the checkpoint, and tells the run that it makes progress. */
async function advance(
  transaction: Transaction,
  stream: StreamContext,
  batch: Batch,
  counts: { added: number; changed: number; unchanged: number },
): Promise<void> {
  const { organizationId, runId, streamRunId } = stream;
  const keys = batch.rows.map((row) => row.keySha);
  await transaction.$executeRaw`
    WITH moved AS (
      UPDATE stream_run SET batches = batches + 1, added = added + ${counts.added}, changed = changed + ${counts.changed},
        unchanged = unchanged + ${counts.unchanged}, gaps = gaps + ${batch.gaps.length},
        checkpoint = coalesce(${batch.checkpoint}, checkpoint), watermark = greatest(watermark, ${batch.watermark}),
        expected = coalesce(${batch.expected}, expected)
      WHERE organization_id = ${organizationId}::uuid AND id = ${streamRunId}::uuid AND status = 'open'
      RETURNING batches
    ), progress AS (
      UPDATE sync_run SET crash_count = 0
      WHERE organization_id = ${organizationId}::uuid AND id = ${runId}::uuid AND crash_count > 0
    )
    INSERT INTO stream_seen (organization_id, stream_run_id, batch, key_shas)
    SELECT ${organizationId}::uuid, ${streamRunId}::uuid, batches, ${keys}::bytea[] FROM moved
    WHERE ${keys.length > 0 && stream.mode === 'snapshot'}`;
}

/** The calls of this attempt so far; cumulative, so that writing them again does no harm. */
export async function recordCalls(
  transaction: Transaction,
  stream: Pick<StreamContext, 'organizationId' | 'runId'>,
  fence: bigint,
  calls: readonly object[],
): Promise<void> {
  await transaction.$executeRaw`
    UPDATE sync_attempt SET calls = ${JSON.stringify(calls)}::text::jsonb
    WHERE organization_id = ${stream.organizationId}::uuid AND run_id = ${stream.runId}::uuid AND fence = ${fence}`;
}
