import { Prisma, type Transaction } from '../database.ts';
import { whileHeld } from '../hold-run.ts';
import type { Decided } from './decisive-slices.ts';
import { type JudgedPopulation, mine } from './judge-set.ts';
import type { Proof } from './proof.ts';
import type { Question } from './question.ts';
import type { PopulationId, SliceProof } from './read-slices.ts';
import type { JudgedFinding } from './store-findings.ts';

type Answers = ReadonlyMap<string, Pick<JudgedFinding, 'status' | 'reason'>>;

/** What a judgement of a whole population left behind. */
export interface LastJudgement {
  readonly runId: string;
  readonly question: Question;
  readonly answers: Answers;
  readonly slices: readonly string[];
}

/** More combinations than this are not kept, and the population is judged as a whole each time. */
const answersKept = 1_000;

/** @returns null where there was none, where it did not end, or its answers were too many to keep */
export async function readLastJudgement(transaction: Transaction, of: JudgedPopulation): Promise<LastJudgement | null> {
  const [last] = await transaction.$queryRaw<
    (Omit<LastJudgement, 'answers'> & { answers: [string, JudgedFinding['status'], string][] })[]
  >`
    SELECT run_id AS "runId", question, answers, slices FROM judgement
    WHERE ${mine('judgement', of)} AND run_id IS NOT NULL AND answers IS NOT NULL`;
  if (last === undefined) return null;
  return {
    ...last,
    answers: new Map(last.answers.map(([combination, status, reason]) => [combination, { status, reason }])),
  };
}

/** From now on the counts follow every finding; what the last judgement left behind does not hold until `endJudgements`. */
export async function beginWholeJudgement(transaction: Transaction, of: JudgedPopulation): Promise<void> {
  await whileHeld(transaction, of, () =>
    Promise.all([
      transaction.$executeRaw`
        INSERT INTO judgement (organization_id, control_id, integration_id, type, question)
        VALUES (${of.organizationId}::uuid, ${of.controlId}, ${of.integrationId}::uuid, ${of.type}, ${JSON.stringify(of.question)}::text::jsonb)
        ON CONFLICT (organization_id, control_id, integration_id, type)
        DO UPDATE SET run_id = NULL, answers = NULL, question = excluded.question`,
      countFindings(transaction, of.organizationId, [of]),
    ]),
  );
}

/** One population as a run leaves it. */
export interface EndedJudgement extends JudgedBy {
  readonly quantifier: Decided['quantifier'];
  /** The slices that it consists of now. */
  readonly slices: readonly SliceProof[];
  /** By a run of another integration: if one of its own has ended meanwhile, that one has read the slices later. */
  readonly isTold: boolean;
  /** What the next judgement may rest on; null: nothing, everything is looked at each time. */
  readonly kept: {
    /** The run of its integration that all runs to be looked at next time come after; null: everything has to be looked at. */
    readonly runId: string | null;
    /** null: they are too many to keep; undefined: those that are kept stand. */
    readonly answers: Answers | null | undefined;
  } | null;
}

export type ProvenJudgement = EndedJudgement & Proof;

/**
 * Notes that populations were judged as they stand, wholly or in what had changed, and what their verdicts rest on. Rows of `judgement` are locked
 * before those of `judged_population`, as a whole judgement does that may begin beside it.
 */
