import { until } from '@evidence-fleet/testbed';
import { type Bench, type BenchOptions, type BenchResult, median } from './bench.ts';
import { openSyncStand, type SyncStand } from './syncs/sync-stand.ts';

const callsEach = 5;
const delayMs = 50;
const items = 10;

/** Whether more workers do more: real workers of ten slots, whose syncs wait for five answers of 50 ms, one after the other. */
export const scaleOut: Bench = { name: 'scale-out', run };

async function run({ isQuick, say }: BenchOptions): Promise<BenchResult> {
  const workerCounts = isQuick ? [1, 2] : [1, 2, 4];
  const syncsEach = isQuick ? 10 : 80;
  const accounts = syncsEach * Math.max(...workerCounts);
  const stand = await openSyncStand({ accounts, type: 'github.repository', delayMs });
  const rates = new Map<number, number[]>(workerCounts.map((count) => [count, []]));
  try {
    if (!isQuick) {
      await stand.askForSyncs(accounts);
      await play(stand, Math.max(...workerCounts), accounts); // first syncs, unmeasured
    }
    for (let turn = 0; turn < (isQuick ? 1 : 3); turn += 1) {
      for (const workers of workerCounts) {
        await stand.askForSyncs(workers * syncsEach);
        const rate = await play(stand, workers, workers * syncsEach);
        rates.get(workers)?.push(rate);
        say(`turn ${turn + 1}: ${workers} worker(s), ${rate.toFixed(1)} syncs/s`);
      }
    }
  } finally {
    await stand.close();
  }
  const alone = rates.get(1) ?? [];
  return {
    figures: [
      { what: 'syncs/s, 1 worker', samples: alone },
      ...workerCounts.slice(1).map((workers) => ({
        what: `syncs/s, ${workers} workers`,
        samples: rates.get(workers) ?? [],
        yardstick: { what: `${workers} × 1 worker`, samples: alone.map((rate) => workers * rate) },
        reach: { is: 'at least', value: 0.95, ofYardstick: true } as const,
      })),
    ],
    notes: [
      `${callsEach} calls of ${delayMs} ms a sync, ${items} items, unchanged; without any other cost one worker would do ${(10_000 / (callsEach * delayMs)).toFixed(0)} syncs/s, and does ${median(alone).toFixed(1)}. Workers, provider, PostgreSQL and Redis share two cores.`,
    ],
  };
}

/** @returns syncs a second while all workers were warm and none had run dry */
async function play(stand: SyncStand, workers: number, syncs: number): Promise<number> {
  const processes = await Promise.all(Array.from({ length: workers }, () => stand.fleet.start('worker')));
  try {
    await until('every sync has ended', async () => (await endTimes(stand)).length === syncs, {
      ms: 120_000,
      everyMs: 250,
    });
  } finally {
    await Promise.all(processes.map((one) => one.close()));
  }
  await stand.haveEnded({ runs: syncs, items: items * syncs, calls: callsEach * syncs });
  return paceOf(await endTimes(stand));
}

async function endTimes({ fleet }: SyncStand): Promise<number[]> {
  const { rows } = await fleet.superuser.query<{ at: Date }>(
    `SELECT finished_at AS at FROM sync_run WHERE requested_at = (SELECT max(requested_at) FROM sync_run) AND finished_at IS NOT NULL
     ORDER BY finished_at`,
  );
  return rows.map(({ at }) => at.getTime());
}

/** Between the third and the last tenth. */
function paceOf(ends: readonly number[]): number {
  const [from, to] = [Math.floor(ends.length * 0.3), Math.floor(ends.length * 0.9)];
  return ((to - from) / ((ends[to] ?? 0) - (ends[from] ?? 0))) * 1_000;
}
