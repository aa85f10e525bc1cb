import { connectors } from '@evidence-fleet/connectors';
import { type FaultFront, type FrontFault, faultsOf, startFaultFront } from '@evidence-fleet/testbed';
import { type ForeignHost, startForeignHost } from '../../apps/worker/src/testing/echoes.ts';
import type { Bench } from './bench.ts';
import { adapterOf, type Case } from './cases.ts';
import type { Target } from './clone.ts';
import { type Charge, judgeState, type StateJudgement } from './judge-state.ts';
import { readLedger } from './ledger.ts';
import { type SyncEnd, syncToEnd } from './sync.ts';
import type { World } from './world.ts';

export interface CaseResult {
  readonly case: Case;
  readonly end: StateJudgement['end'];
  readonly charges: readonly Charge[];
  /** Calls that ran into the fault. */
  readonly struck: number;
  readonly defects: readonly string[];
  readonly ms: number;
}

/** A place in which one case at a time runs: a front of its own before one provider. */
export interface Lane {
  run(one: Case): Promise<CaseResult>;
  close(): Promise<void>;
}

/** Runs that may be needed until a whole result stands: what a list missed is decided by the second pass that misses it. */
const mostHealing = 3;
const deadlineMs = 90_000;
/** An attempt's patience; what is never answered is given up sooner, and nothing else is. */
const limits = { backoffMs: 2, maxShortWaitMs: 2_000 };
const patienceMs = { slow: 400, other: 10_000 };

export async function openLane(bench: Bench, world: World): Promise<Lane> {
  const foreign = await startForeignHost();
  const adapter = adapterOf(world);
  const front = await startFaultFront({ adapter, upstream: world.upstream, foreignUrl: foreign.url });
  const faults = new Map(faultsOf(adapter).map((fault) => [fault.name, fault]));
  return {
    async run(one) {
      const fault = faults.get(one.fault);
      if (fault === undefined) throw new Error(`there is no fault "${one.fault}"`);
      return runCase({ bench, world, front, foreign }, one, fault);
    },
    async close() {
      await front.close();
      foreign.close();
    },
  };
}

interface Place {
  readonly bench: Bench;
  readonly world: World;
  readonly front: FaultFront;
  readonly foreign: ForeignHost;
}

async function runCase(place: Place, one: Case, fault: FrontFault): Promise<CaseResult> {
  const { bench, world, front, foreign } = place;
  const began = performance.now();
  const calls = foreign.calls;
  const target =
    one.load === 'first load' ? await bench.cloner.fresh(world, front.url) : await bench.cloner.copy(world, front.url);
  front.reset();
  front.plan({ fault, operation: one.operation, site: one.site, times: one.persistence === 'once' ? 1 : Infinity });
  const timeoutMs = fault.slow ? patienceMs.slow : patienceMs.other;
  const plan = { types: one.types, limits: { ...limits, timeoutMs }, deadlineMs };
  const faulty = await syncToEnd(bench, target, plan);
  const { struck } = front;
  front.lift();
  const judged = await judge(place, one, target, faulty);
  const charges = [...judged.charges];
  if (faulty.hung === null && judged.end !== 'true') charges.push(...(await heal(place, one, target)));
  if (foreign.calls > calls)
    charges.push({ column: 'leaked', why: `${foreign.calls - calls} calls reached another host` });
  return {
    case: one,
    end: judged.end,
    charges,
    struck,
    defects: bench.defects(target.organizationId),
    ms: performance.now() - began,
  };
}

async function judge(place: Place, one: Case, target: Target, { runId, hung }: SyncEnd): Promise<StateJudgement> {
  if (hung !== null) return { end: 'gap', charges: [{ column: 'hung', why: hung }] };
  const state = await readLedger(place.bench, target.organizationId, { runId, types: one.types });
  const asked = new Set(one.types);
  const { truth, before } = place.world;
  return judgeState(state, {
    now: truth.filter(({ type }) => asked.has(type)),
    before: one.load === 'first load' ? [] : before.filter(({ type }) => asked.has(type)),
    incremental: incrementalTypes,
  });
}

/** Types that are never retired by their absence. */
export const incrementalTypes: ReadonlySet<string> = new Set(
  [...connectors.values()].flatMap(({ streams }) =>
    streams.filter(({ evidence }) => evidence.mode !== 'snapshot').map(({ evidence }) => evidence.name),
  ),
);

/** Without the fault everything must become true again, and nothing may become false on the way. */
async function heal(place: Place, one: Case, target: Target): Promise<Charge[]> {
  const plan = { types: one.types, limits: { ...limits, timeoutMs: patienceMs.other }, deadlineMs };
  for (let run = 1; ; run += 1) {
    const { end, charges } = await judge(place, one, target, await syncToEnd(place.bench, target, plan));
    if (charges.length > 0)
      return charges.map((charge) => ({ ...charge, why: `after the fault was lifted: ${charge.why}` }));
    if (end === 'true') return [];
    if (run === mostHealing) return [{ column: 'unhealed', why: `not whole after ${run} runs without the fault` }];
  }
}
