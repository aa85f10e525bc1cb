import { setTimeout as pause } from 'node:timers/promises';
import { type FleetProcess, startBlackHole, until } from '@evidence-fleet/testbed';
import type { Context, Scenario } from './scenario.ts';
import type { Tally } from './tally.ts';
import { askedAgain, interrupted, told } from './traces.ts';
import { openWard, type Ward } from './ward.ts';

type Peer = 'Postgres' | 'Redis' | 'the provider';
const tenants = 6;
/** Longer than a lease and than every patience of a worker with its peers. */
const swallowedForMs = 14_000;
const freeWithinMs = 60_000;

/**
 * A worker whose way to one peer swallows everything, while another worker is healthy. It must notice by itself, free its slots, and be of
 * use again once new connections pass: the next round is its alone.
 */
function halfOpen(peer: Peer): Scenario {
  return {
    name: `Half-open sockets to ${peer}`,
    times: { full: 2, sample: 0 },
    rounds: (times) => 2 * times,
    run: (context) => (peer === 'the provider' ? playProvider(context) : playStore(context, peer)),
  };
}

async function playStore({ times, reference, say }: Context, peer: Exclude<Peer, 'the provider'>): Promise<Tally> {
  const ward = await openWard({ tenants, reference, say, delayMs: 40 });
  const { fleet } = ward;
  const isPostgres = peer === 'Postgres';
  const line = await startBlackHole(isPostgres ? fleet.urls.postgres.port : fleet.redis.port);
  const address = new URL(isPostgres ? fleet.appUrl : fleet.redisUrl);
  address.port = String(line.port);
  try {
    const [stuck] = await Promise.all([
      fleet.start('worker', { QUOTA_SHARE: '1', [isPostgres ? 'DATABASE_URL' : 'REDIS_URL']: address.href }),
      fleet.start('scheduler', { TICK_MS: '200' }),
    ]);
    await ward.settleIn();
    await ward.playRounds(times, async () => {
      const healthy = await fleet.start('worker', { QUOTA_SHARE: '1' });
      await ward.beginRound();
      await ward.due();
      await ward.underWay(0.3);
      const at = Date.now();
      line.swallow();
      await pause(swallowedForMs);
      await ward.endRound({ at, trace: isPostgres ? interrupted(['crash', 'snooze']) : told('redis.away') });
      line.heal();
      await healthy.close();
      await isIdle(stuck);
      await playRound(ward);
    });
    return ward.tally;
  } finally {
    await ward.close();
    await line.close();
  }
}

/** Nobody else has a way to the provider: the runs wait for it to come back, and only the provider's outage is told. */
async function playProvider({ times, reference, say }: Context): Promise<Tally> {
  const ward = await openWard({ tenants, reference, say, delayMs: 40 });
  const { fleet } = ward;
  let longestMs = 0;
  const lines = await Promise.all(ward.tenants.map(({ github }) => startBlackHole(Number(new URL(github.url).port))));
  try {
    for (const [index, { github, integrationId }] of ward.tenants.entries()) {
      github.publicUrl = `http://127.0.0.1:${lines[index]?.port}`;
      await fleet.superuser.query('UPDATE integration SET endpoint = $2 WHERE id = $1', [
        integrationId,
        github.publicUrl,
      ]);
    }
    const [worker] = await Promise.all([
      fleet.start('worker', { QUOTA_SHARE: '1' }),
      fleet.start('scheduler', { TICK_MS: '200' }),
    ]);
    await ward.settleIn();
    await ward.playRounds(times, async () => {
      await ward.beginRound();
      await ward.due();
      await ward.underWay(0.3);
      for (const line of lines) line.swallow();
      await pause(swallowedForMs);
      for (const line of lines) line.heal();
      const healedAt = Date.now();
      const before = ward.calls();
      await ward.until('a call has come through', () => ward.calls() > before, { ms: freeWithinMs, everyMs: 10 });
      longestMs = Math.max(longestMs, Date.now() - healedAt);
      await ward.endRound({ trace: askedAgain });
      await isIdle(worker);
      await playRound(ward);
    });
    // No recovery of ours: a provider's silence is waited for as long as any answer.
    const seconds = (longestMs / 1_000).toFixed(1);
    ward.tally.notes.push(`${seconds} s from healing to the next call; one that hangs is given up after 30 s`);
    return ward.tally;
  } finally {
    await ward.close();
    for (const line of lines) await line.close();
  }
}

async function playRound(ward: Ward): Promise<void> {
  await ward.beginRound();
  await ward.due();
  await ward.endRound();
}

/** Its slots are free again. */
async function isIdle(worker: FleetProcess): Promise<void> {
  await until(
    `${worker.name} has freed its slots`,
    async () => {
      const page = await (await fetch(`${worker.healthUrl}/metrics`)).text();
      return [...page.matchAll(/^fleet_jobs_active\{.*\} (\d+)/gm)].every(([, active]) => active === '0');
    },
    { ms: freeWithinMs, everyMs: 200 },
  );
}

export const halfOpens: Scenario[] = [halfOpen('Postgres'), halfOpen('Redis'), halfOpen('the provider')];
