import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { startPostgres, startRedis } from '@evidence-fleet/testbed';
import { preparePlaces } from './fleet.ts';
import type { LaneOptions, LaneResult } from './lane.ts';

const threads = 2;
const lanesPerThread = 3;

/** Plays so many histories on two threads; each lane has a seed of its own, made of the one given. */
export async function playLanes(seed: number, histories: number, shrinks: boolean): Promise<LaneResult[]> {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  try {
    const count = threads * lanesPerThread;
    const places = await preparePlaces(postgres, redis, count);
    const lanes = places.map((place, index) => ({
      place,
      seed: seed + index,
      shrinks,
      histories: Math.ceil((histories - index) / count),
    }));
    const shares = Array.from({ length: threads }, (_, thread) =>
      lanes.filter((_, index) => index % threads === thread),
    );
    return (await Promise.all(shares.map(playThread))).flat();
  } finally {
    await Promise.all([postgres.close(), redis.close()]);
  }
}

async function playThread(lanes: readonly LaneOptions[]): Promise<LaneResult[]> {
  const worker = new Worker(new URL('lane-thread.ts', import.meta.url), { workerData: lanes });
  const [results] = await once(worker, 'message');
  await worker.terminate();
  return results as LaneResult[]; // posted by lane-thread.ts
}
