import { createHold, type FleetProcess, type Hold } from '@evidence-fleet/testbed';
import { type Barrier, installBarriers, type Moment, raiseBarrier } from '../../apps/worker/src/testing/barriers.ts';
import type { Context, Scenario } from './scenario.ts';
import { addTally, newTally } from './tally.ts';
import { interrupted } from './traces.ts';
import { openWard, type Ward } from './ward.ts';

/** Where a worker is killed: in one of its transactions, or while the provider owes it an answer. A tenant each. */
const phases = ['claiming', 'committing a batch', 'closing a stream', 'judging', 'mid-page'] as const;
const lanes = 3;
/** All but the one whose claim was never committed. */
const trace = interrupted(['crash'], phases.length - 1);
export const middleOfAList = /dependabot\/alerts.*[?&]after=/;

/** One worker holds a run in each phase, is killed, and becomes history; the survivor is the next victim. */
const killedInEveryPhase: Scenario = {
  name: 'Worker killed in claim, mid-page, batch commit, stream close, judging (each)',
  times: { full: 30, sample: 0 }, // apps/worker/src/recovery.integration.test.ts does it
  rounds: (times) => Math.ceil(times / lanes) + 1,
  async run(context) {
    const { times } = context;
    const tally = newTally();
    const shares = Array.from({ length: Math.min(lanes, times) }, (_, lane) => Math.ceil((times - lane) / lanes));
    const played = await Promise.all(shares.map((share, lane) => playLane(context, share, lane)));
    for (const one of played) addTally(tally, one);
    return tally;
  },
};

async function playLane({ reference, say: tell }: Context, times: number, lane: number) {
  const say = (line: string) => tell(`lane ${lane + 1}: ${line}`);
  const ward = await openWard({ tenants: phases.length, reference, say, delayMs: 5 });
  const { fleet } = ward;
  try {
    await installBarriers(fleet.superuser);
    let [victim] = await Promise.all([startWorker(ward), fleet.start('scheduler', { TICK_MS: '200' })]);
    await ward.settleIn();
    await ward.playRounds(times, async () => {
      victim = await playRound(ward, victim);
    });
    return ward.tally;
  } finally {
    await ward.close();
  }
}

/** @returns the survivor */
async function playRound(ward: Ward, victim: FleetProcess): Promise<FleetProcess> {
  const { fleet, tenants } = ward;
  await ward.beginRound();
  const barriers: Barrier[] = [];
  const starts: Hold[] = [];
  for (const [index, { github, organizationId }] of tenants.entries()) {
    const phase = phases[index];
    if (phase === undefined) continue;
    if (phase !== 'mid-page')
      barriers.push(await raiseBarrier(fleet.superuser, phase satisfies Moment, organizationId));
    const start = createHold();
    github.faults.add({ ...start.fault, match: /^\/user$/, times: Number.POSITIVE_INFINITY });
    starts.push(start);
  }
  await ward.due();
  await Promise.all([barriers[0]?.reached(), ...starts.slice(1).map((start) => start.reached)]);
  const survivor = await startWorker(ward);
  const midPage = createHold();
  tenants.at(-1)?.github.faults.add({ ...midPage.fault, match: middleOfAList, times: Number.POSITIVE_INFINITY });
  for (const start of starts) start.release();
  await Promise.all([midPage.reached, ...barriers.map((barrier) => barrier.reached())]);

  const at = Date.now();
  victim.kill('SIGKILL');
  await victim.ended;
  for (const barrier of barriers) await barrier.lower();
  midPage.release();
  await ward.endRound({ at, trace });
  for (const { github } of tenants) github.faults.clear();
  return survivor;
}

const startWorker = ({ fleet }: Ward) => fleet.start('worker', { QUOTA_SHARE: '1' });

export const kills: Scenario[] = [killedInEveryPhase];
