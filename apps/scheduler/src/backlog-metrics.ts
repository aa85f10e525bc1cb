import type { MetricOptions, Metrics } from '@evidence-fleet/service';
import type { FleetBacklog } from './backlog.ts';

/** Whoever asks within one second of a look is told what that saw. */
const heldMs = 1_000;

/**
 * What the whole fleet has before it, and so the same of every scheduler. It is looked for when the metrics are read, so that nothing of it is
 * old, and nothing is spent while nobody asks. What cannot be looked at is not told: a number that stands still is worse than none.
 * @param look null where it failed
 */
export function createBacklogMetrics(metrics: Metrics, look: () => Promise<FleetBacklog | null>): void {
  const held = hold(look);
  const ofQueues = (metric: MetricOptions<never>, told: 'waiting' | 'active' | 'oldest') =>
    metrics.gauge({
      ...metric,
      labelNames: ['queue'],
      async collect(gauge) {
        const backlog = await held();
        gauge.reset();
        for (const of of backlog?.queues ?? []) gauge.set({ queue: of.queue }, of[told]);
      },
    });
  const ofIntegrations = (metric: MetricOptions<never>, told: 'quarantined' | 'openBreakers') =>
    metrics.gauge({
      ...metric,
      async collect(gauge) {
        const backlog = await held();
        if (backlog === null) gauge.remove();
        else gauge.set(backlog[told]);
      },
    });
  ofQueues(
    { name: 'fleet_queue_waiting', help: 'Jobs in Redis that no worker has. Of several schedulers take the maximum.' },
    'waiting',
  );
  ofQueues(
    { name: 'fleet_queue_active', help: 'Jobs in Redis that a worker has. Of several schedulers take the maximum.' },
    'active',
  );
  ofQueues(
    {
      name: 'fleet_queue_oldest_waiting_seconds',
      help: 'How long what waits longest for a worker has been due, whether or not a job stands for it. Of several schedulers take the maximum.',
    },
    'oldest',
  );
  ofIntegrations(
    {
      name: 'fleet_scheduler_quarantined_integrations',
      help: 'Integrations that a run which ended its workers has put aside; 5001 means more than 5000.',
    },
    'quarantined',
  );
  ofIntegrations(
    {
      name: 'fleet_scheduler_open_breakers',
      help: 'Integrations whose last runs ended in an outage of their provider; 5001 means more than 5000.',
    },
    'openBreakers',
  );
}

function hold<T>(look: () => Promise<T>): () => Promise<T> {
  let last: { readonly seen: Promise<T>; readonly until: number } | undefined;
  return () => {
    const now = performance.now();
    if (last === undefined || now >= last.until) last = { seen: look(), until: now + heldMs };
    return last.seen;
  };
}
