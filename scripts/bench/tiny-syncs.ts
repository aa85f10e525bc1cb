import { Queue } from 'bullmq';
import { type Bench, type BenchOptions, type BenchResult, median } from './bench.ts';
import type { Paced } from './syncs/pace.ts';
import { playProgram } from './syncs/play-program.ts';
import { openSyncStand, type SyncStand } from './syncs/sync-stand.ts';
import type { LeastJob } from './syncs/tiny-task.ts';

const items = 10;
const slots = 10;

/** What a sync costs that hardly reads anything: ten resources by one call, as they were the last time. */
export const tinySyncs: Bench = { name: 'tiny-syncs', run };

async function run({ isQuick, say }: BenchOptions): Promise<BenchResult> {
  const syncs = isQuick ? 20 : 500;
  const stand = await openSyncStand({ accounts: syncs, type: 'github.org_member', delayMs: 0 });
  try {
    await createLeastTable(stand);
    const first = await playWorker(stand, syncs);
    say(`first syncs: ${Math.round(first.perSecond)}/s`);
    const ours: Paced[] = [];
    const least: Paced[] = [];
    for (let turn = 0; turn < (isQuick ? 1 : 3); turn += 1) {
      least.push(await playLeast(stand, syncs));
      ours.push(await playWorker(stand, syncs));
      say(`turn ${turn + 1}: ${rate(ours)} syncs/s, the least program ${rate(least)}/s`);
    }
    const rates = (paced: readonly Paced[]) => paced.map(({ perSecond }) => perSecond);
    const cpuMs = (paced: readonly Paced[]) => median(paced.map((one) => one.cpuMs)).toFixed(2);
    return {
      figures: [
        {
          what: 'whole syncs/s of 10 items',
          samples: rates(ours),
          yardstick: { what: 'the least program', samples: rates(least) },
          reach: { is: 'at least', value: 0.5, ofYardstick: true },
          aim: { is: 'at least', value: 0.8, ofYardstick: true },
        },
      ],
      notes: [
        `${syncs.toLocaleString('en')} organizations, ${slots} slots, one provider call a sync, nothing changed since the last; ${cpuMs(ours)} ms of the worker's CPU a sync, ${cpuMs(least)} of the least program's (BullMQ, fetch, one prepared upsert). First syncs: ${Math.round(first.perSecond)}/s.`,
      ],
    };
  } finally {
    await stand.close();
  }
}

function rate(paced: readonly Paced[]): number {
  return Math.round(paced.at(-1)?.perSecond ?? 0);
}

async function playWorker(stand: SyncStand, jobs: number): Promise<Paced> {
  await stand.askForSyncs(jobs);
  const { fleet } = stand;
  const task = { databaseUrl: fleet.urls.app, redisUrl: fleet.redis.url, keyring: fleet.keyring, jobs, slots };
  const paced = await playProgram('worker-program', task);
  await stand.haveEnded({ runs: jobs, items: items * jobs, calls: jobs });
  await holds(stand, 'SELECT count(*)::int AS count FROM evidence WHERE valid_to IS NULL', items * jobs);
  await holds(stand, 'SELECT count(*)::int AS count FROM finding WHERE valid_to IS NULL', items * jobs);
  await holds(stand, `SELECT count(*)::int AS count FROM verdict WHERE valid_to IS NULL AND status = 'fail'`, jobs);
  return paced;
}

async function createLeastTable({ fleet }: SyncStand): Promise<void> {
  await fleet.superuser.query('CREATE SCHEMA least');
  await fleet.superuser.query(
    'CREATE TABLE least.member (account int, id bigint, material jsonb, seen_at timestamptz, PRIMARY KEY (account, id))',
  );
}

async function playLeast(stand: SyncStand, jobs: number): Promise<Paced> {
  const { fleet, provider } = stand;
  const queue = new Queue('least', { connection: { host: '127.0.0.1', port: fleet.redis.port } });
  const made = Array.from({ length: jobs }, (_, index): LeastJob => {
    const account = index + 1;
    return { url: `${provider.url}/orgs/organization-${account}/everybody`, token: `token-${account}`, account };
  });
  await queue.addBulk(made.map((data) => ({ name: 'least', data, opts: { removeOnComplete: true } })));
  await queue.close();
  const before = await provider.calls();
  const task = { databaseUrl: fleet.urls.superuser, redisUrl: fleet.redis.url, keyring: '', jobs, slots };
  const paced = await playProgram('least-program', task);
  await holds(stand, 'SELECT count(*)::int AS count FROM least.member', items * jobs);
  const calls = (await provider.calls()) - before;
  if (calls !== jobs) throw new Error(`The least program made ${calls} calls instead of ${jobs}.`);
  return paced;
}

async function holds({ fleet }: SyncStand, query: string, expected: number): Promise<void> {
  const { rows } = await fleet.superuser.query<{ count: number }>(query);
  if (rows[0]?.count !== expected) throw new Error(`${query}: ${rows[0]?.count} instead of ${expected}.`);
}
