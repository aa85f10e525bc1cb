import { Prisma, type Transaction } from '../database.ts';
import type { Claim } from '../hold-run.ts';
import { numberedUuid } from '../uuid.ts';
import { combinationText, type Question, resourceText } from './question.ts';
import { relatedParts } from './relations.ts';
import type { JudgedFinding } from './store-findings.ts';

/** A control's view of one evidence type of one integration. */
export interface JudgedPopulation extends Claim {
  readonly controlId: string;
  readonly integrationId: string;
  readonly type: string;
  readonly question: Question;
  /** Why a row may not be believed that no gap is about; before `notRead` goes the name of its slice. */
  readonly doubts: { readonly missing: string; readonly notRead: string };
}

/** What is known of a population before its resources are looked at. */
export interface Grounds {
  /** By combination. */
  readonly answers: ReadonlyMap<string, Pick<JudgedFinding, 'status' | 'reason'>>;
  /** The slices that it consists of now. */
  readonly slices: readonly string[];
  /** Findings about slices. */
  readonly stale: readonly JudgedFinding[];
}

/** Which resources are judged: all in a range of SHAs, its beginning excluded, or those named. */
export type Asked =
  | { readonly after: Uint8Array; readonly until: Uint8Array }
  | { readonly shas: readonly Uint8Array[] };

export interface JudgedSet {
  /** Combinations that need an answer before anything is written; empty: what is to be written was. */
  readonly unanswered: readonly string[];
  readonly opened: number;
  readonly closed: number;
}

/** So few are read by their index, whoever plans it. */
const fewShas = 200;

/**
 * Brings the open findings of some resources in line with what stands, in one statement: no row leaves the database, only combinations of
 * the fields in question, each once. What says the same stays untouched; a change is an end and a beginning at the same moment. To be
 * called while the run is held.
 */
export async function judgeSet(
  transaction: Transaction,
  of: JudgedPopulation,
  { answers, slices, stale }: Grounds,
  asked: Asked,
): Promise<JudgedSet> {
  const known = [...answers];
  const { parts, related, join } = relatedTo(of);
  // The planner knows nothing of how many rows come out of the parts below, and a nested loop over them would be the square of it. How many
  // are asked for it has to see where they may be many.
  const planned = 'shas' in asked && asked.shas.length <= fewShas ? 'force_generic_plan' : 'force_custom_plan';
  await transaction.$executeRaw`SELECT set_config('enable_nestloop', 'off', true), set_config('plan_cache_mode', ${planned}, true)`;
  const [judged] = await transaction.$queryRaw<JudgedSet[]>`
    WITH answer AS (
      SELECT * FROM unnest(${known.map(([combination]) => combination)}::text[], ${known.map(([, { status }]) => status)}::text[],
        ${known.map(([, { reason }]) => reason)}::text[]) AS a(combination, status, reason)
    ), current AS MATERIALIZED (
      SELECT h.key_sha, h.slice, h.missing_passes > 0 AS is_missing, h.version_id FROM evidence_head h
      WHERE h.organization_id = ${of.organizationId}::uuid AND h.integration_id = ${of.integrationId}::uuid AND h.type = ${of.type}
        AND ${within(Prisma.sql`h.key_sha`, asked)}
    ), ${parts} version AS MATERIALIZED (
      SELECT e.id, ${combinationText(of.question, related)} AS combination, ${resourceText(of.question)} AS resource FROM evidence e ${join}
      WHERE e.organization_id = ${of.organizationId}::uuid AND e.id = ANY(ARRAY(SELECT version_id FROM current))
    ), head AS MATERIALIZED (
      SELECT c.key_sha, c.slice, c.is_missing, v.combination, v.resource FROM current c JOIN version v ON v.id = c.version_id
    ), ${openGaps(of)}, gapped AS MATERIALIZED (
      SELECT * FROM open_gap WHERE ${within(Prisma.sql`sha`, asked)}
    ), unanswered AS MATERIALIZED (
      SELECT DISTINCT h.combination FROM head h WHERE NOT EXISTS (SELECT FROM answer a WHERE a.combination = h.combination)
    ), judged AS (
      SELECT h.key_sha AS sha, h.resource,
        CASE WHEN g.sha IS NOT NULL OR h.is_missing OR h.slice <> ALL(${slices}::text[]) THEN 'unknown' ELSE a.status END AS status,
        CASE WHEN g.sha IS NOT NULL THEN g.detail WHEN h.is_missing THEN ${of.doubts.missing}
          WHEN h.slice <> ALL(${slices}::text[]) THEN h.slice || ${of.doubts.notRead} ELSE a.reason END AS reason
      FROM head h LEFT JOIN answer a ON a.combination = h.combination LEFT JOIN gapped g ON g.sha = h.key_sha
      UNION ALL
      SELECT g.sha, g.scope, 'unknown', g.detail FROM gapped g WHERE NOT EXISTS (SELECT FROM head h WHERE h.key_sha = g.sha)
      UNION ALL
      SELECT sha, resource, status, reason
      FROM unnest(${stale.map(({ resourceSha }) => resourceSha)}::bytea[], ${stale.map(({ resource }) => resource)}::text[],
        ${stale.map(({ status }) => status)}::text[], ${stale.map(({ reason }) => reason)}::text[]) AS s(sha, resource, status, reason)
      WHERE ${within(Prisma.sql`sha`, asked)}
    ), standing AS (
      SELECT f.id, f.resource_sha, f.resource, f.status, f.reason FROM finding f
      WHERE ${mine('f', of)} AND f.valid_to IS NULL AND ${within(Prisma.sql`f.resource_sha`, asked)}
    ), difference AS MATERIALIZED (
      SELECT f.id, f.status AS was, j.* FROM standing f FULL JOIN judged j ON j.sha = f.resource_sha
      WHERE NOT EXISTS (SELECT FROM unanswered)
        AND (f.resource, f.status, f.reason) IS DISTINCT FROM (j.resource, j.status, j.reason)
    ), ended AS (
      UPDATE finding SET valid_to = now(), to_run_id = ${of.runId}::uuid
      WHERE organization_id = ${of.organizationId}::uuid AND id = ANY(ARRAY(SELECT id FROM difference WHERE id IS NOT NULL))
      RETURNING 1
    ), begun AS (
      INSERT INTO finding (organization_id, id, control_id, integration_id, type, resource_sha, resource, status, reason, valid_from,
        from_run_id)
      SELECT ${of.organizationId}::uuid, ${numberedUuid(Prisma.sql`row_number() OVER ()`)}, ${of.controlId}, ${of.integrationId}::uuid, ${of.type}, d.sha, d.resource, d.status,
        d.reason, now(), ${of.runId}::uuid
      FROM (SELECT * FROM difference WHERE sha IS NOT NULL ORDER BY sha) d, (SELECT count(*) FROM ended) AS only_then
    ), counted AS (
      UPDATE judged_population p SET pass = p.pass + d.pass, fail = p.fail + d.fail, unknown = p.unknown + d.unknown,
        not_applicable = p.not_applicable + d.not_applicable
      FROM (SELECT ${Prisma.join(statuses.map(change))} FROM difference) d
      WHERE ${mine('p', of)} AND EXISTS (SELECT FROM difference)
    )
    SELECT ARRAY(SELECT combination FROM unanswered) AS unanswered, (SELECT count(sha)::int FROM difference) AS opened,
      (SELECT count(id)::int FROM difference) AS closed`;
  if (judged === undefined) throw new Error('a judgement came back without an answer');
  return judged;
}