export async function endJudgements(
  transaction: Transaction,
  organizationId: string,
  ended: readonly ProvenJudgement[],
): Promise<void> {
  if (ended.length === 0) return;
  await Promise.all([
    countFindings(
      transaction,
      organizationId,
      ended.filter(({ kept }) => kept === null),
    ),
    transaction.$executeRaw`
      WITH ended AS (
        SELECT e.*, e.is_told AND j.run_id IS NOT NULL AS is_read FROM jsonb_to_recordset(${JSON.stringify(ended.map(asRow))}::text::jsonb)
          AS e(control_id text, integration_id uuid, type text, run_id uuid, slices jsonb, is_told boolean, is_same boolean, answers jsonb,
            is_complete boolean, proven_at timestamptz, failure_proven_at timestamptz)
        LEFT JOIN judgement j ON ${sameAs(organizationId, 'j')}
      ), remembered AS (
        UPDATE judgement j SET run_id = e.run_id, slices = ARRAY(SELECT jsonb_array_elements_text(e.slices)),
          answers = CASE WHEN e.is_same THEN j.answers ELSE e.answers END
        FROM ended e WHERE ${sameAs(organizationId, 'j')}
        RETURNING 1
      )
      UPDATE judged_population p SET
        is_complete = CASE WHEN e.is_read THEN p.is_complete ELSE e.is_complete END,
        proven_at = CASE WHEN e.is_read THEN p.proven_at ELSE e.proven_at END,
        failure_proven_at = CASE WHEN e.is_read THEN p.failure_proven_at ELSE e.failure_proven_at END,
        open_gaps = (
          SELECT count(*) FROM gap g
          WHERE g.organization_id = ${organizationId}::uuid AND g.integration_id = p.integration_id AND g.type = p.type AND g.closed_at IS NULL
        )
      FROM ended e, (SELECT count(*) FROM remembered) AS only_then
      WHERE ${sameAs(organizationId, 'p')}`,
  ]);
}

/** The row of ended judgement `e`. */
function sameAs(organizationId: string, table: 'j' | 'p'): Prisma.Sql {
  const column = (name: string) => Prisma.raw(`${table}.${name}`);
  return Prisma.sql`${column('organization_id')} = ${organizationId}::uuid AND ${column('control_id')} = e.control_id
        AND ${column('integration_id')} = e.integration_id AND ${column('type')} = e.type`;
}

function asRow({ controlId, integrationId, type, isTold, kept, slices, ...proof }: ProvenJudgement): object {
  return {
    ...{ control_id: controlId, integration_id: integrationId, type, run_id: kept?.runId ?? null },
    slices: slices.map(({ slice }) => slice),
    is_told: isTold,
    is_same: kept?.answers === undefined,
    answers: kept?.answers && listed(kept.answers),
    ...{ is_complete: proof.isComplete, proven_at: proof.provenAt, failure_proven_at: proof.failureProvenAt },
  };
}

function listed(answers: Answers): object | null {
  if (answers.size > answersKept) return null;
  return [...answers].map(([combination, { status, reason }]) => [combination, status, reason]);
}

interface JudgedBy extends PopulationId {
  readonly controlId: string;
}

/** Counts the open findings of populations. */
async function countFindings(
  transaction: Transaction,
  organizationId: string,
  populations: readonly JudgedBy[],
): Promise<void> {
  if (populations.length === 0) return;
  await transaction.$executeRaw`
    INSERT INTO judged_population (organization_id, control_id, integration_id, type, pass, fail, unknown, not_applicable)
    SELECT ${organizationId}::uuid, p.control_id, p.integration_id, p.type, counted.*
    FROM unnest(${populations.map(({ controlId }) => controlId)}::text[], ${populations.map(({ integrationId }) => integrationId)}::uuid[],
      ${populations.map(({ type }) => type)}::text[]) AS p(control_id, integration_id, type)
    CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE f.status = 'pass'), count(*) FILTER (WHERE f.status = 'fail'),
        count(*) FILTER (WHERE f.status = 'unknown'), count(*) FILTER (WHERE f.status = 'not_applicable')
      FROM finding f
      WHERE f.organization_id = ${organizationId}::uuid AND f.control_id = p.control_id AND f.integration_id = p.integration_id
        AND f.type = p.type AND f.valid_to IS NULL
    ) counted
    ON CONFLICT (organization_id, control_id, integration_id, type) DO UPDATE
      SET pass = excluded.pass, fail = excluded.fail, unknown = excluded.unknown, not_applicable = excluded.not_applicable`;
}
