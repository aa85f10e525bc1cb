import { Prisma, type Transaction } from '../database.ts';
import type { Absence, JsonObject, StreamContext } from './types.ts';

/** Missing keys as a common table expression: the current heads of the slice that no batch of this stream run showed. */
export function missingHeads(stream: StreamContext): Prisma.Sql {
  return Prisma.sql`
    seen AS (
      SELECT DISTINCT key_id FROM stream_seen, LATERAL (
        SELECT unnest(key_ids) AS key_id UNION ALL SELECT ${keyId(Prisma.sql`key_sha`)} FROM unnest(key_shas) AS key_sha) shown
      WHERE organization_id = ${stream.organizationId}::uuid AND stream_run_id = ${stream.streamRunId}::uuid
    ), missing AS (
      SELECT h.* FROM evidence_head h
      WHERE h.organization_id = ${stream.organizationId}::uuid AND h.integration_id = ${stream.integrationId}::uuid
        AND h.type = ${stream.type} AND h.slice = ${stream.slice} AND NOT EXISTS (SELECT FROM seen WHERE seen.key_id = ${keyId(Prisma.sql`h.key_sha`)})
    )`;
}

/** The half of a key's SHA-256 by which it is noted as seen. */
function keyId(keySha: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`encode(substr(${keySha}, 1, 16), 'hex')::uuid`;
}

/** More missing than this share of a slice, and more than this many, are never believed at once. */
const massShare = 0.2;
const massCount = 10;

export interface Tally {
  readonly seen: number;
  readonly baseline: number;
  readonly missing: number;
  readonly mass: boolean;
}

export async function tally(transaction: Transaction, stream: StreamContext): Promise<Tally> {
  const [row] = await transaction.$queryRaw<{ seen: bigint; baseline: bigint; missing: bigint }[]>`
    WITH ${missingHeads(stream)}
    SELECT (SELECT count(*) FROM seen) AS seen, (SELECT count(*) FROM missing) AS missing,
      (SELECT count(*) FROM evidence_head h WHERE h.organization_id = ${stream.organizationId}::uuid
        AND h.integration_id = ${stream.integrationId}::uuid AND h.type = ${stream.type} AND h.slice = ${stream.slice}) AS baseline`;
  const seen = Number(row?.seen ?? 0);
  const baseline = Number(row?.baseline ?? 0);
  const missing = Number(row?.missing ?? 0);
  return { seen, baseline, missing, mass: missing > Math.max(massCount, baseline * massShare) };
}

/** What a listing that ended without a gap did not show, for the engine to probe. */
export async function readAbsence(transaction: Transaction, stream: StreamContext): Promise<Absence> {
  const counts = await tally(transaction, stream);
  if (counts.mass || counts.missing === 0) return { ...counts, candidates: [] };
  const rows = await transaction.$queryRaw<{ key_sha: Uint8Array; key: (string | number)[]; material: JsonObject }[]>`
    WITH ${missingHeads(stream)}
    SELECT m.key_sha, e.key, e.material FROM missing m
    JOIN evidence e ON e.organization_id = m.organization_id AND e.id = m.version_id
    ORDER BY m.key_sha`;
  return { ...counts, candidates: rows.map(({ key_sha, key, material }) => ({ keySha: key_sha, key, material })) };
}
