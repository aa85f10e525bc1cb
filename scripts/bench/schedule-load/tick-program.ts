// A scheduler's ticks with nothing to do, in a process of their own. Takes its task as JSON in the first argument, prints what it measured.
import { createDatabase } from '@evidence-fleet/db';
import { createProducer } from '@evidence-fleet/queue';
import { createLogger, createMetrics, createScrubber } from '@evidence-fleet/service';
import { createScheduler } from '../../../apps/scheduler/src/scheduler.ts';
import type { TicksMeasured, TickTask } from './tick-task.ts';

const task: TickTask = JSON.parse(process.argv[2] ?? '');
const log = createLogger({ name: 'bench', level: 'error', scrubber: createScrubber() });
const database = createDatabase({ url: task.url, poolSize: 7 });
const producer = createProducer({ redis: task.redisUrl, log });
const scheduler = createScheduler({
  database,
  producer,
  log,
  metrics: createMetrics({ process: 'scheduler' }),
  options: { window: 10_000, tickMs: 500, healthIntervalMinutes: 5, forgottenAfterMs: 5_000 },
});
await tick(task.warmUp);
const rssBefore = process.memoryUsage.rss();
const ms = await tick(task.ticks);
const measured: TicksMeasured = { ms, rssBefore, rssAfter: process.memoryUsage.rss() };
await Promise.all([database.close(), producer.close()]);
process.stdout.write(JSON.stringify(measured));

async function tick(times: number): Promise<number[]> {
  const lasted: number[] = [];
  for (let nth = 0; nth < times; nth++) {
    const begun = performance.now();
    await scheduler.tick();
    lasted.push(performance.now() - begun);
  }
  return lasted;
}
