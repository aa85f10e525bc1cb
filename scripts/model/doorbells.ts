import type { Redis } from 'ioredis';

/** A job as it stands in Redis. */
export interface Doorbell {
  readonly queue: 'sync' | 'sync-now';
  readonly id: string;
  readonly data: string | null;
}

const queues = ['sync', 'sync-now'] as const;
const key = (queue: string, name: string) => `{${queue}}:${queue}:${name}`;

/** Every job that stands, the queue on demand last, in the order in which workers would take them. */
export async function readDoorbells(redis: Redis): Promise<Doorbell[]> {
  const lists = await Promise.all(
    queues.map(async (queue) => {
      const [waiting, ranked] = await Promise.all([
        redis.lrange(key(queue, 'wait'), 0, -1),
        redis.zrange(key(queue, 'prioritized'), '0', '-1'),
      ]);
      return [...waiting, ...ranked].map((id) => ({ queue, id }));
    }),
  );
  return Promise.all(
    lists.flat().map(async ({ queue, id }) => ({ queue, id, data: await redis.hget(key(queue, id), 'data') })),
  );
}

/** Takes a job out of its queue, as a worker does: one of several that reach for it gets it. */
export async function take(redis: Redis, { queue, id }: Doorbell): Promise<boolean> {
  const taken = await Promise.all([redis.zrem(key(queue, 'prioritized'), id), redis.lrem(key(queue, 'wait'), 0, id)]);
  if (taken.every((count) => count === 0)) return false;
  await redis.del(key(queue, id));
  return true;
}
