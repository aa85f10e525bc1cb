import type { ClaimedRun } from '@evidence-fleet/db';
import type { Batch, CallCounts, QuotaTurn, StreamCounts } from '@evidence-fleet/engine';
import type { Metrics } from '@evidence-fleet/service';

/** What the runs of a worker tell Prometheus: by connector, never by tenant. */
export interface RunMetrics {
  claimed(run: Pick<ClaimedRun, 'trigger' | 'startDelayMs'>): void;
  answered(connector: string, status: number | null, ms: number): void;
  counted(connector: string, counts: Partial<CallCounts>): void;
  turned(connector: string, limit: string, turn: QuotaTurn): void;
  committed(connector: string, batch: Pick<Batch, 'rows' | 'gaps'>): void;
  closed(connector: string, counts: StreamCounts): void;
}

export function createRunMetrics(metrics: Metrics): RunMetrics {
  const calls = callMetrics(metrics);
  const quota = quotaMetrics(metrics);
  const evidence = evidenceMetrics(metrics);
  const delays = metrics.histogram({
    name: 'fleet_run_start_delay_seconds',
    help: 'From when a run might have begun (its due date, the request, the end of a wait) to its claim by a worker.',
    labelNames: ['trigger'],
    buckets: [0.1, 0.5, 1, 5, 15, 30, 60, 120, 300, 900, 3600],
  });
  // A series that begins with its first late run shows no increase.
  for (const trigger of ['schedule', 'demand']) delays.zero({ trigger });
  return {
    claimed: ({ trigger, startDelayMs }) => delays.observe({ trigger }, startDelayMs / 1_000),
    answered(connector, status, ms) {
      const statusClass = status === null ? 'none' : `${Math.floor(status / 100)}xx`;
      calls.requests.inc({ connector, status: statusClass });
      calls.durations.observe({ connector }, ms / 1_000);
    },
    counted(connector, { retries = 0, throttled = 0, waitedMs = 0 }) {
      calls.retries.inc({ connector }, retries);
      calls.throttled.inc({ connector }, throttled);
      calls.waits.inc({ connector }, waitedMs / 1_000);
    },
    turned(connector, limit, turn) {
      const outcome = turn.granted ? (turn.waitMs > 0 ? 'waited' : 'granted') : 'refused';
      for (const one of ['granted', 'waited', 'refused'])
        quota.turns.inc({ connector, outcome: one }, one === outcome ? 1 : 0);
      if (turn.used !== undefined) quota.used.observe({ connector, limit }, turn.used);
    },
    committed(connector, { rows, gaps }) {
      evidence.rows.inc({ connector }, rows.length);
      for (const { reason } of gaps) evidence.gaps.inc({ connector, reason });
    },
    closed(connector, counts) {
      for (const change of ['added', 'changed', 'retired'] as const)
        evidence.versions.inc({ connector, change }, counts[change]);
    },
  };
}

function callMetrics(metrics: Metrics) {
  return {
    requests: metrics.counter({
      name: 'fleet_provider_requests_total',
      help: 'Requests to providers, by class of the status (2xx to 5xx; none: no answer that could be used).',
      labelNames: ['connector', 'status'],
    }),
    durations: metrics.histogram({
      name: 'fleet_provider_request_duration_seconds',
      help: 'One request to a provider and its whole answer.',
      labelNames: ['connector'],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    }),
    retries: metrics.counter({
      name: 'fleet_provider_retries_total',
      help: 'Calls that were made again within a run.',
      labelNames: ['connector'],
    }),
    throttled: metrics.counter({
      name: 'fleet_provider_throttled_total',
      help: 'Calls that a provider refused because there were too many.',
      labelNames: ['connector'],
    }),
    waits: metrics.counter({
      name: 'fleet_provider_wait_seconds_total',
      help: 'How long calls waited for the quota, or before they were made again.',
      labelNames: ['connector'],
    }),
  };
}

function quotaMetrics(metrics: Metrics) {
  return {
    turns: metrics.counter({
      name: 'fleet_quota_turns_total',
      help: 'Calls that asked the quota for their turn: granted at once, after a wait, or refused, so that their run waits.',
      labelNames: ['connector', 'outcome'],
    }),
    used: metrics.histogram({
      name: 'fleet_quota_used_ratio',
      help: 'How much of the share of a limit was used when a call asked for its turn, 1 for all of it.',
      labelNames: ['connector', 'limit'],
      buckets: [0.1, 0.25, 0.5, 0.75, 0.9, 1],
    }),
  };
}

function evidenceMetrics(metrics: Metrics) {
  return {
    rows: metrics.counter({
      name: 'fleet_evidence_rows_total',
      help: 'Items of evidence that were read and stored, changed or not.',
      labelNames: ['connector'],
    }),
    versions: metrics.counter({
      name: 'fleet_evidence_versions_total',
      help: 'Versions of evidence that began (added, changed) or ended (retired); told when a stream is closed.',
      labelNames: ['connector', 'change'],
    }),
    gaps: metrics.counter({
      name: 'fleet_gaps_total',
      help: 'Gaps that were stored with what was read.',
      labelNames: ['connector', 'reason'],
    }),
  };
}
