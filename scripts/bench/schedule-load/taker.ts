import { Redis } from 'ioredis';
import type pg from 'pg';

/** Takes whatever stands in line and ends its runs, at as little cost to the machine as can be. A job is gone once its run has ended. */
export interface Taker {
  /** Jobs taken since it began. */
  readonly taken: number;
  /** Resolves when so many have been taken; rejects with what went wrong. @returns when that was, as `performance.now()` has it */
  until(count: number): Promise<number>;
  /** Takes what still stands, and stops. */
  close(): Promise<void>;
}

const atOnce = 500;
const keyOf = (id: string) => `{sync}:sync:${id}`;
const line = keyOf('prioritized');
const idleMs = 1;

/**
 * Reads jobs off BullMQ's line and ends their runs in one statement. It throws when a job is nobody's: one whose run has ended, or was never
 * made.
 */
export function startTaker(redisUrl: string, superuser: pg.Client): Taker {
  const redis = new Redis(redisUrl);
  let taken = 0;
  let isClosing = false;
  const waiting: { count: number; resolve: (at: number) => void }[] = [];
  const work = async () => {
    for (;;) {
      const ids = await redis.zrange(line, 0, String(atOnce - 1));
      const jobs = await read(redis, ids);
      if (jobs.length === 0) {
        if (isClosing) return;
        await new Promise((resolve) => setTimeout(resolve, idleMs));
        continue;
      }
      await endRuns(superuser, jobs);
      await redis
        .pipeline()
        .zrem(line, ...ids)
        .unlink(...ids.map(keyOf))
        .exec();
      taken += jobs.length;
      const now = performance.now();
      for (const { count, resolve } of waiting) if (taken >= count) resolve(now);
    }
  };
  const ended = work();
  ended.catch(() => {}); // whoever waits hears of it
  return {
    get taken() {
      return taken;
    },
    async until(count) {
      const { promise, resolve } = Promise.withResolvers<number>();
      waiting.push({ count, resolve });
      const over = ended.then(() => {
        throw new Error(`${taken} jobs were taken instead of ${count}.`);
      });
      return Promise.race([promise, over]);
    },
    async close() {
      isClosing = true;
      try {
        await ended;
      } finally {
        redis.disconnect();
      }
    },
  };
}

interface Job {
  readonly organizationId: string;
  readonly runId: string;
}

async function read(redis: Redis, ids: readonly string[]): Promise<Job[]> {
  const reading = redis.pipeline();
  for (const id of ids) reading.hget(keyOf(id), 'data');
  return ((await reading.exec()) ?? []).map(([error, data]) => {
    if (error !== null) throw error;
    return JSON.parse(String(data));
  });
}

/** The state is compared as text: the planner, who knows of no unfinished run yet, would read them all instead of looking each up by its key. */
async function endRuns(superuser: pg.Client, jobs: readonly Job[]): Promise<void> {
  const { rowCount } = await superuser.query({
    name: 'end',
    text: `UPDATE sync_run SET state = 'succeeded', finished_at = now(), rung_at = NULL
      FROM unnest($1::uuid[], $2::uuid[]) AS taken (organization_id, id)
      WHERE sync_run.organization_id = taken.organization_id AND sync_run.id = taken.id AND state::text = 'queued'`,
    values: [jobs.map((job) => job.organizationId), jobs.map((job) => job.runId)],
  });
  if (rowCount !== jobs.length) throw new Error(`${jobs.length} jobs were rung for ${rowCount} runs that waited.`);
}
