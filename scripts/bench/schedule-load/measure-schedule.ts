import { type Fleet, startFleet } from '@evidence-fleet/testbed';
import pg from 'pg';
import type { BenchOptions } from '../bench.ts';
import type { BareTask } from './bare-task.ts';
import { runProgram } from './run-program.ts';
import { makeDue, seedSchedule } from './seed-schedule.ts';
import { startTaker, type Taker } from './taker.ts';
import type { TicksMeasured, TickTask } from './tick-task.ts';

export interface ScheduleMeasured {
  readonly integrations: number;
  /** Of a turn. */
  readonly runs: number;
  readonly seedSeconds: number;
  /** Runs made, rung and taken a second. */
  readonly scheduled: number[];
  readonly bare: number[];
  readonly ticks: TicksMeasured;
}

const measurements = new Map<boolean, Promise<ScheduleMeasured>>();

/** Both benches of the scheduler look at the same integrations, which are made and measured once. */
export function measureSchedule(options: BenchOptions): Promise<ScheduleMeasured> {
  const measured = measurements.get(options.isQuick) ?? measure(options);
  measurements.set(options.isQuick, measured);
  return measured;
}

/** As a server of a million integrations has them. */
const settings = {
  shared_buffers: '1GB',
  maintenance_work_mem: '256MB',
  max_wal_size: '8GB',
  checkpoint_timeout: '30min',
};
/** The largest window there is: no turn waits for room. */
const scheduler = { SYNC_WINDOW: '10000' };
const sizes = {
  whole: { integrations: 1_000_000, runs: 60_000, lead: 5_000, turns: 3, warmUp: 1_500, ticks: 3_000 },
  quick: { integrations: 5_000, runs: 1_000, lead: 100, turns: 1, warmUp: 10, ticks: 20 },
};

interface Stand {
  readonly fleet: Fleet;
  readonly superuser: pg.Client;
  /** Runs taken in a turn, and before its clock starts. */
  readonly runs: number;
  readonly lead: number;
}

async function measure({ isQuick, say }: BenchOptions): Promise<ScheduleMeasured> {
  const { integrations, runs, lead, turns, warmUp, ticks } = isQuick ? sizes.quick : sizes.whole;
  const fleet = await startFleet({ postgres: { durable: true, settings } });
  const superuser = new pg.Client({ connectionString: fleet.urls.superuser });
  await superuser.connect();
  try {
    const begun = performance.now();
    await seedSchedule(superuser, integrations);
    const seedSeconds = (performance.now() - begun) / 1_000;
    say(`${integrations} integrations in ${seedSeconds.toFixed(0)} s`);
    const task: TickTask = { url: fleet.urls.scheduler, redisUrl: fleet.redisUrl, warmUp, ticks };
    const measured = {
      integrations,
      runs,
      seedSeconds,
      ticks: JSON.parse(await runProgram('tick-program.ts', task)) as TicksMeasured,
      scheduled: [] as number[],
      bare: [] as number[],
    };
    await holds(superuser, { finished: integrations, notDue: integrations });
    await makeDue(superuser);
    const stand: Stand = { fleet, superuser, runs, lead };
    let finished = integrations;
    let fed = 0;
    for (let turn = 1; turn <= turns; turn++) {
      const bare = await playBare(stand);
      const scheduled = await playScheduler(stand);
      finished += bare.taken + scheduled.taken;
      fed += scheduled.taken;
      await holds(superuser, { finished, notDue: fed });
      measured.bare.push(bare.perSecond);
      measured.scheduled.push(scheduled.perSecond);
      say(`turn ${turn}: ${Math.round(scheduled.perSecond)} runs/s, bare ${Math.round(bare.perSecond)}`);
    }
    return measured;
  } finally {
    await superuser.end();
    await fleet.close();
  }
}

interface Turn {
  readonly taken: number;
  readonly perSecond: number;
}

/** The product's own process. What it has made beyond the turn is taken as well, outside the clock. */
async function playScheduler(stand: Stand): Promise<Turn> {
  return takeBehind(stand, async (taker) => {
    const process = await stand.fleet.start('scheduler', scheduler);
    const perSecond = await rate(stand, taker);
    await process.close();
    return perSecond;
  });
}

/** It has as many again to make after the turn's clock stops: its last step is as full as the others. */
async function playBare(stand: Stand): Promise<Turn> {
  const { fleet, runs, lead } = stand;
  return takeBehind(stand, async (taker) => {
    const task: BareTask = { url: fleet.urls.superuser, redisUrl: fleet.redisUrl, runs: runs + 2 * lead };
    const playing = runProgram('bare-program.ts', task);
    const [perSecond] = await Promise.all([rate(stand, taker), playing]);
    return perSecond;
  });
}

async function takeBehind(stand: Stand, play: (taker: Taker) => Promise<number>): Promise<Turn> {
  const taker = startTaker(stand.fleet.redisUrl, stand.superuser);
  try {
    const perSecond = await play(taker);
    await taker.close();
    return { perSecond, taken: taker.taken };
  } catch (error) {
    await taker.close();
    throw error;
  }
}

async function rate({ runs, lead }: Stand, taker: Taker): Promise<number> {
  const [begun, ended] = await Promise.all([taker.until(lead), taker.until(lead + runs)]);
  return (runs / (ended - begun)) * 1_000;
}

/** Throws unless every run that was made has ended, and as many dates went on as runs were made for them. */
async function holds(superuser: pg.Client, expected: { finished: number; notDue: number }): Promise<void> {
  const { rows } = await superuser.query<Record<string, number>>(
    `SELECT count(*)::int AS runs, count(*) FILTER (WHERE state = 'succeeded')::int AS finished,
       (SELECT count(*)::int FROM integration WHERE next_sync_at > now()) AS "notDue" FROM sync_run`,
  );
  for (const [what, count] of Object.entries({ ...expected, runs: expected.finished }))
    if (rows[0]?.[what] !== count) throw new Error(`${what}: ${rows[0]?.[what]} instead of ${count}.`);
}
