import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { prefixOf, type QueueName, queueNames } from './catalogue.ts';
import type { QueueLog } from './connection.ts';

/** Every queue of the catalogue over one connection. */
export function openQueues(redis: Redis, prefix: string | undefined, log: QueueLog): Record<QueueName, Queue> {
  const open = (name: QueueName): Queue => {
    const queue = new Queue(name, {
      connection: redis,
      prefix: prefixOf(name, prefix),
      // The check is one command that must not fail, once and for ever, while Redis restarts.
      skipVersionCheck: true,
      streams: { events: { maxLen: 1_000 } },
    });
    queue.on('error', (err) => {
      if (redis.status === 'ready') log.warn({ queue: name, err }, 'queue.failed');
    });
    return queue;
  };
  return Object.fromEntries(queueNames.map((name) => [name, open(name)])) as Record<QueueName, Queue>; // one each
}
