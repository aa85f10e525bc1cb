import type { Queue } from 'bullmq';
import { askerOf } from './ask-redis.ts';
import { type Payload, parsePayload, type QueueName, queueNames } from './catalogue.ts';
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

/** A worker that is connected to queues. */
export interface ConnectedWorker {
  readonly name: string;
  readonly queues: readonly QueueName[];
  /** Of its oldest connection: after an outage of Redis it begins anew. */
  readonly connectedForMs: number;
}

/** A job in a worker's hands. */
export interface TakenJob {
  readonly queue: QueueName;
  /** Null: a worker without a name. */
  readonly worker: string | null;
  /** By the worker's clock. */
  readonly since: Date;
  /** The ids that it carries. */
  readonly payload: Payload<QueueName>;
}

/** Looks at the queues, and changes nothing. */
export interface QueueReader {
  /** A few commands a queue, whatever stands in it. @throws QueueUnavailableError within seconds */
  read(): Promise<QueueState[]>;
  /** By name; null: Redis does not tell this user, who may not CLIENT LIST. @throws QueueUnavailableError within seconds */
  workers(): Promise<ConnectedWorker[] | null>;
  /** Those that were taken first. @throws QueueUnavailableError within seconds */
  taken(queue: QueueName, limit: number): Promise<TakenJob[]>;
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
    workers: () => ask(async () => connectedTo(await Promise.all(queueNames.map((name) => clientsOf(queues[name]))))),
    taken: (queue, limit) => ask(() => takenFrom(queue, queues[queue], limit)),
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

interface Client {
  readonly worker: string;
  readonly ageMs: number;
}

async function workersOf(queue: Queue): Promise<string[] | null> {
  const clients = await clientsOf(queue);
  return clients && [...new Set(clients.map(({ worker }) => worker))].sort();
}

/** A consumer's blocking connection bears the worker's name: https://docs.bullmq.io/guide/workers */
async function clientsOf(queue: Queue): Promise<Client[] | null> {
  try {
    const clients = await queue.getWorkers();
    return clients.flatMap(({ rawname = '', age = '0' }) => {
      const worker = /:w:(.+)$/.exec(rawname)?.[1];
      return worker === undefined ? [] : [{ worker, ageMs: Number(age) * 1_000 }];
    });
  } catch (error) {
    if (error instanceof Error && /NOPERM|unknown command/i.test(error.message)) return null;
    throw error;
  }
}

/** @param clients of each queue, in the order of `queueNames` */
function connectedTo(clients: readonly (readonly Client[] | null)[]): ConnectedWorker[] | null {
  const found = new Map<string, { name: string; queues: QueueName[]; connectedForMs: number }>();
  for (const [index, queue] of queueNames.entries()) {
    const ofQueue = clients[index];
    if (ofQueue === null || ofQueue === undefined) return null;
    for (const { worker, ageMs } of ofQueue) {
      const one = found.get(worker) ?? { name: worker, queues: [], connectedForMs: 0 };
      if (!one.queues.includes(queue)) one.queues.push(queue);
      found.set(worker, { ...one, connectedForMs: Math.max(one.connectedForMs, ageMs) });
    }
  }
  return [...found.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

async function takenFrom(name: QueueName, queue: Queue, limit: number): Promise<TakenJob[]> {
  const jobs = await queue.getJobs('active', 0, limit - 1, true);
  return jobs.map((job) => ({
    queue: name,
    worker: job.processedBy ?? null,
    since: new Date(job.processedOn ?? job.timestamp),
    payload: parsePayload(name, job.data),
  }));
}
