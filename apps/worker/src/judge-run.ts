import { type Control, controlsFor, doubts, judge, staleSlices, type Test, verdictOf } from '@evidence-fleet/controls';
import {
  type Claim,
  type Database,
  judgePopulation,
  type PopulationOptions,
  readJudgementInput,
  storeFindings,
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
 * verdict of the organization. To be called while the run is held and its streams have ended; safe to run again after a crash.
 * @returns how many controls were judged, and of how many the verdict is another one now
 * @throws StaleFenceError when another worker has the run, the signal's reason when that aborts
 */
export async function judgeRun(options: JudgeRunOptions): Promise<{ controls: number; changed: number }> {
  const touched = controlsFor(options.types);
  let changed = 0;
  for (const control of touched) {
    const along = await judgeIntegration(control, options);
    options.signal.throwIfAborted();
    const stored = await storeVerdict(options.database, {
      ...claimOf(options),
      controlId: control.id,
      tests: control.tests,
      along,
      decide: (standing) => verdictOf(control, standing),
    });
    if (stored.changed) changed += 1;
  }
  return { controls: touched.length, changed };
}

type End = (transaction: Transaction) => Promise<void>;

/** @returns what ends the judgements, to be written with the verdict */
async function judgeIntegration(control: Control, options: JudgeRunOptions): Promise<End[]> {
  const ends: End[] = [];
  for (const test of testsOf(control, options.types)) {
    if (test.quantifier === 'every') ends.push(await judgeEach(control, test, options));
    else await judgeTogether(control, test, options);
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

function claimOf({ organizationId, runId, fence }: Claim): Claim {
  return { organizationId, runId, fence };
}
