import { setTimeout as pause } from 'node:timers/promises';
import { createHold, shiftedClock } from '@evidence-fleet/testbed';
import { middleOfAList } from './kills.ts';
import type { Context, Scenario } from './scenario.ts';
import { addTally, newTally, type Tally } from './tally.ts';
import { both, interrupted, told } from './traces.ts';
import { openWard, type Ward } from './ward.ts';

const tenants = 6;
const worker = { QUOTA_SHARE: '1' };
const scheduler = { TICK_MS: '200' };

async function withWard(context: Context, play: (ward: Ward) => Promise<void>): Promise<Tally> {
  const { reference, say } = context;
  const ward = await openWard({ tenants, reference, say, delayMs: 40 });
  try {
    await play(ward);
    return ward.tally;
  } finally {
    await ward.close();
  }
}

/** Longer than the lease: another worker has the runs when the stalled one wakes up in the middle of them. */
const stalledForMs = 12_000;
/** From the stalled worker, by another: what it wants to write when it wakes up is refused by its fence. */
const everyRunTaken = interrupted(['crash'], tenants);

const stalled: Scenario = {
  name: 'Worker stalled past its lease (SIGSTOP 12 s or more)',
  times: { full: 5, sample: 1 },
  rounds: (times) => times,
  run: (context) =>
    withWard(context, async (ward) => {
      const { fleet } = ward;
      const [first] = await Promise.all([fleet.start('worker', worker), fleet.start('scheduler', scheduler)]);
      await ward.settleIn();
      await ward.playRounds(context.times, async () => {
        await ward.beginRound();
        const holds = ward.tenants.map(({ github }) => {
          const hold = createHold();
          github.faults.add({ ...hold.fault, match: middleOfAList, times: Number.POSITIVE_INFINITY });
          return hold;
        });
        await ward.due();
        await Promise.all(holds.map((hold) => hold.reached));
        const other = await fleet.start('worker', worker);
        const at = Date.now();
        first.kill('SIGSTOP');
        for (const hold of holds) hold.release(); // the answers lie before the stalled worker; its heir asks for them again
        await pause(stalledForMs);
        await ward.until(everyRunTaken.what, () => everyRunTaken.isFound(ward), { ms: 30_000 });
        first.kill('SIGCONT');
        await ward.endRound({ at, trace: both(everyRunTaken, told('sync.lost')) });
        for (const { github } of ward.tenants) github.faults.clear();
        await other.close();
      });
    }),
};

const offMs = 10 * 60_000;

/** Postgres, Redis and the provider keep the right time; the hosts of workers and scheduler do not, and the survivor's is off the other way. */
const clocks: Scenario = {
  name: "Hosts' clocks 10 minutes off, forward and back, a worker killed",
  times: { full: 4, sample: 0 },
  rounds: (times) => Math.ceil(times / 2) + 1,
  async run(context) {
    const tally = newTally();
    for (const [index, shiftMs] of [offMs, -offMs].entries()) {
      const times = Math.floor((context.times + 1 - index) / 2);
      if (times > 0) addTally(tally, await playClock({ ...context, times }, shiftMs));
    }
    return tally;
  },
};

function playClock(context: Context, shiftMs: number): Promise<Tally> {
  return withWard(context, async (ward) => {
    const { fleet, tally, tenants: all } = ward;
    const off = shiftedClock(shiftMs);
    let [victim] = await Promise.all([
      fleet.start('worker', { ...worker, ...off }),
      fleet.start('scheduler', { ...scheduler, ...off }),
    ]);
    await ward.settleIn();
    await ward.playRounds(context.times, async () => {
      await ward.beginRound();
      // Throttled for 3 s by the provider's clock: neither ten minutes too long nor no wait at all.
      const resetAt = Math.ceil(Date.now() / 1_000) + 3;
      all[0]?.github.faults.add({
        kind: 'status',
        status: 403,
        headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(resetAt), 'x-ratelimit-resource': 'core' },
        body: { message: 'API rate limit exceeded' },
        match: /protection/,
      });
      const survivor = await fleet.start('worker', { ...worker, ...shiftedClock(-shiftMs) });
      await ward.due();
      await ward.underWay(0.4);
      const at = Date.now();
      victim.kill('SIGKILL');
      await ward.endRound({ at, trace: interrupted(['crash']) });
      await victim.ended;
      victim = survivor;
    });
    const { rows } = await fleet.superuser.query<{ early: number }>(
      `SELECT count(*)::int AS early FROM sync_run WHERE available_at > now() + interval '1 minute' OR finished_at < started_at
         OR started_at < requested_at - interval '1 second' OR finished_at > now() + interval '1 second'`,
    );
    tally.false += rows[0]?.early ?? 0;
  });
}

/** Several schedulers look at the same due dates at the same time. */
const schedulers: Scenario = {
  name: 'One, two, five schedulers over the same due dates',
  times: { full: 15, sample: 0 },
  rounds: (times) => times,
  run: (context) =>
    withWard(context, async (ward) => {
      const { fleet } = ward;
      await Promise.all([fleet.start('worker', worker), fleet.start('worker', worker)]);
      await fleet.start('scheduler', { TICK_MS: '50' });
      await ward.settleIn();
      const third = Math.ceil(context.times / 3);
      await ward.playRounds(context.times, async (round) => {
        const wanted = round <= third ? 1 : round <= 2 * third ? 2 : 5;
        const running = fleet.processes.filter(({ name }) => name.startsWith('scheduler')).length;
        await Promise.all(Array.from({ length: wanted - running }, () => fleet.start('scheduler', { TICK_MS: '50' })));
        await ward.beginRound();
        await ward.due();
        await ward.endRound();
      });
    }),
};

/** Workers are replaced one by one while integrations come due. */
const deploy: Scenario = {
  name: 'Rolling deploy under load',
  times: { full: 8, sample: 0 },
  rounds: (times) => times,
  run: (context) =>
    withWard(context, async (ward) => {
      const { fleet, tally } = ward;
      const env = { ...worker, SHUTDOWN_GRACE_MS: '200' };
      let [older, newer] = await Promise.all([fleet.start('worker', env), fleet.start('worker', env)]);
      await fleet.start('scheduler', scheduler);
      await ward.settleIn();
      await ward.playRounds(context.times, async (round) => {
        await ward.beginRound();
        await ward.due();
        await ward.underWay((0.7 * round) / context.times);
        const at = Date.now();
        older.kill('SIGTERM');
        const next = await fleet.start('worker', env);
        await ward.endRound({ at, trace: interrupted(['shutdown']) });
        if ((await older.ended) !== 0) tally.false += 1;
        [older, newer] = [newer, next];
      });
    }),
};

export const stalls: Scenario[] = [stalled, clocks, schedulers, deploy];
