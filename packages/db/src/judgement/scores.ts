import type { Database, Transaction } from '../database.ts';
import { uuid } from '../uuid.ts';
import { readSteps, type ScoreOf, type ScoreStep, sameCounts } from './score-steps.ts';

export type { ScoredControl } from './score-steps.ts';

/** How many of a framework's controls stand where, now; controls that were never judged count nowhere. */
export interface FrameworkScore extends Pick<ScoreStep, 'framework' | 'pass' | 'fail' | 'unknown' | 'notApplicable'> {
  /** Since when; null: none of its controls was ever judged. */
  readonly since: Date | null;
}

/** The same from one change of the numbers until the next. */
export interface ScoreInterval extends Omit<FrameworkScore, 'since'> {
  readonly from: Date;
  /** null: they stand. */
  readonly to: Date | null;
}

interface OpenScore extends ScoreStep {
  readonly id: string;
}

/**
 * Keeps the score of every framework as an interval: a row is written where the numbers changed, at the end of a judged run or at the moment
 * when a verdict went stale, though nothing ran then. To be called while the run is held, behind what it wrote of verdicts, whose turn
 * is this one's too.
 */
export async function storeScores(transaction: Transaction, of: ScoreOf & { readonly runId: string }): Promise<void> {
  const [open, steps] = await Promise.all([readOpen(transaction, of), readSteps(transaction, of)]);
  const changes = [...changesOf(open, steps).values()].flat();
  if (changes.length > 0) await write(transaction, of, open, changes);
}

/** What the standing verdicts make of every framework now: one that is past its freshness counts as unknown. In the order of `scored`. */
export function readScores(database: Database, of: ScoreOf): Promise<FrameworkScore[]> {
  return database.withOrganization(of.organizationId, async (transaction) => {
    const open = await readOpen(transaction, of);
    const changes = changesOf(open, await readSteps(transaction, of));
    return [...new Set(of.scored.map(({ framework }) => framework))].map((framework) => {
      const last = changes.get(framework)?.at(-1) ?? open.find((one) => one.framework === framework);
      if (last === undefined) return { framework, pass: 0, fail: 0, unknown: 0, notApplicable: 0, since: null };
      const { pass, fail, unknown, notApplicable, at } = last;
      return { framework, pass, fail, unknown, notApplicable, since: at };
    });
  });
}

export interface ScoreHistoryOf extends ScoreOf {
  readonly framework: string;
  /** What stood in this span only: from included, to excluded. */
  readonly from?: Date;
  readonly to?: Date;
  readonly limit: number;
}

/** The last changes of one framework's score, the latest first: as stored, and what went stale since. */
export function scoreHistory(database: Database, of: ScoreHistoryOf): Promise<ScoreInterval[]> {
  const { organizationId, framework, from = null, to = null, limit } = of;
  return database.withOrganization(organizationId, async (transaction) => {
    const open = await readOpen(transaction, of);
    const since = changesOf(open, await readSteps(transaction, of)).get(framework) ?? [];
    const stored = await transaction.$queryRaw<ScoreInterval[]>`
      SELECT framework, pass, fail, unknown, not_applicable AS "notApplicable", valid_from AS "from", valid_to AS "to" FROM framework_score
      WHERE organization_id = ${organizationId}::uuid AND framework = ${framework}
        AND (${to}::timestamptz IS NULL OR valid_from < ${to}) AND (${from}::timestamptz IS NULL OR valid_to IS NULL OR valid_to > ${from})
      ORDER BY valid_from DESC LIMIT ${limit}`;
    const later = since.map(({ at, ...counts }, index) => ({
      ...counts,
      from: at,
      to: since[index + 1]?.at ?? null,
    }));
    const known = stored.map((one) => ({ ...one, to: one.to ?? later[0]?.from ?? null }));
    return [...later.toReversed(), ...known]
      .filter((one) => (to === null || one.from < to) && (from === null || one.to === null || one.to > from))
      .slice(0, limit);
  });
}

function readOpen(transaction: Transaction, { organizationId }: ScoreOf): Promise<OpenScore[]> {
  return transaction.$queryRaw<OpenScore[]>`
    SELECT id, framework, pass, fail, unknown, not_applicable AS "notApplicable", valid_from AS at FROM framework_score
    WHERE organization_id = ${organizationId}::uuid AND valid_to IS NULL`;
}

/** Of each framework the steps at which its numbers are others than before; none while nothing of it was judged. */
function changesOf(open: readonly OpenScore[], steps: readonly ScoreStep[]): Map<string, ScoreStep[]> {
  const changes = new Map<string, ScoreStep[]>();
  for (const step of steps) {
    const mine = changes.get(step.framework) ?? [];
    changes.set(step.framework, mine);
    const before: ScoreStep | undefined = mine.at(-1) ?? open.find(({ framework }) => framework === step.framework);
    const isJudged = step.pass + step.fail + step.unknown + step.notApplicable > 0;
    if (before === undefined ? isJudged : step.at >= before.at && !sameCounts(before, step)) mine.push(step);
  }
  return changes;
}

/** The end of what stood, and a beginning each; of several in one framework only the last one stays open. */
async function write(
  transaction: Transaction,
  { organizationId, runId }: ScoreOf & { readonly runId: string },
  open: readonly OpenScore[],
  changes: readonly ScoreStep[],
): Promise<void> {
  const next = (framework: string, after: Date | null) =>
    changes.find((one) => one.framework === framework && (after === null || one.at > after))?.at ?? null;
  const ended = open.filter(({ framework }) => next(framework, null) !== null);
  await Promise.all([
    transaction.$executeRaw`
      UPDATE framework_score s SET valid_to = e.at, to_run_id = ${runId}::uuid
      FROM unnest(${ended.map(({ id }) => id)}::uuid[], ${ended.map(({ framework }) => next(framework, null))}::timestamptz[]) AS e(id, at)
      WHERE s.organization_id = ${organizationId}::uuid AND s.id = e.id`,
    ...changes.map((step) => {
      const to = next(step.framework, step.at);
      return transaction.$executeRaw`
        INSERT INTO framework_score (organization_id, id, framework, pass, fail, unknown, not_applicable, valid_from, from_run_id,
          valid_to, to_run_id)
        VALUES (${organizationId}::uuid, ${uuid()}::uuid, ${step.framework}, ${step.pass}, ${step.fail}, ${step.unknown},
          ${step.notApplicable}, ${step.at}, ${runId}::uuid, ${to}::timestamptz, ${to === null ? null : runId}::uuid)`;
    }),
  ]);
}
