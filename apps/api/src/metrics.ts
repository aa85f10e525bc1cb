import type { Metrics } from '@evidence-fleet/service';

export type ApiMetrics = ReturnType<typeof createApiMetrics>;

/** What the API tells Prometheus: by operation and status, never by token or tenant. */
export function createApiMetrics(metrics: Metrics) {
  return {
    requests: metrics.histogram({
      name: 'fleet_api_request_duration_seconds',
      help: 'From request to the end of its answer; streams are not among them.',
      labelNames: ['operation', 'status'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    }),
    streams: metrics.gauge({ name: 'fleet_api_streams_active', help: 'Streams of events and exports that are open.' }),
    syncs: metrics.counter({
      name: 'fleet_api_syncs_requested_total',
      help: 'Syncs that were asked for, by how they were answered.',
      labelNames: ['how'],
    }),
    limited: metrics.counter({ name: 'fleet_api_rate_limited_total', help: 'Requests refused by the rate limit.' }),
    ringFailures: metrics.counter({
      name: 'fleet_api_ring_failures_total',
      help: 'Doorbells that Redis did not take; the scheduler rings them again.',
    }),
  };
}
