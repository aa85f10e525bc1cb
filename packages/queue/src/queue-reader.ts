import type { Queue } from 'bullmq';
import { askerOf } from './ask-redis.ts';
import { type QueueName, queueNames } from './catalogue.ts';
import { connectFailingFast, type QueueLog } from './connection.ts';
import { openQueues } from './open-queues.ts';

/** One queue at a moment, of all organizations. */
export interface QueueState {
  readonly name: QueueName;
  /** Jobs that no worker has. */
  readonly waiting: number;
  /** Jobs in a worker's hands. */
  readonly active: number;
  readonly delayed: number;
  /** The names of the workers that are connected to it; null: Redis does not tell this user, who may not CLIENT LIST. */
  readonly workers: readonly string[] | null;
}

/** Looks at the queues, and changes nothing. */
export interface QueueReader {
  /** A few commands a queue, whatever stands in it. @throws QueueUnavailableError within seconds */
  read(): Promise<QueueState[]>;
  close(): Promise<void>;
}

export interface QueueReaderOptions {
  /** Address of Redis: redis:// or rediss://. */
  readonly redis: string;
  readonly prefix?: string;
  readonly log: QueueLog;
}

/** Connects in the background. */
export function createQueueReader({ redis: url, prefix, log }: QueueReaderOptions): QueueReader {
  const redis = connectFailingFast({ url, name: 'queue-reader', log });
  const queues = openQueues(redis, prefix, log);
  const ask = askerOf(redis);
  return {
    read: () => ask(() => Promise.all(queueNames.map((name) => stateOf(name, queues[name])))),
    async close() {
      await Promise.all(queueNames.map((name) => queues[name].close()));
      redis.disconnect();
    },
  };
}

async function stateOf(name: QueueName, queue: Queue): Promise<QueueState> {
  const counts = await queue.getJobCounts('wait', 'prioritized', 'active', 'delayed');
  return {
    name,
    waiting: (counts.wait ?? 0) + (counts.prioritized ?? 0),
    active: counts.active ?? 0,
    delayed: counts.delayed ?? 0,
    workers: await workersOf(queue),
  };
}

/** A consumer's blocking connection bears the worker's name: https://docs.bullmq.io/guide/workers */
async function workersOf(queue: Queue): Promise<string[] | null> {
  try {
    const clients = await queue.getWorkers();
    const names = clients.map(({ rawname = '' }) => /:w:(.+)$/.exec(rawname)?.[1]);
    return [...new Set(names.filter((one) => one !== undefined))].sort();
  } catch (error) {
    if (error instanceof Error && /NOPERM|unknown command/i.test(error.message)) return null;
    throw error;
  }
}
