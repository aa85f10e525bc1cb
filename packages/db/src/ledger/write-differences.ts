import { randomBytes } from 'node:crypto';
import { Prisma } from '../database.ts';
import { uuids } from '../uuid.ts';
import type { NewFields } from './accept-new-fields.ts';
import type { Difference } from './compare-rows.ts';
import { hashesOf, keysOf, texts, uuidsOf } from './travel.ts';
import type { StreamContext } from './types.ts';

const saltBytes = 16;

/** What is written of a row that differs from its head. */
export interface Change extends Difference {
  /** The content is that of the version and of these fields, which only the head learns. */
  readonly learned: NewFields | null;
}

/**
 * Common table expressions behind `held`: ends the versions that are superseded, writes the new ones, and brings every head up to date. A head
 * that is there is upserted, so that no plan can go wrong; in the order of the keys an index is walked once.
 */
export function writeDifferences(stream: StreamContext, changes: readonly Change[]): Prisma.Sql[] {
  const { organizationId, integrationId, runId, type, typeVersion, slice } = stream;
  const fresh = changes.filter(isVersion);
  const newIds = uuids(changes.length);
  const ids = changes.map((change, index) => (isVersion(change) ? newIds[index] : change.versionId) ?? '');
  const superseded = fresh.flatMap(({ versionId }) => versionId ?? []);
  const input = Prisma.sql`input AS MATERIALIZED (
    SELECT id, substr(${keysOf(changes.map(({ row }) => row))}::bytea, 32 * place + 1, 32) AS key_sha,
      substr(${hashesOf(changes.map(({ row }) => row))}::bytea, 32 * place + 1, 32) AS hash,
      key, material, observed::jsonb AS observed, nullif(unversioned, '')::jsonb AS unversioned,
      substr(${randomBytes(saltBytes * changes.length)}::bytea, ${saltBytes} * place + 1, ${saltBytes}) AS salt, has_head
    FROM held, ROWS FROM (generate_series(0, ${changes.length - 1}::int), unnest(${uuidsOf(ids)}::uuid[]),
      ${texts(changes.map((change) => (isVersion(change) ? JSON.stringify(change.row.key) : '')))},
      ${texts(changes.map((change) => (isVersion(change) ? change.row.material : '')))},
      ${texts(changes.map(({ row }) => row.observed))},
      ${texts(changes.map(({ learned }) => (learned === null ? '' : JSON.stringify(learned))))},
      unnest(${changes.map(({ versionId }) => versionId !== null)}::boolean[])
    ) AS t (place, id, key, material, observed, unversioned, has_head)
    ORDER BY key_sha)`;
  const versions = Prisma.sql`version AS (
    INSERT INTO evidence (organization_id, id, integration_id, type, type_version, slice, key, key_sha, hash, material, salt, valid_from,
      from_run_id)
    SELECT ${organizationId}::uuid, id, ${integrationId}::uuid, ${type}, ${typeVersion}, ${slice}, key::jsonb, key_sha, hash,
      material::jsonb, salt, now(), ${runId}::uuid FROM input WHERE material <> '')`;
  const heads = Prisma.sql`
    INSERT INTO evidence_head AS h (organization_id, integration_id, type, key_sha, slice, version_id, hash, observed, unversioned)
    SELECT ${organizationId}::uuid, ${integrationId}::uuid, ${type}, key_sha, ${slice}, id, hash, observed, unversioned FROM input`;
  const moved = Prisma.sql`moved_head AS (${heads} WHERE has_head
    ON CONFLICT (organization_id, integration_id, type, key_sha) DO UPDATE
    SET slice = excluded.slice, version_id = excluded.version_id, hash = excluded.hash, observed = excluded.observed,
      unversioned = coalesce(excluded.unversioned, CASE WHEN h.version_id = excluded.version_id THEN h.unversioned END),
      missing_passes = 0, missing_since = NULL, seen_visibility = NULL)`;
  return [
    input,
    ...(fresh.length > 0 ? [versions, Prisma.sql`new_head AS (${heads} WHERE NOT has_head)`] : []),
    ...(changes.some(({ versionId }) => versionId !== null) ? [moved] : []),
    ...(superseded.length > 0 ? [endVersions(stream, superseded)] : []),
  ];
}

function isVersion({ isContent, learned }: Change): boolean {
  return isContent && learned === null;
}

function endVersions({ organizationId, runId }: StreamContext, versionIds: readonly string[]): Prisma.Sql {
  return Prisma.sql`superseded AS (
    UPDATE evidence SET valid_to = now(), to_run_id = ${runId}::uuid, end_reason = 'superseded' FROM held
    WHERE organization_id = ${organizationId}::uuid AND id = ANY(${uuidsOf(versionIds)}::uuid[]) AND valid_to IS NULL)`;
}
