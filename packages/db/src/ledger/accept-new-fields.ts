import type { Transaction } from '../database.ts';
import type { Difference } from './compare-rows.ts';
import { texts } from './travel.ts';
import type { JsonObject, StreamContext } from './types.ts';

/** What the version does not know yet. */
export type NewFields = JsonObject;

/**
 * A deploy that adds a field writes no version: where every field known so far is as it was, only the head learns the new field and
 * hash; the next real change brings them into a version. Every row states every field, so one that is not known is a new one.
 * @returns by version, the fields that it does not have
 */
export async function acceptNewFields(
  transaction: Transaction,
  stream: StreamContext,
  differences: readonly Difference[],
): Promise<ReadonlyMap<string | null, NewFields>> {
  const known = differences.filter(({ statesMore }) => statesMore);
  if (known.length === 0) return new Map();
  const accepted = await transaction.$queryRaw<{ version_id: string; fields: NewFields }[]>`
    WITH input AS (
      SELECT version_id, material::jsonb AS material
      FROM ROWS FROM (unnest(${known.map(({ versionId }) => versionId)}::uuid[]),
        ${texts(known.map(({ row }) => row.material))}) AS t (version_id, material)
    ), compared AS (
      SELECT i.*, e.material AS stored, e.material || coalesce(h.unversioned, '{}') AS known FROM input i
      JOIN evidence e ON e.organization_id = ${stream.organizationId}::uuid AND e.id = i.version_id
      JOIN evidence_head h ON h.organization_id = e.organization_id AND h.integration_id = e.integration_id AND h.type = e.type
        AND h.key_sha = e.key_sha
    )
    SELECT version_id, (SELECT jsonb_object_agg(f.key, f.value) FROM jsonb_each(c.material) f WHERE NOT c.stored ? f.key) AS fields
    FROM compared c
    WHERE EXISTS (SELECT FROM jsonb_object_keys(c.material) field WHERE NOT c.known ? field)
      AND NOT EXISTS (SELECT FROM jsonb_each(c.known) k WHERE (c.material -> k.key) IS DISTINCT FROM k.value)`;
  return new Map(accepted.map(({ version_id, fields }) => [version_id, fields]));
}
