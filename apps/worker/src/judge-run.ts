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
  type EndedJudgement,
  judgePopulations,
  listAssessed,
  listTold,
  type PopulationOptions,
  readJudgementInput,
  storeFindings,
  storeScores,
  storeVerdicts,
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
 * verdicts of the organization, and with them the score of every framework. To be called while the run is held and its streams have ended;
 * safe to run again after a crash.
 * @returns how many controls were judged, and of how many the verdict is another one now
 * @throws StaleFenceError when another worker has the run, the signal's reason when that aborts
 */
export async function judgeRun(options: JudgeRunOptions): Promise<{ controls: number; changed: number }> {
  const { database, organizationId, runId, signal } = options;
  const controls = await concernedOf(controlsFor(options.types), options);
  if (controls.length === 0) return { controls: 0, changed: 0 };
  const judged: EndedJudgement[] = await judgePopulations(database, await askedOf(controls, options));
  for (const [control, test] of testsOf(controls, options.types)) {
    if (test.quantifier === 'some') judged.push(await judgeTogether(control, test, options));
  }
  signal.throwIfAborted();
  const { changed } = await storeVerdicts(database, {
    ...{ ...claimOf(options), judged },
    controls: controls.map((control) => ({ ...control, controlId: control.id })),
    decide: verdictOf,
    afterwards: (transaction) => storeScores(transaction, { organizationId, runId, scored: scoredControls }),
  });
  return { controls: controls.length, changed };
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

/** The populations whose every resource answers for itself, and those of other integrations of whose resources this run's evidence tells. */
async function askedOf(controls: readonly Control[], options: JudgeRunOptions): Promise<PopulationOptions[]> {
  const own = testsOf(controls, options.types).filter(([, { quantifier }]) => quantifier === 'every');
  const asked = own.map(([control, test]) => optionsOf(control, test, options));
  for (const [control, test] of toldOf(controls, options.types)) {
    const others = await listAssessed(options.database, options.organizationId, test.connector);
    for (const integrationId of others)
      asked.push({ ...optionsOf(control, test, { ...options, integrationId }), isTold: true });
  }
  return asked;
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
async function judgeTogether(control: Control, test: Test, options: JudgeRunOptions): Promise<EndedJudgement> {
  const population = populationOf(control, test, options);
  const input = await readJudgementInput(options.database, population);
  await storeFindings(options.database, { ...population, findings: judge(test, control.freshnessHours, input) });
  return { ...population, quantifier: 'some', slices: input.slices, isTold: false, kept: null };
}

function populationOf({ id }: Control, { evidence }: Test, options: JudgeRunOptions) {
  const { integrationId, signal } = options;
  return { ...claimOf(options), controlId: id, integrationId, type: evidence, signal };
}

type Asked = readonly [Control, Test];

/** All that this integration's connector has evidence for, touched or not: a new test is judged by old evidence too. */
function testsOf(controls: readonly Control[], types: readonly string[]): Asked[] {
  return askedWhere(controls, ({ connector }) => types.some((type) => type.startsWith(`${connector}.`)));
}

/** The tests whose relation this integration's connector tells. */
function toldOf(controls: readonly Control[], types: readonly string[]): Asked[] {
  return askedWhere(
    controls,
    ({ relation }) => relation !== null && types.some((type) => type.startsWith(`${relation.connector}.`)),
  );
}

function askedWhere(controls: readonly Control[], isAsked: (test: Test) => boolean): Asked[] {
  return controls.flatMap((control) => control.tests.filter(isAsked).map((test) => [control, test] as const));
}

function claimOf({ organizationId, runId, fence }: Claim): Claim {
  return { organizationId, runId, fence };
}
