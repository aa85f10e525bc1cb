import type { Metrics } from '@evidence-fleet/service';
import { concernNames } from './concern-names.ts';

export type SchedulerMetrics = ReturnType<typeof createSchedulerMetrics>;

/** What a scheduler tells Prometheus. */
export function createSchedulerMetrics(metrics: Metrics) {
  const made = {
    rung: metrics.counter({
      name: 'fleet_scheduler_doorbells_total',
      help: 'Jobs put into Redis.',
      labelNames: ['queue'],
    }),
    fed: metrics.counter({ name: 'fleet_scheduler_runs_fed_total', help: 'Runs made for due integrations.' }),
    coalesced: metrics.counter({
      name: 'fleet_scheduler_runs_coalesced_total',
      help: 'Due dates for which an unfinished run stood already.',
    }),
    rungAgain: metrics.counter({
      name: 'fleet_scheduler_runs_rung_again_total',
      help: 'Runs rung again: their time had come, or Redis had forgotten them.',
      labelNames: ['reason'],
    }),
    reaped: metrics.counter({
      name: 'fleet_scheduler_runs_reaped_total',
      help: 'Runs taken back from a worker whose lease was over.',
    }),
    due: metrics.gauge({
      name: 'fleet_scheduler_due_integrations',
      help: 'Integrations that were due at the last look; 5001 means more than 5000.',
    }),
    forgetting: metrics.gauge({
      name: 'fleet_scheduler_forgetting_integrations',
      help: 'Integrations whose source is about to forget what was not read, or has; 5001 means more than 5000.',
    }),
    retentionTold: metrics.counter({
      name: 'fleet_scheduler_retention_notifications_total',
      help: 'Notifications that a source is about to forget, or has forgotten.',
    }),
    credentialsTold: metrics.counter({
      name: 'fleet_scheduler_credential_notifications_total',
      help: 'Notifications that a credential is old, or about to end.',
    }),
    ticks: metrics.histogram({
      name: 'fleet_scheduler_tick_duration_seconds',
      help: 'One look by one concern.',
      labelNames: ['concern'],
      buckets: [0.005, 0.02, 0.05, 0.1, 0.5, 1, 5, 30],
    }),
    failures: metrics.counter({
      name: 'fleet_scheduler_failures_total',
      help: 'Looks that failed, by concern.',
      labelNames: ['concern'],
    }),
  };
  // A series that begins with its first failure shows no increase.
  for (const concern of concernNames) made.failures.inc({ concern }, 0);
  return made;
}