/** What a question with a relation adds to the statement; nothing for any other. */
function relatedTo(of: JudgedPopulation): { parts: Prisma.Sql; related?: Prisma.Sql; join: Prisma.Sql } {
  const { relation } = of.question;
  if (relation === undefined) return { parts: Prisma.empty, join: Prisma.empty };
  const { parts, otherwise } = relatedParts(of, relation, Prisma.sql`SELECT version_id FROM current`);
  return {
    parts: Prisma.sql`${parts},`,
    related: Prisma.sql`coalesce(r.related, ${otherwise})`,
    join: Prisma.sql`LEFT JOIN related r ON r.id = e.id`,
  };
}

const statuses = ['pass', 'fail', 'unknown', 'not_applicable'] as const;

function change(status: (typeof statuses)[number]): Prisma.Sql {
  return Prisma.sql`(count(*) FILTER (WHERE status = ${status}) - count(*) FILTER (WHERE was = ${status}))::int AS ${Prisma.raw(status)}`;
}

/** One a resource: of several gaps the first stands for all. A gap that is about no one resource has the SHA of its type, slice and scope. */
export function openGaps({
  organizationId,
  integrationId,
  type,
}: Pick<JudgedPopulation, 'organizationId' | 'integrationId' | 'type'>): Prisma.Sql {
  return Prisma.sql`open_gap AS (
      SELECT DISTINCT ON (sha) sha, slice, scope, detail FROM (
        SELECT coalesce(key_sha, sha256(convert_to(concat_ws(chr(31), 'gap', type, slice, scope), 'UTF8'))) AS sha, slice, scope, detail,
          reason
        FROM gap
        WHERE organization_id = ${organizationId}::uuid AND integration_id = ${integrationId}::uuid AND type = ${type}
          AND closed_at IS NULL
      ) every_gap
      ORDER BY sha, reason, slice, scope
    )`;
}

export function mine(
  table: 'f' | 'j' | 'p' | 'judgement',
  of: Omit<JudgedPopulation, 'question' | 'doubts' | 'runId' | 'fence'>,
): Prisma.Sql {
  const column = (name: string) => Prisma.raw(`${table}.${name}`);
  return Prisma.sql`${column('organization_id')} = ${of.organizationId}::uuid AND ${column('control_id')} = ${of.controlId}
        AND ${column('integration_id')} = ${of.integrationId}::uuid AND ${column('type')} = ${of.type}`;
}

function within(sha: Prisma.Sql, asked: Asked): Prisma.Sql {
  return 'shas' in asked
    ? Prisma.sql`${sha} = ANY(${asked.shas}::bytea[])`
    : Prisma.sql`${sha} > ${asked.after} AND ${sha} <= ${asked.until}`;
}
