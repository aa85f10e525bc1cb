import type { Transaction } from '../database.ts';

/** A control counts for the score of a framework. */
export interface ScoredControl {
  readonly framework: string;
  readonly controlId: string;
}

export interface ScoreOf {
  readonly organizationId: string;
  readonly scored: readonly ScoredControl[];
}

/** What the verdicts made of a framework at one moment. */
export interface ScoreStep {
  readonly framework: string;
  readonly at: Date;
  readonly pass: number;
  readonly fail: number;
  readonly unknown: number;
  readonly notApplicable: number;
}

export function sameCounts(one: ScoreStep, other: ScoreStep): boolean {
  return (
    one.pass === other.pass &&
    one.fail === other.fail &&
    one.unknown === other.unknown &&
    one.notApplicable === other.notApplicable
  );
}

/**
 * The numbers of every framework now, and before that at each moment since the stored ones at which a verdict went stale: ascending in time.
 * Reads of each control the verdicts since then, two ranges of an index.
 */
export function readSteps(transaction: Transaction, { organizationId, scored }: ScoreOf): Promise<ScoreStep[]> {
  return transaction.$queryRaw<ScoreStep[]>`
    WITH mapped AS (
      SELECT * FROM unnest(${scored.map(({ framework }) => framework)}::text[], ${scored.map(({ controlId }) => controlId)}::text[])
        AS m(framework, control_id)
    ), span AS MATERIALIZED (
      SELECT coalesce((SELECT min(valid_from) FROM framework_score WHERE organization_id = ${organizationId}::uuid AND valid_to IS NULL), now)
        AS since, now
      FROM (SELECT clock_timestamp()::timestamptz(3) AS now) clock
    ), standing AS MATERIALIZED (
      SELECT c.control_id, v.status, v.valid_from, v.valid_to, greatest(v.fresh_until, v.valid_from) AS stale_from
      FROM span CROSS JOIN (SELECT DISTINCT control_id FROM mapped) c
      -- OFFSET keeps the two apart. Under row-level security an index takes a column of another query, but no coalesce().
      CROSS JOIN LATERAL (
        SELECT coalesce((SELECT valid_from FROM verdict
          WHERE organization_id = ${organizationId}::uuid AND control_id = c.control_id AND valid_from <= span.since
          ORDER BY valid_from DESC LIMIT 1), '-infinity'::timestamptz) AS valid_from OFFSET 0
      ) first
      CROSS JOIN LATERAL (
        SELECT status, valid_from, valid_to, fresh_until FROM verdict
        WHERE organization_id = ${organizationId}::uuid AND control_id = c.control_id AND valid_from BETWEEN first.valid_from AND span.now
        OFFSET 0
      ) v
    ), moment AS (
      SELECT stale_from AS at FROM standing, span
      WHERE status <> 'unknown' AND stale_from > since AND stale_from < now AND (valid_to IS NULL OR stale_from <= valid_to)
      UNION SELECT now FROM span
    ), counted AS (
      SELECT m.framework, moment.at, CASE WHEN s.stale_from <= moment.at THEN 'unknown' ELSE s.status END AS status
      FROM moment CROSS JOIN mapped m
      LEFT JOIN standing s ON s.control_id = m.control_id AND s.valid_from <= moment.at AND (s.valid_to IS NULL OR s.valid_to > moment.at)
    )
    SELECT framework, at, count(*) FILTER (WHERE status = 'pass')::int AS pass, count(*) FILTER (WHERE status = 'fail')::int AS fail,
      count(*) FILTER (WHERE status = 'unknown')::int AS unknown,
      count(*) FILTER (WHERE status = 'not_applicable')::int AS "notApplicable"
    FROM counted GROUP BY framework, at ORDER BY at, framework`;
}
