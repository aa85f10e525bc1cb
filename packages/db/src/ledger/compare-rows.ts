import { Prisma, type Transaction } from '../database.ts';
import { hashesOf, keysOf, texts } from './travel.ts';
import type { PreparedRow, StreamContext } from './types.ts';

/** A row that its head does not show as it is now. */
export interface Difference {
  readonly row: PreparedRow;
  /** null where the resource has no current version. */
  readonly versionId: string | null;
  /** false: the content is the same; observed values or the slice have moved, or it was missed. */
  readonly isContent: boolean;
  /** It states more fields than its version and its head know. */
  readonly statesMore: boolean;
}

interface Compared {
  readonly place: number;
  readonly version_id: string | null;
  readonly is_content: boolean;
  readonly known_fields: number | null;
}

/**
 * Looks which rows differ from their heads. Locks nothing: only the holder of the run writes its heads, and the statement that writes checks
 * that it is still this one. LIMIT makes it one index probe a row, whatever the planner thinks of an integration that grew since it was
 * analyzed: it would read all of its heads for each batch.
 */
export async function readDifferences(
  transaction: Transaction,
  { organizationId, integrationId, type, slice }: StreamContext,
  rows: readonly PreparedRow[],
): Promise<Difference[]> {
  const observed = rows.some((row) => row.observed !== '{}') ? texts(rows.map((row) => row.observed)) : noTexts;
  const different = await transaction.$queryRaw<Compared[]>`
    SELECT place, h.version_id, h.hash IS DISTINCT FROM i.hash AS is_content,
      CASE WHEN h.hash <> i.hash THEN (
        SELECT count(*)::int FROM evidence e, jsonb_object_keys(e.material || coalesce(h.unversioned, '{}'))
        WHERE e.organization_id = ${organizationId}::uuid AND e.id = h.version_id) END AS known_fields
    FROM (
      SELECT place, observed, substr(${keysOf(rows)}::bytea, 32 * place + 1, 32) AS key_sha,
        substr(${hashesOf(rows)}::bytea, 32 * place + 1, 32) AS hash
      FROM ROWS FROM (generate_series(0, ${rows.length - 1}::int), ${observed}) AS t (place, observed)) i
    LEFT JOIN LATERAL (
      SELECT version_id, hash, slice, missing_passes, observed, unversioned FROM evidence_head
      WHERE organization_id = ${organizationId}::uuid AND integration_id = ${integrationId}::uuid AND type = ${type}
        AND key_sha = i.key_sha
      LIMIT 1) h ON true
    WHERE h.hash IS DISTINCT FROM i.hash OR h.slice <> ${slice} OR h.missing_passes > 0
      OR h.observed <> coalesce(i.observed::jsonb, '{}')`;
  return different.flatMap(({ place, version_id, is_content, known_fields }) => {
    const row = rows[place];
    if (row === undefined) return [];
    const statesMore = known_fields !== null && fieldsOf(row) > known_fields;
    return [{ row, versionId: version_id, isContent: is_content, statesMore }];
  });
}

const noTexts = Prisma.sql`unnest(NULL::text[])`;

function fieldsOf({ material }: PreparedRow): number {
  return Object.keys(JSON.parse(material)).length;
}
