import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export interface MetricOptions<L extends string> {
  /** With unit, e.g. `fleet_run_duration_seconds`. */
  readonly name: string;
  readonly help: string;
  /** Of few values each: never an organization, integration or run. */
  readonly labelNames?: readonly L[];
}

/** The Prometheus metrics of one process. Nothing is global, so tests and several processes in one do not meet. */
export interface Metrics {
  readonly registry: Registry;
  counter<L extends string>(options: MetricOptions<L>): Counter<L>;
  gauge<L extends string>(
    options: MetricOptions<L> & { collect?: (gauge: Gauge<L>) => void | Promise<void> },
  ): Gauge<L>;
  /** @param options.buckets upper bounds, in the metric's unit */
  histogram<L extends string>(options: MetricOptions<L> & { buckets: readonly number[] }): Histogram<L>;
}

/** A registry with Node's own metrics (memory, garbage collection, event loop delay), every series labelled with the process. */
export function createMetrics(options: { process: string }): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ process: options.process });
  collectDefaultMetrics({ register: registry });
  const common = <L extends string>({ name, help, labelNames = [] }: MetricOptions<L>) => {
    return { name, help, labelNames, registers: [registry] };
  };
  return {
    registry,
    counter: (metric) => new Counter(common(metric)),
    gauge<L extends string>({
      collect,
      ...metric
    }: MetricOptions<L> & { collect?: (gauge: Gauge<L>) => void | Promise<void> }) {
      const gauge: Gauge<L> = new Gauge({ ...common<L>(metric), ...(collect && { collect: () => collect(gauge) }) });
      return gauge;
    },
    histogram: (metric) => new Histogram({ ...common(metric), buckets: [...metric.buckets] }),
  };
}
