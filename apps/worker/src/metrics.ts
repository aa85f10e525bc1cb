import { type QueueName, queueNames } from '@evidence-fleet/queue';
import type { Metrics } from '@evidence-fleet/service';
import type { Sent } from './notify/notify-channel.ts';
import type { RunEnd } from './run-end.ts';

/** What a worker tells Prometheus: by provider and outcome, never by tenant. */
export interface WorkerMetrics {
  /** Wraps one sync job. */
  sync(queue: string, work: () => Promise<RunEnd>): Promise<void>;
  health(work: () => Promise<void>): Promise<void>;
  /** Wraps one job that sends notifications. */
  notify(work: () => Promise<Sent>): Promise<void>;
}

/** @param slots how many jobs of each queue it takes at once */
export function createWorkerMetrics(metrics: Metrics, slots: Partial<Record<QueueName, number>> = {}): WorkerMetrics {
  const places = metrics.gauge({
    name: 'fleet_slots',
    help: 'Jobs that this worker takes at once.',
    labelNames: ['queue'],
  });
  for (const [queue, count] of Object.entries(slots)) places.set({ queue }, count);
  const active = metrics.gauge({ name: 'fleet_jobs_active', help: 'Jobs that run now.', labelNames: ['queue'] });
  const runs = metrics.histogram({
    name: 'fleet_run_attempt_duration_seconds',
    help: 'From claim to release of one attempt at a run.',
    labelNames: ['connector', 'outcome'],
    buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600],
  });
  const idle = metrics.counter({
    name: 'fleet_doorbells_idle_total',
    help: 'Doorbells for a run that another worker had, or that had ended.',
  });
  const quarantined = metrics.counter({
    name: 'fleet_runs_quarantined_total',
    help: 'Runs that ended their workers and put their integration aside.',
  });
  const failures = metrics.counter({
    name: 'fleet_job_failures_total',
    help: 'Jobs that threw.',
    labelNames: ['queue'],
  });
  // A series that begins with its first failure shows no increase.
  for (const queue of queueNames) {
    active.set({ queue }, 0);
    failures.inc({ queue }, 0);
  }
  const notifications = metrics.counter({
    name: 'fleet_notifications_total',
    help: 'Tries to send a notification.',
    labelNames: ['kind', 'outcome'],
  });

  async function counted<T>(queue: string, work: () => Promise<T>): Promise<T> {
    active.inc({ queue });
    try {
      return await work();
    } catch (error) {
      failures.inc({ queue });
      throw error;
    } finally {
      active.dec({ queue });
    }
  }
  return {
    async sync(queue, work) {
      const started = performance.now();
      const end = await counted(queue, work);
      if (end === null) return idle.inc();
      if (end.release.kind === 'end' && end.release.quarantine) quarantined.inc();
      const outcome = end.release.kind === 'end' ? end.release.state : end.release.as;
      runs.observe({ connector: end.connector, outcome }, (performance.now() - started) / 1_000);
    },
    health: (work) => counted('health', work),
    async notify(work) {
      const { kind, sent, failed } = await counted('notify', work);
      notifications.inc({ kind, outcome: 'delivered' }, sent);
      notifications.inc({ kind, outcome: 'failed' }, failed);
    },
  };
}
