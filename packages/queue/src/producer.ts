import type { JobsOptions, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { askerOf } from './ask-redis.ts';
import { type Payload, parsePayload, type QueueName, queueNames, syncJobId } from './catalogue.ts';
import { connectFailingFast, type QueueLog } from './connection.ts';
import { lockDurationMs } from './consumer.ts';
import { openQueues } from './open-queues.ts';
import { type QueueDepth, readDepth } from './queue-depth.ts';
import { repliesOf } from './replies.ts';

/** The doorbell of a run. */
export interface SyncRing {
  readonly organizationId: string;
  readonly runId: string;
  /** How often this run was rung; part of the job's id. */
  readonly ring: number;
  /** The job's place in line, 1 to 2,097,151: smaller is sooner, equal in order of arrival. */
  readonly rank: number;
  readonly queue: 'sync' | 'sync-now';
}

/** Puts jobs into the queues. Every call ends within seconds, with QueueUnavailableError when Redis is away. */
export interface Producer {
  /** A ring whose job stands already is no second one. */
  ringSync(rings: readonly SyncRing[]): Promise<void>;
  /** An integration whose check still stands gets no second one. */
  ringHealth(checks: readonly Payload<'health'>[]): Promise<void>;
  /** A channel whose job still stands gets no second one. */
  ringChannels(channels: readonly Payload<'notify'>[]): Promise<void>;
  /**
   * Whether the jobs with these ids (`syncJobId`) still stand, waiting or in a worker's hands; in the same order. One that has been in a
   * worker's hands for 5 s does not: whoever asks about it knows that its run is not claimed, so the worker was killed before it could,
   * which BullMQ takes more than a minute to notice.
   */
  standing(queue: QueueName, jobIds: readonly string[]): Promise<boolean[]>;
  /** How many jobs wait for a worker. */
  depth(queue: QueueName): Promise<number>;
  /** What stands in every queue. */
  depths(): Promise<QueueDepth[]>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface ProducerOptions {
  /** Address of Redis: redis:// or rediss://. */
  readonly redis: string;
  /** Before every queue's prefix; for several fleets on one Redis. */
  readonly prefix?: string;
  readonly log: QueueLog;
}

/** BullMQ neither tries again nor keeps what ended: attempts, outcomes and history stand in Postgres. */
const jobOptions = { attempts: 1, removeOnComplete: true, removeOnFail: true } as const satisfies JobsOptions;

interface NewJob {
  readonly name: string;
  readonly data: object;
  readonly opts: JobsOptions;
}

/** Connects in the background; the first call waits for it, at most 2 s. */
export function createProducer({ redis: url, prefix, log }: ProducerOptions): Producer {
  const redis = connectFailingFast({ url, name: 'producer', log });
  const queues = openQueues(redis, prefix, log);
  const ask = askerOf(redis);
  const add = async (queue: QueueName, jobs: NewJob[]): Promise<void> => {
    if (jobs.length > 0) await ask(() => queues[queue].addBulk(jobs));
  };
  return {
    async ringSync(rings) {
      const jobsOf = (queue: SyncRing['queue']) => rings.filter((ring) => ring.queue === queue).map(syncJob);
      await Promise.all([add('sync', jobsOf('sync')), add('sync-now', jobsOf('sync-now'))]);
    },
    ringHealth: (checks) => add('health', checks.map(healthJob)),
    ringChannels: (channels) => add('notify', channels.map(channelJob)),
    async standing(queue, jobIds) {
      if (jobIds.length === 0) return [];
      return ask(() => stand(redis, queues[queue], jobIds));
    },
    depth: (queue) => ask(() => queues[queue].getJobCountByTypes('wait', 'prioritized', 'delayed')),
    depths: () => ask(() => Promise.all(queueNames.map((name) => readDepth(redis, name, queues[name])))),
    async ping() {
      await ask(() => redis.ping());
    },
    async close() {
      await Promise.all(queueNames.map((name) => queues[name].close()));
      redis.disconnect();
    },
  };
}

function syncJob({ queue, organizationId, runId, ring, rank }: SyncRing): NewJob {
  const data = parsePayload(queue, { organizationId, runId });
  return { name: queue, data, opts: { ...jobOptions, jobId: syncJobId({ runId, ring }), priority: rank } };
}

function healthJob(check: Payload<'health'>): NewJob {
  const data = parsePayload('health', check);
  return { name: 'health', data, opts: { ...jobOptions, jobId: data.integrationId } };
}

function channelJob(channel: Payload<'notify'>): NewJob {
  const data = parsePayload('notify', channel);
  return { name: 'notify', data, opts: { ...jobOptions, jobId: data.channelId } };
}

/** How long a worker may hold a job before the job counts as lost with it. */
const claimedWithinMs = 5_000;

/** How long a job has been held is told by what is left of its lock, so by the clock of Redis. */
async function stand(redis: Redis, queue: Queue, jobIds: readonly string[]): Promise<boolean[]> {
  const pipeline = redis.pipeline().lrange(queue.toKey('active'), 0, -1);
  for (const jobId of jobIds) pipeline.exists(queue.toKey(jobId)).pttl(`${queue.toKey(jobId)}:lock`);
  const [inHand, ...replies] = await repliesOf(pipeline);
  const held = new Set(inHand as string[]); // the reply to LRANGE
  return jobIds.map((jobId, index) => {
    const [exists, lockLeftMs] = [replies[2 * index], Number(replies[2 * index + 1])];
    return exists === 1 && !(held.has(jobId) && lockLeftMs < lockDurationMs - claimedWithinMs);
  });
}
