import {
  type Database,
  dueChannels,
  dueHealth,
  type Fed,
  feed,
  reapRuns,
  ringForgotten,
  type ScheduledRing,
  standingRuns,
  warnBeforeForgetting,
  warnOfCredentials,
} from '@evidence-fleet/db';
import { type Producer, syncJobId } from '@evidence-fleet/queue';
import { type Logger, silentTracer, type Tracer } from '@evidence-fleet/service';
import type { ConcernName } from './concern-names.ts';
import type { SchedulerMetrics } from './metrics.ts';
import { createRunTraces } from './run-traces.ts';

export interface SchedulerOptions {
  /** Scheduled jobs at most that stand in Redis, unclaimed. */
  readonly window: number;
  readonly healthIntervalMinutes: number;
  /** After so long without a claim, Redis is asked whether the job still stands. Milliseconds. */
  readonly forgottenAfterMs: number;
}

export interface SchedulerTools {
  /** As fleet_scheduler. */
  readonly database: Database;
  readonly producer: Producer;
  readonly log: Logger;
  readonly metrics: SchedulerMetrics;
  /** Silent without it. */
  readonly tracer?: Tracer;
  readonly options: SchedulerOptions;
}

/**
 * One look at one thing the scheduler cares for; what it finds is dealt with before it returns.
 * @param signal ends it early
 * @returns whether it did as much as it had room for, so that there may be more by now
 */
export type Concern = (signal?: AbortSignal) => Promise<boolean>;

/** Health checks at most that stand in Redis: workers that fall behind are not buried. */
const healthWindow = 1_000;
/** The same of channels that have notifications to send. */
const channelWindow = 200;

/** The scheduler's concerns. Each stands alone: any of them may fail or wait without holding up the others. */
export function createConcerns(tools: SchedulerTools) {
  return {
    reap: unhurried(() => reap(tools)),
    feed: createFeeder(tools),
    remember: unhurried(() => remember(tools)),
    health: unhurried(() => ringHealth(tools)),
    retention: unhurried(() => warn(tools)),
    credentials: unhurried(() => warnOfDates(tools)),
    channels: unhurried(() => ringChannels(tools)),
  } as const satisfies Record<Exclude<ConcernName, 'backlog'>, Concern>;
}

/** Concerns that need not look at every tick, and how many milliseconds lie between two looks. */
export const slowConcerns: { readonly [name: string]: number } = {
  retention: 60_000,
  credentials: 60_000,
  channels: 1_000,
};

function unhurried(look: () => Promise<void>): Concern {
  return async () => {
    await look();
    return false;
  };
}

/** What is due becomes runs, and what waits is rung when its time has come: each step's doorbells while the next step's runs are made. */
function createFeeder(tools: SchedulerTools): Concern {
  const { database, options, tracer = silentTracer } = tools;
  let last: string | undefined;
  return async (signal) => {
    let fed: Fed;
    let ringing = Promise.resolve();
    let wasFull = false;
    do {
      const traces = createRunTraces(tracer);
      const since = last === undefined ? {} : { last };
      fed = await feed(database, { window: options.window, beginTrace: traces.begin, ...since });
      await ringing;
      last = fed.last;
      tell(tools, fed);
      const { rings } = fed;
      ringing = ring(tools, rings).then(() => traces.rung(rings));
      ringing.catch(() => {}); // heard of above or below, after the next step
      wasFull ||= fed.hasMore;
    } while (fed.hasMore && !signal?.aborted);
    await ringing;
    return wasFull;
  };
}

function tell({ log, metrics }: SchedulerTools, fed: Fed): void {
  metrics.due.set(fed.due);
  metrics.fed.inc(fed.created);
  metrics.coalesced.inc(fed.coalesced);
  metrics.rungAgain.inc({ reason: 'waiting' }, fed.rungAgain);
  for (const integrationId of fed.unschedulable) log.error({ integrationId }, 'scheduler.schedule_invalid');
  if (fed.rings.length > 0)
    log.debug({ created: fed.created, rungAgain: fed.rungAgain, due: fed.due }, 'scheduler.fed');
}

/** A worker that died is noticed by its lease; the feeder rings its runs again. */
async function reap({ database, log, metrics }: SchedulerTools): Promise<void> {
  for (const { organizationId, runId, crashCount } of await reapRuns(database)) {
    metrics.reaped.inc();
    log.warn({ organizationId, runId, crashCount }, 'scheduler.run_reaped');
  }
}

/** Redis may forget what it was told: a job that no longer stands, though nobody claimed its run, is rung again. */
async function remember(tools: SchedulerTools): Promise<void> {
  const { database, producer, log, metrics, options } = tools;
  const rung = await standingRuns(database, options.forgottenAfterMs);
  const forgotten: ScheduledRing[] = [];
  for (const queue of ['sync', 'sync-now'] as const) {
    const own = rung.filter((one) => one.queue === queue);
    const stands = await producer.standing(queue, own.map(syncJobId));
    forgotten.push(...own.filter((_, index) => stands[index] === false));
  }
  const rings = await ringForgotten(database, forgotten);
  if (rings.length === 0) return;
  metrics.rungAgain.inc({ reason: 'forgotten' }, rings.length);
  log.info({ runs: rings.length }, 'scheduler.forgotten_rung');
  await ring(tools, rings);
}

async function ringHealth({ database, producer, metrics, options }: SchedulerTools): Promise<void> {
  // Asked first: a Redis that is away must not cost every integration a check.
  const room = healthWindow - (await producer.depth('health'));
  if (room <= 0) return;
  const due = await dueHealth(database, { limit: room, intervalMinutes: options.healthIntervalMinutes });
  await producer.ringHealth(due);
  metrics.rung.inc({ queue: 'health' }, due.length);
}

async function warnOfDates({ database, log, metrics }: SchedulerTools): Promise<void> {
  const told = await warnOfCredentials(database);
  if (told === 0) return;
  metrics.credentialsTold.inc(told);
  log.info({ notifications: told }, 'scheduler.credentials_told');
}

async function ringChannels({ database, producer, metrics }: SchedulerTools): Promise<void> {
  const room = channelWindow - (await producer.depth('notify'));
  if (room <= 0) return;
  const due = await dueChannels(database, room);
  await producer.ringChannels(due);
  metrics.rung.inc({ queue: 'notify' }, due.length);
}

/** What a source is about to forget is told while a sync can still read it, and once more when it is too late. */
async function warn({ database, log, metrics }: SchedulerTools): Promise<void> {
  const { told, warned } = await warnBeforeForgetting(database);
  metrics.forgetting.set(warned);
  if (told === 0) return;
  metrics.retentionTold.inc(told);
  log.warn({ integrations: told }, 'scheduler.retention_told');
}

/** A ring that fails is not lost: its run is marked as rung, and `remember` finds it without a job. */
async function ring({ producer, metrics }: SchedulerTools, rings: readonly ScheduledRing[]): Promise<void> {
  if (rings.length === 0) return;
  await producer.ringSync(rings);
  for (const queue of ['sync', 'sync-now'] as const) {
    const rung = rings.filter((one) => one.queue === queue).length;
    if (rung > 0) metrics.rung.inc({ queue }, rung);
  }
}
