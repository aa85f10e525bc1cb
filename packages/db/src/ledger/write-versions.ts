import { randomBytes } from 'node:crypto';
import { Prisma } from '../database.ts';
import { uuid } from '../uuid.ts';
import { type Difference, hashesOf, joined, keysOf, separator } from './compare-rows.ts';
import type { StreamContext } from './types.ts';

const saltBytes = 16;

/** Common table expressions behind `held`: ends the versions that are superseded, writes the new ones and their heads. */
export function insertVersions(stream: StreamContext, changed: readonly Difference[]): Prisma.Sql[] {
  const { organizationId, integrationId, runId, type, typeVersion, slice } = stream;
  const rows = changed.map(({ row }) => row);
  const superseded = changed.flatMap(({ versionId }) => versionId ?? []);
  const input = Prisma.sql`input AS MATERIALIZED (
    SELECT id, substr(${keysOf(rows)}::bytea, 32 * place + 1, 32) AS key_sha, substr(${hashesOf(rows)}::bytea, 32 * place + 1, 32) AS hash,
      key::jsonb AS key, material::jsonb AS material, coalesce(observed, '{}')::jsonb AS observed,
      substr(${randomBytes(saltBytes * rows.length)}::bytea, ${saltBytes} * place + 1, ${saltBytes}) AS salt, has_head
    FROM held, ROWS FROM (generate_series(0, ${rows.length - 1}::int), unnest(${`{${rows.map(() => uuid()).join()}}`}::uuid[]),
      string_to_table(${joined(rows.map((row) => JSON.stringify(row.key)))}::text, ${separator}::text),
      string_to_table(${joined(rows.map((row) => row.material))}::text, ${separator}::text),
      string_to_table(${joined(rows.map((row) => row.observed))}::text, ${separator}::text),
      unnest(${changed.map(({ versionId }) => versionId !== null)}::boolean[])
    ) AS t (place, id, key, material, observed, has_head))`;
  const versions = Prisma.sql`version AS (
    INSERT INTO evidence (organization_id, id, integration_id, type, type_version, slice, key, key_sha, hash, material, salt, valid_from,
      from_run_id)
    SELECT ${organizationId}::uuid, id, ${integrationId}::uuid, ${type}, ${typeVersion}, ${slice}, key, key_sha, hash, material, salt, now(),
      ${runId}::uuid FROM input)`;
  const heads = Prisma.sql`head AS (
    INSERT INTO evidence_head (organization_id, integration_id, type, key_sha, slice, version_id, hash, observed)
    SELECT ${organizationId}::uuid, ${integrationId}::uuid, ${type}, key_sha, ${slice}, id, hash, observed FROM input WHERE NOT has_head)`;
  return superseded.length === 0 ? [input, versions, heads] : [input, versions, heads, ...succeed(stream, superseded)];
}

function succeed(stream: StreamContext, superseded: readonly string[]): Prisma.Sql[] {
  const { organizationId, integrationId, runId, type, slice } = stream;
  return [
    Prisma.sql`superseded AS (
      UPDATE evidence SET valid_to = now(), to_run_id = ${runId}::uuid, end_reason = 'superseded' FROM held
      WHERE organization_id = ${organizationId}::uuid AND id = ANY(${superseded}::uuid[]) AND valid_to IS NULL)`,
    Prisma.sql`moved_head AS (
      UPDATE evidence_head h SET slice = ${slice}, version_id = i.id, hash = i.hash, observed = i.observed, unversioned = NULL,
        missing_passes = 0, missing_since = NULL, seen_visibility = NULL
      FROM input i
      WHERE h.organization_id = ${organizationId}::uuid AND h.integration_id = ${integrationId}::uuid AND h.type = ${type}
        AND h.key_sha = i.key_sha AND i.has_head)`,
  ];
}
