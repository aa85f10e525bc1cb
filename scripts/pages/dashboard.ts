/** What one panel draws: a query of Prometheus, and how its lines are named. */
type Query = readonly [expression: string, legend: string];

interface Panel {
  readonly title: string;
  /** A unit of Grafana: s, short, bytes, percentunit, reqps, ops. */
  readonly unit: string;
  readonly queries: readonly Query[];
}

const quantile = (share: number, metric: string, by: string, where = '') =>
  `histogram_quantile(${share}, sum by (${by}, le) (rate(${metric}_bucket${where}[$__rate_interval])))`;
const perSecond = (metric: string, by: string, where = '') =>
  `sum by (${by}) (rate(${metric}${where}[$__rate_interval]))`;
const chosen = '{connector=~"$connector"}';

const rows: Readonly<Record<string, readonly Panel[]>> = {
  Queue: [
    {
      title: 'How long the oldest work waits',
      unit: 's',
      queries: [['max by (queue) (fleet_queue_oldest_waiting_seconds)', '{{queue}}']],
    },
    {
      title: 'What waits',
      unit: 'short',
      queries: [
        ['max by (queue) (fleet_queue_waiting)', '{{queue}}'],
        ['max(fleet_scheduler_due_integrations)', 'due, without a job'],
      ],
    },
    {
      title: 'Slots',
      unit: 'short',
      queries: [
        ['sum by (queue) (fleet_jobs_active)', '{{queue}} in use'],
        ['sum by (queue) (fleet_slots)', '{{queue}}'],
      ],
    },
    {
      title: 'From due to start',
      unit: 's',
      queries: [
        [quantile(0.5, 'fleet_run_start_delay_seconds', 'trigger'), '{{trigger}} p50'],
        [quantile(0.95, 'fleet_run_start_delay_seconds', 'trigger'), '{{trigger}} p95'],
        [quantile(0.99, 'fleet_run_start_delay_seconds', 'trigger'), '{{trigger}} p99'],
      ],
    },
    {
      title: 'Doorbells',
      unit: 'ops',
      queries: [
        [perSecond('fleet_scheduler_doorbells_total', 'queue'), '{{queue}}'],
        [perSecond('fleet_scheduler_runs_rung_again_total', 'reason'), 'again: {{reason}}'],
      ],
    },
    {
      title: 'One look of the scheduler, p95',
      unit: 's',
      queries: [[quantile(0.95, 'fleet_scheduler_tick_duration_seconds', 'concern'), '{{concern}}']],
    },
  ],
  Runs: [
    {
      title: 'Attempts by outcome',
      unit: 'ops',
      queries: [[perSecond('fleet_run_attempt_duration_seconds_count', 'outcome', chosen), '{{outcome}}']],
    },
    {
      title: 'Duration of an attempt, p95',
      unit: 's',
      queries: [[quantile(0.95, 'fleet_run_attempt_duration_seconds', 'connector', chosen), '{{connector}}']],
    },
    {
      title: 'Put aside, held back, about to be lost',
      unit: 'short',
      queries: [
        ['max(fleet_scheduler_quarantined_integrations)', 'quarantined'],
        ['max(fleet_scheduler_open_breakers)', 'open breakers'],
        ['max(fleet_scheduler_forgetting_integrations)', 'sources that forget'],
      ],
    },
    {
      title: 'Lost and failed',
      unit: 'short',
      queries: [
        ['sum(increase(fleet_scheduler_runs_reaped_total[$__rate_interval]))', 'taken from dead workers'],
        ['sum(increase(fleet_runs_quarantined_total[$__rate_interval]))', 'quarantined'],
        ['sum by (queue) (increase(fleet_job_failures_total[$__rate_interval]))', 'failed jobs: {{queue}}'],
        ['sum by (concern) (increase(fleet_scheduler_failures_total[$__rate_interval]))', 'failed looks: {{concern}}'],
      ],
    },
  ],
  Providers: [
    {
      title: 'Requests by status',
      unit: 'reqps',
      queries: [[perSecond('fleet_provider_requests_total', 'connector, status', chosen), '{{connector}} {{status}}']],
    },
    {
      title: 'Duration of a request, p95',
      unit: 's',
      queries: [[quantile(0.95, 'fleet_provider_request_duration_seconds', 'connector', chosen), '{{connector}}']],
    },
    {
      title: 'Throttled, made again',
      unit: 'reqps',
      queries: [
        [perSecond('fleet_provider_throttled_total', 'connector', chosen), '{{connector}} throttled'],
        [perSecond('fleet_provider_retries_total', 'connector', chosen), '{{connector}} again'],
      ],
    },
    {
      title: 'Turns of the quota',
      unit: 'reqps',
      queries: [[perSecond('fleet_quota_turns_total', 'connector, outcome', chosen), '{{connector}} {{outcome}}']],
    },
    {
      title: 'Quota used, p95',
      unit: 'percentunit',
      queries: [[quantile(0.95, 'fleet_quota_used_ratio', 'connector, limit', chosen), '{{connector}} {{limit}}']],
    },
    {
      title: 'Calls that wait, on average',
      unit: 'short',
      queries: [[perSecond('fleet_provider_wait_seconds_total', 'connector', chosen), '{{connector}}']],
    },
  ],
  Evidence: [
    {
      title: 'Items read',
      unit: 'ops',
      queries: [[perSecond('fleet_evidence_rows_total', 'connector', chosen), '{{connector}}']],
    },
    {
      title: 'Versions',
      unit: 'ops',
      queries: [[perSecond('fleet_evidence_versions_total', 'connector, change', chosen), '{{connector}} {{change}}']],
    },
    {
      title: 'Gaps',
      unit: 'ops',
      queries: [[perSecond('fleet_gaps_total', 'connector, reason', chosen), '{{connector}} {{reason}}']],
    },
  ],
  API: [
    {
      title: 'Requests by status',
      unit: 'reqps',
      queries: [[perSecond('fleet_api_request_duration_seconds_count', 'status'), '{{status}}']],
    },
    {
      title: 'Duration of a request, p99',
      unit: 's',
      queries: [[quantile(0.99, 'fleet_api_request_duration_seconds', 'operation'), '{{operation}}']],
    },
    {
      title: 'Syncs asked for, and what was refused',
      unit: 'ops',
      queries: [
        [perSecond('fleet_api_syncs_requested_total', 'how'), '{{how}}'],
        ['sum(rate(fleet_api_rate_limited_total[$__rate_interval]))', 'refused by the rate limit'],
        ['sum(rate(fleet_api_ring_failures_total[$__rate_interval]))', 'doorbells that Redis did not take'],
        ['sum(fleet_api_streams_active)', 'open streams'],
      ],
    },
  ],
  Processes: [
    { title: 'Up', unit: 'short', queries: [['up{job="evidence-fleet"}', '{{instance}}']] },
    {
      title: 'Memory',
      unit: 'bytes',
      queries: [['process_resident_memory_bytes{job="evidence-fleet"}', '{{process}} {{instance}}']],
    },
    {
      title: 'Longest stand-still of the event loop',
      unit: 's',
      queries: [['nodejs_eventloop_lag_max_seconds{job="evidence-fleet"}', '{{process}} {{instance}}']],
    },
    {
      title: 'Connections to Postgres',
      unit: 'short',
      queries: [
        ['sum by (process, pool, state) (fleet_database_connections)', '{{process}} {{pool}} {{state}}'],
        ['sum by (process, pool) (fleet_database_connections_limit)', '{{process}} {{pool}} limit'],
        ['sum by (process, pool) (fleet_database_waiting)', '{{process}} {{pool}} waiting'],
      ],
    },
  ],
};

