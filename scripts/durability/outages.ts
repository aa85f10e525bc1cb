import { setTimeout as pause } from 'node:timers/promises';
import { leaseMs } from '@evidence-fleet/db';
import { Redis } from 'ioredis';
import type { Context, Scenario } from './scenario.ts';
import { databaseMissed, rungAgain, type Trace, told } from './traces.ts';
import { openWard, type Ward, type WardOptions } from './ward.ts';

/** Deals a blow in the middle of the round, and undoes it. @returns when it was dealt and when it was over */
type Blow = (ward: Ward, round: number) => Promise<{ at: number; overAt: number }>;

const tenants = 6;
const longerThanALeaseMs = leaseMs + 1_000;

interface RoundOptions extends Partial<WardOptions> {
  readonly trace: Trace;
  /** Of each of the two workers; with few of them jobs stand in line when the blow comes. */
  readonly slots?: number;
  /** The share of a round's calls at which the last blow falls at the latest: behind it there is little left to hit. */
  readonly latest?: number;
}

/** Rounds of syncs under way, with a blow to one of the fleet's stores in each: at another moment each time. */
function rounds(name: string, times: Scenario['times'], blow: Blow, options: RoundOptions): Scenario {
  return {
    name,
    times,
    rounds: (count) => count,
    run: (context) => playRounds(context, blow, options),
  };
}

export async function playRounds(context: Context, blow: Blow, options: RoundOptions) {
  const { times, reference, say } = context;
  const { trace, slots = 10, latest = 0.9, ...wardOptions } = options;
  const ward = await openWard({ tenants, reference, say, ...wardOptions });
  const worker = { QUOTA_SHARE: '1', SYNC_SLOTS: String(slots) };
  try {
    await Promise.all([
      ward.fleet.start('worker', worker),
      ward.fleet.start('worker', worker),
      ward.fleet.start('scheduler', { TICK_MS: '200' }),
    ]);
    await ward.settleIn();
    await ward.playRounds(times, async (round) => {
      await ward.beginRound();
      await ward.due();
      await ward.underWay((latest * (round - 0.5)) / times);
      await ward.endRound({ ...(await blow(ward, round)), trace });
    });
    bookDeaths(ward, say);
    return ward.tally;
  } finally {
    await ward.close();
  }
}

/** No outage of a store may end a process of the fleet. */
function bookDeaths({ fleet, tally }: Ward, say: Context['say']): void {
  for (const { log, name } of fleet.processes) {
    const crash = log.find((line) => line.includes('service.crashed'));
    if (crash === undefined) continue;
    say(`${name} said ${crash}`);
    tally.false += 1;
    tally.notes.push(`${name} ended`);
  }
}

const killRedis: Blow = async ({ fleet }, round) => {
  const at = Date.now();
  await fleet.redis.kill();
  await pause(100 * (round % 10));
  await fleet.redis.start();
  return { at, overAt: Date.now() };
};

async function withRedis<T>({ fleet }: Ward, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(fleet.redisUrl);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

const flush: Blow = (ward) =>
  withRedis(ward, async (redis) => {
    const at = Date.now();
    await redis.flushall();
    return { at, overAt: Date.now() };
  });

const fillRedis: Blow = (ward) =>
  withRedis(ward, async (redis) => {
    const at = Date.now();
    await redis.config('RESETSTAT');
    await redis.config('SET', 'maxmemory', '1mb');
    await pause(3_000);
    await redis.config('SET', 'maxmemory', '0');
    return { at, overAt: Date.now() };
  });

const stopPostgres =
  (mode: 'fast' | 'immediate'): Blow =>
  async ({ fleet }, round) => {
    const at = Date.now();
    await fleet.urls.postgres.stop(mode);
    await pause(round % 10 === 0 ? longerThanALeaseMs : 200 * (round % 5));
    await fleet.urls.postgres.start();
    return { at, overAt: Date.now() };
  };

/** Every connection of the fleet waits for a lock, and no further one is to be had. */
const exhaust: Blow = async ({ fleet }, round) => {
  const at = Date.now();
  const holder = await fleet.superuser.connect();
  const lock = round % 2 === 0 ? 'evidence_head' : 'sync_run';
  await holder.query(`BEGIN; LOCK TABLE ${lock} IN ACCESS EXCLUSIVE MODE`);
  await pause(longerThanALeaseMs);
  await holder.query('ROLLBACK');
  holder.release();
  return { at, overAt: Date.now() };
};

/** Those of the fleet are cut, and the server refuses it any other, as it does when clients have taken all that it has. */
const takeConnections: Blow = async ({ fleet }) => {
  const at = Date.now();
  const limit = (most: number) => roles.map((role) => `ALTER ROLE ${role} CONNECTION LIMIT ${most};`).join('');
  await fleet.superuser.query(limit(0));
  await fleet.superuser.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'evidence-fleet%'`,
  );
  await pause(6_000);
  await fleet.superuser.query(limit(-1));
  return { at, overAt: Date.now() };
};

const roles = ['fleet_app', 'fleet_scheduler'];

/** Redis counts what it refused. */
const refusedForMemory: Trace = {
  what: 'Redis refused a write for want of memory',
  isFound: (ward) =>
    withRedis(ward, async (redis) => /^errorstat_OOM:count=[1-9]/m.test(await redis.info('errorstats'))),
};

const durable = { trace: databaseMissed, fleet: { postgres: { durable: true } } };

export const outages: Scenario[] = [
  rounds('Redis killed, AOF everysec', { full: 20, sample: 0 }, killRedis, {
    trace: told('redis.away'),
    fleet: { redis: { isPersistent: true } },
  }),
  // apps/worker/src/fleet.integration.test.ts does it
  rounds('Redis emptied (FLUSHALL) in mid-run', { full: 20, sample: 0 }, flush, {
    trace: rungAgain,
    slots: 1,
    latest: 0.5,
  }),
  rounds('Redis at its memory limit', { full: 5, sample: 0 }, fillRedis, { trace: refusedForMemory }),
  rounds('Postgres stopped fast', { full: 20, sample: 0 }, stopPostgres('fast'), durable),
  rounds('Postgres stopped immediate', { full: 20, sample: 0 }, stopPostgres('immediate'), durable),
  rounds('Pool exhausted: every connection waits for a lock', { full: 4, sample: 0 }, exhaust, {
    trace: databaseMissed,
  }),
  rounds("Postgres' connections used up", { full: 4, sample: 0 }, takeConnections, { trace: databaseMissed }),
];
