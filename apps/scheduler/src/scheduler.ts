import { type Metrics, withDeadline } from '@evidence-fleet/service';
import { lookAtBacklog } from './backlog.ts';
import { createBacklogMetrics } from './backlog-metrics.ts';
import { createConcerns, type SchedulerOptions, type SchedulerTools, slowConcerns } from './concerns.ts';
import { createSchedulerMetrics } from './metrics.ts';
import { repeat } from './repeat.ts';

/** Well within the 10 s that Prometheus waits for all metrics of a process. */
const backlogMs = 3_000;

export interface Scheduler {
  /** Looks after everything, each concern in a loop of its own, until it is closed. */
  start(): void;
  /** Looks after everything once, in order; throws what went wrong. */
  tick(): Promise<void>;
  /** Ends the loops after what they are at. The tools stay open. */
  close(): Promise<void>;
}

/**
 * Turns dates into jobs. It holds nothing that matters: any number of schedulers may run at once, and one that is killed at any
 * point leaves nothing behind that the next one does not find.
 * @param tools.options.tickMs between two looks at what is due
 */
export function createScheduler(
  tools: Omit<SchedulerTools, 'metrics'> & {
    readonly metrics: Metrics;
    readonly options: SchedulerOptions & { readonly tickMs: number };
  },
): Scheduler {
  const { log, options } = tools;
  const metrics = createSchedulerMetrics(tools.metrics);
  const concerns = createConcerns({ ...tools, metrics });
  const stopping = new AbortController();
  const loops: Promise<void>[] = [];
  const measured = async <T>(concern: string, work: () => Promise<T>): Promise<T> => {
    const end = metrics.ticks.startTimer({ concern });
    const done = await work();
    end();
    return done;
  };
  createBacklogMetrics(tools.metrics, async () => {
    try {
      return await measured('backlog', () => withDeadline(backlogMs, () => lookAtBacklog(tools)));
    } catch (err) {
      metrics.failures.inc({ concern: 'backlog' });
      log.warn({ concern: 'backlog', err }, 'scheduler.failing');
      return null;
    }
  });
  return {
    start() {
      for (const [name, work] of Object.entries(concerns))
        loops.push(
          repeat({
            name,
            work: (signal) => measured(name, () => work(signal)),
            everyMs: Math.max(options.tickMs, slowConcerns[name] ?? 0),
            signal: stopping.signal,
            log,
            onFailure: () => metrics.failures.inc({ concern: name }),
          }),
        );
    },
    async tick() {
      for (const work of Object.values(concerns)) await work();
    },
    async close() {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}
