import { createMetrics, type Metrics, measurePools } from '@evidence-fleet/service';
import { createApiMetrics } from '../../apps/api/src/metrics.ts';
import { createBacklogMetrics } from '../../apps/scheduler/src/backlog-metrics.ts';
import { createSchedulerMetrics } from '../../apps/scheduler/src/metrics.ts';
import { createWorkerMetrics } from '../../apps/worker/src/metrics.ts';
import { createRunMetrics } from '../../apps/worker/src/run-metrics.ts';

/** What each kind of process registers, as its service.ts does. */
const processes = {
  worker(metrics) {
    createWorkerMetrics(metrics);
    createRunMetrics(metrics);
    measurePools(metrics, {});
  },
  scheduler(metrics) {
    createSchedulerMetrics(metrics);
    createBacklogMetrics(metrics, async () => null);
    measurePools(metrics, {});
  },
  api(metrics) {
    createApiMetrics(metrics);
    measurePools(metrics, {});
  },
} as const satisfies Record<string, (metrics: Metrics) => void>;

type ProcessKind = keyof typeof processes;

export interface Metric {
  readonly name: string;
  /** counter, gauge, histogram or summary */
  readonly type: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly processes: readonly ProcessKind[];
}

/** Every metric of every kind of process, as their registries have it. */
export function listMetrics(): Metric[] {
  const listed = new Map<string, Metric>();
  for (const kind of Object.keys(processes) as ProcessKind[]) {
    const metrics = createMetrics({ process: kind });
    processes[kind](metrics);
    // The type that prom-client gives to its own metrics leaves out what it needs no type for.
    const registered = metrics.registry.getMetricsAsArray() as unknown as (Pick<Metric, 'name' | 'type' | 'help'> & {
      labelNames: readonly string[];
    })[];
    for (const { name, type, help, labelNames } of registered)
      listed.set(name, {
        ...{ name, type, help, labels: labelNames },
        processes: [...(listed.get(name)?.processes ?? []), kind],
      });
  }
  return [...listed.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** docs/metrics.md, made of the registries. */
export function metricsPage(): string {
  const metrics = listMetrics();
  const kinds = Object.keys(processes) as ProcessKind[];
  const ofAll = metrics.filter((metric) => metric.processes.length === kinds.length);
  const sections = [
    section('Every process', ofAll),
    ...kinds.map((kind) =>
      section(
        `${kind[0]?.toUpperCase()}${kind.slice(1)}`,
        metrics.filter((metric) => !ofAll.includes(metric) && metric.processes.includes(kind)),
      ),
    ),
  ];
  return `${[head, ...sections].join('\n\n')}\n`;
}

const head = `<!-- Written by \`npm run docs:metrics\`. Change the metrics in packages/service and apps, not this page. -->
# Metrics

Every process serves its metrics for Prometheus at \`/metrics\` of its health port. Names and labels stay as they are: dashboards and alerts of others rest on
them. A metric that has to be another one gets another name, and the old one stays for a release.

- Every series has the label \`process\`: which kind of process tells it.
- \`connector\` is the provider. No label names an organization, an integration or a run, so the number of series does not grow with either.
- What is told of the whole fleet (\`fleet_queue_*\`, most of \`fleet_scheduler_*\`) is told by every scheduler: take the maximum of several, not the sum. What
  waits, what is quarantined and open breakers are looked for when the metrics are read (by index, once a second at most, within 3 s), the others by the scheduler's own
  looks. What a store that is away would have to say is not told.
- Counters begin at 0 with each process. A counter by connector begins with the first call of that connector.

Alerts and the dashboard that rest on them: [watching](production.md#watching).`;

function section(title: string, metrics: readonly Metric[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rows = metrics.map(({ name, type, labels, help }) =>
    line([`\`${name}\``, type, labels.map((label) => `\`${label}\``).join(', '), help.replaceAll('|', '\\|')]),
  );
  return [
    `## ${title}`,
    '',
    line(['Metric', 'Type', 'Labels', 'Tells']),
    line(['---', '---', '---', '---']),
    ...rows,
  ].join('\n');
}
