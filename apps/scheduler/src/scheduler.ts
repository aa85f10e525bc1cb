import type { Metrics } from '@evidence-fleet/service';
import { type Concern, createConcerns, type SchedulerOptions, type SchedulerTools, slowConcerns } from './concerns.ts';
import { createSchedulerMetrics } from './metrics.ts';
import { repeat } from './repeat.ts';

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
  const measured = (name: string, work: Concern): Concern => {
    return async (signal) => {
      const end = metrics.ticks.startTimer({ concern: name });
      const hasMore = await work(signal);
      end();
      return hasMore;
    };
  };
  return {
    start() {
      for (const [name, work] of Object.entries(concerns))
        loops.push(
          repeat({
            name,
            work: measured(name, work),
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
