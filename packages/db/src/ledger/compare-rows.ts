import type { Transaction } from '../database.ts';
import { hashesOf, joined, keysOf, separator } from './travel.ts';
import type { PreparedRow, StreamContext } from './types.ts';

/** A row that its head does not show as it is now. */
export interface Difference {
  readonly row: PreparedRow;
  /** null where the resource has no current version. */
  readonly versionId: string | null;
  /** false: the content is the same; observed values or the slice have moved, or it was missed. */
  readonly isContent: boolean;
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
  const observed = rows.some((row) => row.observed !== '{}') ? joined(rows.map((row) => row.observed)) : null;
  const different = await transaction.$queryRaw<{ place: number; version_id: string | null; is_content: boolean }[]>`
    SELECT place, h.version_id, h.hash IS DISTINCT FROM substr(${hashesOf(rows)}::bytea, 32 * place + 1, 32) AS is_content
    FROM ROWS FROM (generate_series(0, ${rows.length - 1}::int), string_to_table(${observed}::text, ${separator}::text)) AS i (place, observed)
    LEFT JOIN LATERAL (
      SELECT version_id, hash, slice, missing_passes, observed FROM evidence_head
      WHERE organization_id = ${organizationId}::uuid AND integration_id = ${integrationId}::uuid AND type = ${type}
        AND key_sha = substr(${keysOf(rows)}::bytea, 32 * place + 1, 32)
      LIMIT 1) h ON true
    WHERE h.hash IS DISTINCT FROM substr(${hashesOf(rows)}::bytea, 32 * place + 1, 32) OR h.slice <> ${slice} OR h.missing_passes > 0
      OR h.observed <> coalesce(i.observed::jsonb, '{}')`;
  return different.flatMap(({ place, version_id, is_content }) => {
    const row = rows[place];
    return row === undefined ? [] : [{ row, versionId: version_id, isContent: is_content }];
  });
}
