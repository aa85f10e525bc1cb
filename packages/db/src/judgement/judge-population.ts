import type { Database, Transaction } from '../database.ts';
import { whileHeld } from '../hold-run.ts';
import { type Asked, type JudgedPopulation, type JudgedSet, judgeSet } from './judge-set.ts';
import { beginWholeJudgement, type EndedJudgement, type LastJudgement, readLastJudgement } from './last-judgement.ts';
import { type Combination, parseCombination, type Question } from './question.ts';
import { readSlices, type SliceProof } from './read-slices.ts';
import { type Relation, readRelation } from './relations.ts';
import type { JudgedFinding } from './store-findings.ts';
import { readRunsSince, readTouched } from './touched.ts';

type Answer = Pick<JudgedFinding, 'status' | 'reason'>;

export interface PopulationOptions extends JudgedPopulation {
  /** The run belongs to another integration, which tells something of the resources of this one. */
  readonly isTold?: boolean;
  /** What other evidence of the organization tells of the resources, and whether nothing may be concluded from one of its slices. */
  readonly relation?: Relation & { readonly isUnread: (proof: SliceProof, now: Date) => boolean };
  /** Pure: what the control says of every resource with these values. */
  readonly answer: (combination: Combination) => Answer;
  /** Pure: what is to be said of slices that prove nothing now. */
  readonly stale: (read: { readonly slices: readonly SliceProof[]; readonly now: Date }) => readonly JudgedFinding[];
  readonly signal?: AbortSignal;
}

export interface PopulationJudged extends EndedJudgement {
  readonly opened: number;
  readonly closed: number;
  /** Every resource was looked at, not only what may have changed since the last judgement. */
  readonly isWhole: boolean;
}

/** Resources judged in one transaction. */
const batchSize = 10_000;
/** Answers held at once: more than a batch can need. */
const mostAnswers = 2 * batchSize;
/** Before and after every SHA-256. */
const beginning = new Uint8Array();
const end = new Uint8Array(33).fill(0xff);

/** Populations asked about in one trip. */
const readTogether = 50;

/**
 * Brings the open findings of controls in line with what stands of evidence types of integrations. Where the question, its answers and the
 * slices are those of the last judgement, only what may have changed since is looked at; the outcome is the same. Flat in memory; a judgement
 * that changes nothing writes no finding; running it again after a crash finishes it. Where other evidence tells something of the resources,
 * runs of several integrations may judge them side by side: each batch waits for its turn and sees what the one before it wrote.
 * @returns how each ended, to be noted in a transaction that holds the run: without it the next judgement does the same again. A population is
 *   left out where there is nothing to judge: nobody tells what the control asks for, or nothing was told since the last judgement
 * @throws StaleFenceError when another worker has the run
 */
export async function judgePopulations(
  database: Database,
  given: readonly PopulationOptions[],
): Promise<PopulationJudged[]> {
  const judged: PopulationJudged[] = [];
  for (let from = 0; from < given.length; from += readTogether) {
    const some = given.slice(from, from + readTogether);
    const grounds = await database.withTrips(some[0]?.organizationId ?? null, (transaction) =>
      readAll(transaction, some),
    );
    for (const one of grounds) judged.push(await judgePopulation(database, one));
  }
  return judged;
}

async function judgePopulation(
  database: Database,
  { last, lastRunId, touched, proofs, stale, options }: Grounds,
): Promise<PopulationJudged> {
  const slices = proofs.map(({ slice }) => slice);
  const judgement: Judgement = { slices, stale, answers: new Map(last?.answers), areAllKept: true };
  const sum = { opened: 0, closed: 0 };
  const ranges = touched === null ? allRanges(database, options) : chunks(touched, stale);
  for await (const asked of ranges) {
    options.signal?.throwIfAborted();
    const { opened, closed } = await judgeAsked(database, options, judgement, asked);
    sum.opened += opened;
    sum.closed += closed;
  }
  const { controlId, integrationId, type, runId, isTold = false } = options;
  const isSame = touched !== null && judgement.areAllKept && judgement.answers.size === last?.answers.size;
  const answers = judgement.areAllKept ? judgement.answers : null;
  return {
    ...{ ...sum, isWhole: touched === null, quantifier: 'every', slices: proofs },
    ...{ controlId, integrationId, type, isTold },
    // A run of another integration says nothing of which runs of this one have been looked at.
    kept: { runId: isTold ? (lastRunId ?? null) : runId, answers: isSame ? undefined : answers },
  };
}

interface Judgement {
  readonly slices: readonly string[];
  readonly stale: readonly JudgedFinding[];
  answers: Map<string, Answer>;
  /** No answer that was given was let go of. */
  areAllKept: boolean;
}

interface Grounds extends Pick<Judgement, 'stale'> {
  readonly proofs: readonly SliceProof[];
  readonly last: LastJudgement | null;
  /** null: everything has to be looked at. */
  readonly touched: readonly Uint8Array[] | null;
  /** Of the last judgement, whether or not it holds still. */
  readonly lastRunId: string | undefined;
  /** With the relation as it stands in the question. */
  readonly options: PopulationOptions;
}

/** What is asked of several populations of one run travels together. */
async function readAll(transaction: Transaction, given: readonly PopulationOptions[]): Promise<Grounds[]> {
  const grounds = await Promise.all(given.map((one) => read(transaction, one)));
  return grounds.filter((one) => one !== null);
}