const datasource = { type: 'prometheus', uid: '$datasource' };

/** deploy/grafana/evidence-fleet.json, for Grafana 10 or newer: https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/ */
export function dashboard(): string {
  const panels = layOut();
  return `${JSON.stringify({ ...frame, panels }, null, 2)}\n`;
}

/** Three panels side by side, under the title of their row. */
function layOut(): object[] {
  const panels: object[] = [];
  let y = 0;
  for (const [title, own] of Object.entries(rows)) {
    panels.push({ id: panels.length + 1, type: 'row', title, collapsed: false, gridPos: { x: 0, y, w: 24, h: 1 } });
    y += 1;
    for (const [index, panel] of own.entries())
      panels.push(draw(panel, panels.length + 1, { x: (index % 3) * 8, y: y + Math.floor(index / 3) * 8, w: 8, h: 8 }));
    y += Math.ceil(own.length / 3) * 8;
  }
  return panels;
}

function draw({ title, unit, queries }: Panel, id: number, gridPos: object): object {
  return {
    id,
    type: 'timeseries',
    title,
    datasource,
    gridPos,
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    targets: queries.map(([expr, legendFormat], index) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + index),
      datasource,
      expr,
      legendFormat,
    })),
  };
}

const frame = {
  uid: 'evidence-fleet',
  title: 'Evidence Fleet',
  tags: ['evidence-fleet'],
  schemaVersion: 39,
  editable: true,
  graphTooltip: 1,
  refresh: '30s',
  time: { from: 'now-6h', to: 'now' },
  templating: {
    list: [
      { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' },
      {
        name: 'connector',
        label: 'Provider',
        type: 'query',
        datasource,
        query: { query: 'label_values(fleet_provider_requests_total, connector)', refId: 'connector' },
        refresh: 2,
        includeAll: true,
        allValue: '.*',
        multi: true,
        current: { text: 'All', value: '$__all' },
      },
    ],
  },
};
