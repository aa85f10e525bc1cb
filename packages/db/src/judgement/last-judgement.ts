import { Prisma, type Transaction } from '../database.ts';
import { whileHeld } from '../hold-run.ts';
import { type JudgedPopulation, mine, statuses } from './judge-set.ts';
import type { Question } from './question.ts';
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

/** From now on the counts follow every finding; what the last judgement left behind does not hold until `endJudgement`. */
export async function beginWholeJudgement(transaction: Transaction, of: JudgedPopulation): Promise<void> {
  const counts = statuses.map((status) => Prisma.sql`count(*) FILTER (WHERE f.status = ${status})`);
  await whileHeld(
    transaction,
    of,
    () => transaction.$executeRaw`
    INSERT INTO judgement (organization_id, control_id, integration_id, type, question, counts)
    SELECT ${of.organizationId}::uuid, ${of.controlId}, ${of.integrationId}::uuid, ${of.type}, ${JSON.stringify(of.question)}::text::jsonb,
      ARRAY[${Prisma.join(counts)}]::int[]
    FROM finding f WHERE ${mine('f', of)} AND f.valid_to IS NULL
    ON CONFLICT (organization_id, control_id, integration_id, type)
    DO UPDATE SET run_id = NULL, answers = NULL, question = excluded.question, counts = excluded.counts`,
  );
}

/**
 * The population was judged as it stands, wholly or in what had changed. `runId`: the run of its integration that all runs to be looked at next
 * time come after; null: everything has to be looked at.
 */
export async function endJudgement(
  transaction: Transaction,
  of: JudgedPopulation,
  {
    answers,
    slices,
    runId,
  }: { readonly answers: Answers | null; readonly slices: readonly string[]; readonly runId: string | null },
): Promise<void> {
  const kept =
    answers === null || answers.size > answersKept
      ? null
      : JSON.stringify([...answers].map(([combination, { status, reason }]) => [combination, status, reason]));
  await transaction.$executeRaw`
    UPDATE judgement SET run_id = ${runId}::uuid, slices = ${slices}::text[], answers = ${kept}::text::jsonb
    WHERE ${mine('judgement', of)}`;
}
