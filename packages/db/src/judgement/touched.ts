import { Prisma, type Transaction } from '../database.ts';
import { firstUuidOf } from '../uuid.ts';
import { type JudgedPopulation, mine, openGaps } from './judge-set.ts';

/** More than so many are not worth telling apart. */
const mostTouched = 20_000;

/** A range of two ends is taken for a narrow one by the planner, whatever they are, and read by the index of ids. */
const lastUuid = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** How far a worker's clock may be behind the database's before its versions are not found, and everything is judged instead. */
const clockSkewMs = 5 * 60_000;

/**
 * The resources whose finding may be another one than after the judgement of an earlier run, ascending. A finding that is not unknown is
 * what the control answers for its version: only a new version, the end of the last one, or a doubt can change that; and one that is
 * unknown may have lost its doubt.
 * @param runs as `readRunsSince` reads them
 * @returns null where that cannot be told, or they are too many: the whole population has to be judged
 */
export async function readTouched(
  transaction: Transaction,
  of: JudgedPopulation,
  runs: readonly RunSince[],
): Promise<Uint8Array[] | null> {
  if (!runs.some(({ id }) => id === of.runId)) return null;
  const ids = runs.map(({ id }) => id);
  const opened = runs.flatMap(({ openedAt }) => openedAt ?? []);
  const from = firstUuidOf(Math.min(Date.now(), ...opened.map((one) => one.getTime())) - clockSkewMs);
  const [touched] = await transaction.$queryRaw<{ versions: number; shas: Uint8Array[] }[]>`
    WITH version AS MATERIALIZED (
      SELECT key_sha FROM evidence
      WHERE organization_id = ${of.organizationId}::uuid AND id BETWEEN ${from}::uuid AND ${lastUuid}::uuid AND integration_id = ${of.integrationId}::uuid
        AND type = ${of.type} AND from_run_id = ANY(${ids}::uuid[])
    ), retired AS (
      SELECT key_sha FROM evidence
      WHERE organization_id = ${of.organizationId}::uuid AND to_run_id = ANY(${ids}::uuid[]) AND end_reason <> 'superseded'
        AND integration_id = ${of.integrationId}::uuid AND type = ${of.type}
    ), missing AS (
      SELECT key_sha FROM evidence_head
      WHERE organization_id = ${of.organizationId}::uuid AND integration_id = ${of.integrationId}::uuid AND type = ${of.type}
        AND missing_passes > 0
    ), ${openGaps(of)}, doubted AS (
      SELECT f.resource_sha FROM finding f WHERE ${mine('f', of)} AND f.valid_to IS NULL AND f.status = 'unknown' LIMIT ${mostTouched + 1}
    )
    SELECT (SELECT count(*)::int FROM version) AS versions, ARRAY(
      SELECT key_sha FROM version UNION SELECT key_sha FROM retired UNION SELECT key_sha FROM missing
      UNION SELECT sha FROM open_gap UNION SELECT resource_sha FROM doubted
      ORDER BY 1 LIMIT ${mostTouched + 1}
    ) AS shas`;
  const written = runs.reduce((total, { versions }) => total + versions, 0);
  if (touched === undefined || touched.versions !== written || touched.shas.length > mostTouched) return null;
  return touched.shas;
}

export interface RunSince {
  readonly id: string;
  /** The first of its passes over this type; null: it made none. */
  readonly openedAt: Date | null;
  /** As its passes counted them. */
  readonly versions: number;
}

/** The runs that came after the one that judged the population last, judged or not, and this one: an integration's runs never overlap. */
export function readRunsSince(transaction: Transaction, of: JudgedPopulation): Promise<RunSince[]> {
  const { organizationId, integrationId, type, runId } = of;
  const last = Prisma.sql`(SELECT j.run_id FROM judgement j WHERE ${mine('j', of)})`;
  return transaction.$queryRaw<RunSince[]>`
    SELECT r.id, min(pass.opened_at) AS "openedAt", coalesce(sum(pass.added + pass.changed), 0)::int AS versions
    FROM sync_run r
    LEFT JOIN stream_run pass ON pass.organization_id = r.organization_id AND pass.run_id = r.id AND pass.type = ${type}
    WHERE r.organization_id = ${organizationId}::uuid AND r.integration_id = ${integrationId}::uuid
      AND r.requested_at >= (SELECT requested_at FROM sync_run WHERE organization_id = ${organizationId}::uuid AND id = ${last})
      AND (r.id <> ${last} OR r.id = ${runId}::uuid)
    GROUP BY r.id`;
}
