import { type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import { type Payload, PayloadError, parsePayload, prefixOf, type QueueName } from './catalogue.ts';
import { connectPatiently, type QueueLog } from './connection.ts';
import { within } from './within.ts';

export interface ConsumerOptions<Q extends QueueName> {
  /** Address of Redis: redis:// or rediss://. */
  readonly redis: string;
  readonly prefix?: string;
  readonly queue: Q;
  /** The name of this worker, by which `QueueReader` finds it; without white space. */
  readonly worker?: string;
  /** Jobs at once. */
  readonly slots: number;
  /**
   * Does what the job asks for. What it throws is logged and the job is gone: an outcome worth keeping is written to Postgres.
   * @param signal aborts with the reason `shutdown` when the consumer is closed and the grace is over
   */
  handle(payload: Payload<Q>, signal: AbortSignal): Promise<void>;
  /** Asked before each job; where it says no, the job goes back to its place, for another worker. */
  readonly isReady?: () => Promise<boolean>;
  readonly log: QueueLog;
}

/** Who wants no more jobs taken: an outage, or a person. */
type PauseReason = 'outage' | 'operator';

/** Takes jobs from one queue and runs them. An outage of Redis heals by itself; running jobs go on through it. */
export interface Consumer {
  readonly queue: QueueName;
  /** Jobs running now. */
  readonly active: number;
  /** Takes no more jobs; those that run go on. Several may have a reason of their own, and it takes jobs when the last is gone. */
  pause(reason: PauseReason): Promise<void>;
  /** Takes this reason away; the consumer takes jobs again unless another stands, or it is being closed. */
  resume(reason: PauseReason): void;
  /** Jobs at once from now on, at least 1. Where they are fewer, those that run go on until their end. */
  setSlots(slots: number): void;
  /** Takes no more jobs, waits for the running ones, cancels them after `graceMs`, and gives up on them 10 s later. Never throws. */
  close(options: { graceMs: number }): Promise<void>;
}

/**
 * Wide: whether a run's worker died is told by its lease in Postgres, and a job that BullMQ hands out a second time finds the run
 * claimed. It matters to health checks only, and after Redis was away.
 */
export const lockDurationMs = 60_000;
const stalledIntervalMs = 30_000;
/** BullMQ's own crash counter, which would fail a job for good, is put out of the way. */
const maxStalledCount = 1_000_000;

const cancelledWithinMs = 10_000;
const closedWithinMs = 5_000;

/** Connects in the background and begins at once. */
export function createConsumer<Q extends QueueName>(options: ConsumerOptions<Q>): Consumer {
  const { redis: url, prefix, queue, slots, log } = options;
  const redis = connectPatiently({ url, name: `consumer-${queue}`, log });
  const running = new Set<Promise<void>>();
  const reasons = new Set<PauseReason | 'closing'>();
  const worker = new Worker<unknown>(
    queue,
    // BullMQ hands over a signal only to a processor that declares three parameters.
    async (job, token, signal) => {
      if (reasons.size > 0 || !(await (options.isReady?.() ?? true))) return giveBack(job, token);
      const work = run(options, job, signal ?? new AbortController().signal);
      running.add(work);
      await work.finally(() => running.delete(work));
    },
    {
      connection: redis,
      prefix: prefixOf(queue, prefix),
      ...(options.worker !== undefined && { name: options.worker }),
      concurrency: slots,
      lockDuration: lockDurationMs,
      stalledInterval: stalledIntervalMs,
      maxStalledCount,
      drainDelay: 2,
      runRetryDelay: 1_000,
      skipVersionCheck: true,
      // For jobs that were not put there by our producer.
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    },
  );
  worker.on(
    'error',
    logSometimes(queue, log, () => redis.status === 'ready'),
  );
  const pause = async (reason: PauseReason | 'closing') => {
    reasons.add(reason);
    await worker.pause(true);
  };
  return {
    queue,
    get active() {
      return running.size;
    },
    pause,
    resume(reason) {
      if (reasons.delete(reason) && reasons.size === 0) void worker.resume();
    },
    setSlots(next) {
      const isMore = next > worker.concurrency;
      worker.concurrency = next;
      // BullMQ waits for the end of a job to look at its slots again; resuming wakes it up.
      if (isMore && reasons.size === 0)
        void worker.pause(true).then(() => {
          if (reasons.size === 0) void worker.resume();
        });
    },
    async close({ graceMs }) {
      await pause('closing');
      if (!(await settles(running, graceMs))) {
        log.info({ queue, active: running.size }, 'consumer.cancelling');
        worker.cancelAllJobs('shutdown');
        await settles(running, cancelledWithinMs);
      }
      // BullMQ would wait for ever for a job that does not end, and for a Redis that is away.
      const force = running.size > 0 || redis.status !== 'ready';
      if (force) log.warn({ queue, active: running.size }, 'consumer.abandoned');
      try {
        await within(closedWithinMs, `Closing the consumer of ${queue}`, worker.close(force));
      } catch (err) {
        log.warn({ queue, err }, 'consumer.close_failed');
        await worker.getBackend().close(true);
      }
      redis.disconnect();
    },
  };
}

async function run<Q extends QueueName>(
  { queue, handle, log }: ConsumerOptions<Q>,
  job: Job<unknown>,
  signal: AbortSignal,
): Promise<void> {
  try {
    await handle(parsePayload(queue, job.data), signal);
  } catch (err) {
    if (err instanceof PayloadError) log.error({ queue, jobId: job.id, err }, 'job.rejected');
    else log.error({ queue, jobId: job.id, err }, 'job.failed');
    // Redis keeps a failure's text in clear: it gets a constant one.
    throw new UnrecoverableError('failed: see the log');
  }
}

/** A job that is not to be done here goes back to its place, for another worker. */
async function giveBack(job: Job<unknown>, token: string | undefined): Promise<never> {
  await job.moveToWait(token);
  throw new WaitingError();
}

async function settles(running: Set<Promise<void>>, ms: number): Promise<boolean> {
  const { promise: graceOver, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, ms, false);
  const isDone = await Promise.race([Promise.allSettled(running).then(() => true), graceOver]);
  clearTimeout(timer);
  return isDone;
}

const quietMs = 60_000;

/** BullMQ repeats an error in every turn of its loop: the same one is logged once a minute, and an outage by the connection alone. */
function logSometimes(queue: QueueName, log: QueueLog, isReachable: () => boolean): (err: Error) => void {
  const loggedAt = new Map<string, number>();
  return (err) => {
    const now = Date.now();
    for (const [message, at] of loggedAt) if (now - at > quietMs) loggedAt.delete(message);
    if (!isReachable() || loggedAt.has(err.message)) return;
    loggedAt.set(err.message, now);
    log.warn({ queue, err }, 'consumer.failed');
  };
}
