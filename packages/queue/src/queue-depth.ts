import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { QueueName } from './catalogue.ts';
import { repliesOf } from './replies.ts';

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

/** A few commands, whatever stands in the queue. */
export async function readDepth(redis: Redis, name: QueueName, queue: Queue): Promise<QueueDepth> {
  const key = (part: string) => queue.toKey(part);
  const [wait, paused, prioritized, active, oldest] = await repliesOf(
    redis
      .pipeline()
      .llen(key('wait'))
      .llen(key('paused'))
      .zcard(key('prioritized'))
      .llen(key('active'))
      .lindex(key('wait'), -1),
  );
  const addedAt = typeof oldest === 'string' ? await redis.hget(key(oldest), 'timestamp') : null;
  return {
    queue: name,
    waiting: Number(wait) + Number(paused) + Number(prioritized),
    active: Number(active),
    oldestAt: addedAt === null ? null : new Date(Number(addedAt)),
  };
}