/** @returns null where there is nothing to judge */
async function read(transaction: Transaction, given: PopulationOptions): Promise<Grounds | null> {
  const relation = given.relation && (await readRelation(transaction, { ...given, relation: given.relation }));
  if (relation === null) return null;
  const options = relation ? { ...given, question: { ...given.question, relation } } : given;
  const [[proofs = []], [clock], last, runs] = await Promise.all([
    readSlices(transaction, options, [options]),
    transaction.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`,
    readLastJudgement(transaction, options),
    readRunsSince(transaction, options),
  ]);
  if (clock === undefined) throw new Error('the database has no clock');
  const stale = options.stale({ slices: proofs, now: clock.now });
  const lastRunId = last?.runId;
  const slices = proofs.map(({ slice }) => slice);
  if (last === null || !holds(last, options, slices))
    return { proofs, stale, last: null, touched: null, lastRunId, options };
  if (options.isTold) return null;
  return { proofs, stale, last, touched: await readTouched(transaction, options, runs), lastRunId, options };
}

/** Whether the control says today what it said then, and the population still consists of the same slices. */
function holds(last: LastJudgement, { question, answer }: PopulationOptions, slices: readonly string[]): boolean {
  if (asText(last.question) !== asText(question)) return false;
  if (JSON.stringify(last.slices) !== JSON.stringify(slices)) return false;
  return [...last.answers].every(([combination, before]) => {
    const now = answer(parseCombination(question, combination));
    return now.status === before.status && now.reason === before.reason;
  });
}

function asText({ reads, name, relation }: Question): string {
  return JSON.stringify([reads, name, relation?.name, relation?.integrationIds, relation?.seen]);
}

/** The whole order of SHAs in equal ranges that hold about a batch of heads, or of open findings, each: SHAs lie evenly. */
async function* allRanges(database: Database, options: PopulationOptions): AsyncGenerator<Asked> {
  const step = await database.withStatements(options.organizationId, async (transaction) => {
    await awaitTurn(transaction, options);
    await beginWholeJudgement(transaction, options);
    return stepOf(transaction, options);
  });
  let after: Uint8Array = beginning;
  for (let at = step; at < shaSpace; at += step) {
    const until = Buffer.alloc(32);
    until.writeUIntBE(at, 0, 6);
    yield { after, until };
    after = until;
  }
  yield { after, until: end };
}

/** Of the first six bytes of a SHA. */
const shaSpace = 2 ** 48;
const mostRanges = 1_000_000;

async function stepOf(
  transaction: Transaction,
  { organizationId, integrationId, type, controlId }: PopulationOptions,
): Promise<number> {
  const [first] = await transaction.$queryRaw<{ until: Uint8Array | null }[]>`
    SELECT least((
      SELECT key_sha FROM evidence_head
      WHERE organization_id = ${organizationId}::uuid AND integration_id = ${integrationId}::uuid AND type = ${type}
      ORDER BY key_sha OFFSET ${batchSize - 1} LIMIT 1
    ), (
      SELECT resource_sha FROM finding
      WHERE organization_id = ${organizationId}::uuid AND control_id = ${controlId} AND integration_id = ${integrationId}::uuid
        AND type = ${type} AND valid_to IS NULL
      ORDER BY resource_sha OFFSET ${batchSize - 1} LIMIT 1
    )) AS until`;
  const until = first?.until;
  return until ? Math.max(Buffer.from(until).readUIntBE(0, 6), Math.ceil(shaSpace / mostRanges)) : shaSpace;
}

/** Findings about slices may have come since, though no resource changed. */
function* chunks(touched: readonly Uint8Array[], stale: readonly JudgedFinding[]): Generator<Asked> {
  const shas = [...touched, ...stale.map(({ resourceSha }) => resourceSha)];
  for (let from = 0; from < shas.length; from += batchSize) yield { shas: shas.slice(from, from + batchSize) };
}

/** Runs of several integrations judge one population only where one tells something of what another shows. */
async function awaitTurn(transaction: Transaction, of: PopulationOptions): Promise<void> {
  if (!of.relation) return;
  await transaction.$executeRaw`
    SELECT pg_advisory_xact_lock(hashtextextended(concat_ws(':', 'judgement', ${of.organizationId}::text, ${of.controlId}::text,
      ${of.integrationId}::text, ${of.type}::text), 0))`;
}

/** Judged and written in one transaction, once there is an answer for every combination in it. */
async function judgeAsked(
  database: Database,
  options: PopulationOptions,
  judgement: Judgement,
  asked: Asked,
): Promise<JudgedSet> {
  for (;;) {
    const judged = await database.withStatements(options.organizationId, async (transaction) => {
      await awaitTurn(transaction, options);
      return whileHeld(transaction, options, () => judgeSet(transaction, options, judgement, asked));
    });
    if (judged.unanswered.length === 0) return judged;
    if (judgement.answers.size + judged.unanswered.length > mostAnswers) {
      judgement.answers = new Map();
      judgement.areAllKept = false;
    }
    for (const combination of judged.unanswered) {
      judgement.answers.set(combination, options.answer(parseCombination(options.question, combination)));
    }
  }
}
