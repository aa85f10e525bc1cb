import {
  type Control,
  controlsFor,
  doubts,
  isProven,
  judge,
  scoredControls,
  staleSlices,
  type Test,
  verdictOf,
} from '@evidence-fleet/controls';
import {
  type Claim,
  type Database,
  judgePopulation,
  listAssessed,
  listTold,
  type PopulationOptions,
  readJudgementInput,
  storeFindings,
  storeScores,
  storeVerdict,
  type Transaction,
} from '@evidence-fleet/db';

export interface JudgeRunOptions extends Claim {
  readonly database: Database;
  readonly integrationId: string;
  /** The evidence types whose streams ended in this run. */
  readonly types: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Judges every control that is touched by a run's evidence, from stored rows, gaps and age: the findings of this integration, then the
 * verdict of the organization, and with the last of them the score of every framework. To be called while the run is held and its streams
 * have ended; safe to run again after a crash.
 * @returns how many controls were judged, and of how many the verdict is another one now
 * @throws StaleFenceError when another worker has the run, the signal's reason when that aborts
 */
export async function judgeRun(options: JudgeRunOptions): Promise<{ controls: number; changed: number }> {
  const touched = await concernedOf(controlsFor(options.types), options);
  let changed = 0;
  for (const [at, control] of touched.entries()) {
    const along = await judgeIntegration(control, options);
    options.signal.throwIfAborted();
    const stored = await storeVerdict(options.database, {
      ...claimOf(options),
      controlId: control.id,
      tests: control.tests,
      along,
      ...(at === touched.length - 1 ? { afterwards: scoreOf(options) } : {}),
      decide: (standing) => verdictOf(control, standing),
    });
    if (stored.changed) changed += 1;
  }
  return { controls: touched.length, changed };
}

/** Without the controls that join evidence which nobody in this organization tells, nor has told. */
async function concernedOf(
  touched: readonly Control[],
  { database, organizationId }: JudgeRunOptions,
): Promise<Control[]> {
  const joining = touched.flatMap(({ id, tests: [test] }) =>
    test?.relation ? [{ controlId: id, ...test.relation }] : [],
  );
  if (joining.length === 0) return [...touched];
  const told = await listTold(database, organizationId, joining);
  return touched.filter(({ id, tests: [test] }) => !test?.relation || told.includes(id));
}

function scoreOf({ organizationId, runId }: JudgeRunOptions): (transaction: Transaction) => Promise<void> {
  return (transaction) => storeScores(transaction, { organizationId, runId, scored: scoredControls });
}

type End = (transaction: Transaction) => Promise<void>;

/** @returns what ends the judgements, to be written with the verdict */
async function judgeIntegration(control: Control, options: JudgeRunOptions): Promise<End[]> {
  const ends: End[] = [];
  for (const test of testsOf(control, options.types)) {
    if (test.quantifier === 'every') ends.push(await judgeEach(control, test, options));
    else await judgeTogether(control, test, options);
  }
  for (const test of toldOf(control, options.types)) ends.push(...(await judgeOthers(control, test, options)));
  return ends;
}

/** What this run's evidence tells of the resources that other integrations show. */
async function judgeOthers(control: Control, test: Test, options: JudgeRunOptions): Promise<End[]> {
  const ends: End[] = [];
  for (const integrationId of await listAssessed(options.database, options.organizationId, test.connector)) {
    const judged = { ...optionsOf(control, test, { ...options, integrationId }), isTold: true };
    ends.push((await judgePopulation(options.database, judged)).end);
  }
  return ends;
}

async function judgeEach(control: Control, test: Test, options: JudgeRunOptions): Promise<End> {
  return (await judgePopulation(options.database, optionsOf(control, test, options))).end;
}

/** Every resource answers for itself: the database compares them, and asks what the control says of each combination of values once. */
export function optionsOf(control: Control, test: Test, options: JudgeRunOptions): PopulationOptions {
  return {
    ...populationOf(control, test, options),
    question: { reads: test.reads, name: test.name },
    doubts,
    answer: test.answer,
    stale: (read) => staleSlices(test, control.freshnessHours, read),
    ...(test.relation && {
      relation: { ...test.relation, isUnread: (proof, now) => !isProven(proof, control.freshnessHours, now) },
    }),
  };
}

/** One finding for all, by the resources in their order: read until one passes. */
async function judgeTogether(control: Control, test: Test, options: JudgeRunOptions): Promise<void> {
  const population = populationOf(control, test, options);
  const input = await readJudgementInput(options.database, population);
  await storeFindings(options.database, { ...population, findings: judge(test, control.freshnessHours, input) });
}

function populationOf({ id }: Control, { evidence }: Test, options: JudgeRunOptions) {
  const { integrationId, signal } = options;
  return { ...claimOf(options), controlId: id, integrationId, type: evidence, signal };
}

/** All that this integration's connector has evidence for, touched or not: a new test is judged by old evidence too. */
function testsOf(control: Control, types: readonly string[]): Control['tests'] {
  return control.tests.filter(({ connector }) => types.some((type) => type.startsWith(`${connector}.`)));
}

/** The tests whose relation this integration's connector tells. */
function toldOf(control: Control, types: readonly string[]): Control['tests'] {
  return control.tests.filter(
    ({ relation }) => relation && types.some((type) => type.startsWith(`${relation.connector}.`)),
  );
}

function claimOf({ organizationId, runId, fence }: Claim): Claim {
  return { organizationId, runId, fence };
}
