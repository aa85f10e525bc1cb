import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { QueueName } from './catalogue.ts';

/** What stands in one queue, of all organizations. */
export interface QueueDepth {
  readonly queue: QueueName;
  /** Jobs that no worker has, also while the queue is paused. */
  readonly waiting: number;
  /** Jobs in a worker's hands. */
  readonly active: number;
  /** When the job that arrived first among those without a rank was put there; null: none waits. Of ranked jobs (syncs) Postgres knows. */
  readonly oldestAt: Date | null;
}

/** Everything of one queue in one command: every scheduler asks when its metrics are read. Keys of one queue stand on one node, its jobs' too. */
const script = `
local oldest = redis.call('LINDEX', KEYS[1], -1)
return {
  redis.call('LLEN', KEYS[1]) + redis.call('LLEN', KEYS[2]) + redis.call('ZCARD', KEYS[3]),
  redis.call('LLEN', KEYS[4]),
  oldest and redis.call('HGET', ARGV[1] .. oldest, 'timestamp')
}`;

/** A few lookups, whatever stands in the queue. */
export async function readDepth(redis: Redis, name: QueueName, queue: Queue): Promise<QueueDepth> {
  const keys = ['wait', 'paused', 'prioritized', 'active'].map((part) => queue.toKey(part));
  const [waiting, active, addedAt] = (await redis.eval(script, keys.length, ...keys, queue.toKey(''))) as [
    number,
    number,
    string | null,
  ]; // as the script returns it
  return { queue: name, waiting, active, oldestAt: addedAt === null ? null : new Date(Number(addedAt)) };
}
