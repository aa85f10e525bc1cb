import { type Database, listHeldRuns } from '@evidence-fleet/db';
import type { QueueName, QueueReader, TakenJob } from '@evidence-fleet/queue';

/** A worker and what it does now. */
export interface WorkerAtWork {
  readonly name: string;
  /** Null: not connected to Redis, or Redis does not tell. */
  readonly connectedForMs: number | null;
  readonly queues: readonly QueueName[];
  /** What it has had for longest first. */
  readonly work: readonly Work[];
}

interface Work {
  readonly kind: 'scheduled sync' | 'sync on demand' | 'health check' | 'notifications';
  readonly organizationId: string;
  /** Null where a job does not tell. */
  readonly connector: string | null;
  /** The run of a sync, the integration of a check, the channel of notifications. */
  readonly id: string;
  readonly since: Date;
  /** Its lease is over: the worker is most likely dead, and the run about to be taken back. */
  readonly isLapsed: boolean;
}

interface Held extends Work {
  readonly worker: string;
}

/** Of each kind of work so many at most, those in hand for longest. */
export const workShown = 1_000;

/** Runs as their leases in Postgres say, the rest as its jobs in Redis do; workers by both. @throws QueueUnavailableError */
export async function readWorkers(database: Database, reader: QueueReader): Promise<WorkerAtWork[]> {
  const [runs, checks, channels, connected] = await Promise.all([
    listHeldRuns(database, workShown),
    reader.taken('health', workShown),
    reader.taken('notify', workShown),
    reader.workers(),
  ]);
  const held = [
    ...runs.map(({ trigger, runId, integrationId: _, ...run }): Held => {
      return { ...run, kind: trigger === 'schedule' ? 'scheduled sync' : 'sync on demand', id: runId };
    }),
    ...[...checks, ...channels].map(workOf),
  ];
  const names = new Set([...(connected ?? []).map(({ name }) => name), ...held.map(({ worker }) => worker)]);
  return [...names].sort().map((name) => {
    const seen = connected?.find((one) => one.name === name);
    const own = held.filter(({ worker }) => worker === name).map(({ worker: _, ...work }) => work);
    return {
      name,
      connectedForMs: seen?.connectedForMs ?? null,
      queues: seen?.queues ?? [],
      work: own.sort((one, other) => one.since.getTime() - other.since.getTime()),
    };
  });
}

function workOf({ worker, since, payload }: TakenJob): Held {
  const job = { worker: worker ?? 'unnamed', organizationId: payload.organizationId, connector: null, since };
  if ('integrationId' in payload) return { ...job, kind: 'health check', id: payload.integrationId, isLapsed: false };
  if ('channelId' in payload) return { ...job, kind: 'notifications', id: payload.channelId, isLapsed: false };
  throw new Error('A sync is told by its lease.');
}
