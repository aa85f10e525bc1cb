import { Prisma, type Transaction } from '../database.ts';
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
 * that it is still this one.
 */
export async function readDifferences(
  transaction: Transaction,
  { organizationId, integrationId, type, slice }: StreamContext,
  rows: readonly PreparedRow[],
): Promise<Difference[]> {
  const different = await transaction.$queryRaw<{ place: number; version_id: string | null; is_content: boolean }[]>`
    SELECT i.place, h.version_id, h.hash IS DISTINCT FROM i.hash AS is_content FROM ${comparison(rows)} i
    LEFT JOIN evidence_head h ON h.organization_id = ${organizationId}::uuid AND h.integration_id = ${integrationId}::uuid
      AND h.type = ${type} AND h.key_sha = i.key_sha
    WHERE h.hash IS DISTINCT FROM i.hash OR h.slice <> ${slice} OR h.missing_passes > 0 OR h.observed <> coalesce(i.observed, '{}')`;
  return different.flatMap(({ place, version_id, is_content }) => {
    const row = rows[place];
    return row === undefined ? [] : [{ row, versionId: version_id, isContent: is_content }];
  });
}

/** Rows as a relation (place, key_sha, hash, observed): place counts from 0, and observed is NULL where no row has any. */
export function comparison(rows: readonly PreparedRow[]): Prisma.Sql {
  const observed = rows.some((row) => row.observed !== '{}') ? joined(rows.map((row) => row.observed)) : null;
  return Prisma.sql`(
    SELECT place, substr(${keysOf(rows)}::bytea, 32 * place + 1, 32) AS key_sha, substr(${hashesOf(rows)}::bytea, 32 * place + 1, 32) AS hash,
      observed::jsonb AS observed
    FROM ROWS FROM (generate_series(0, ${rows.length - 1}::int), string_to_table(${observed}::text, ${separator}::text)) AS t (place, observed))`;
}

/** JSON never holds this character as such: many texts travel as one, without an array's quoting. */
export const separator = '\u001E';

export function joined(texts: readonly string[]): string {
  return texts.join(separator);
}

/** Digests of 32 bytes travel end to end, too. */
export function keysOf(rows: readonly PreparedRow[]): Buffer {
  return Buffer.concat(rows.map((row) => row.keySha));
}

export function hashesOf(rows: readonly PreparedRow[]): Buffer {
  return Buffer.concat(rows.map((row) => row.hash));
}
