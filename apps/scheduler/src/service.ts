import { createDatabase } from '@evidence-fleet/db';
import { createProducer } from '@evidence-fleet/queue';
import {
  createHealthServer,
  createLogger,
  createMetrics,
  createScrubber,
  createTracer,
  loadEnv,
  measurePools,
  runService,
} from '@evidence-fleet/service';
import { schedulerEnv } from './env.ts';
import { createScheduler } from './scheduler.ts';

const env = loadEnv(schedulerEnv);
const scrubber = createScrubber();
scrubber.protect([new URL(env.SCHEDULER_DATABASE_URL).password, new URL(env.REDIS_URL).password].filter(Boolean));
const log = createLogger({ name: 'scheduler', level: env.LOG_LEVEL, scrubber });

/** One per concern, and one for the readiness check. */
const connections = 10;
const forgottenAfterMs = 5_000;

await runService({
  name: 'scheduler',
  log,
  deadlineMs: 20_000,
  async start() {
    const database = createDatabase({
      url: env.SCHEDULER_DATABASE_URL,
      poolSize: connections,
      applicationName: 'evidence-fleet scheduler',
    });
    const producer = createProducer({ redis: env.REDIS_URL, log });
    const metrics = createMetrics({ process: 'scheduler' });
    measurePools(metrics, { main: database.poolUse });
    const tracer = await createTracer('evidence-fleet-scheduler', env);
    const scheduler = createScheduler({
      database,
      producer,
      log,
      metrics,
      tracer,
      options: {
        window: env.SYNC_WINDOW,
        tickMs: env.TICK_MS,
        healthIntervalMinutes: env.HEALTH_INTERVAL_MINUTES,
        forgottenAfterMs,
      },
    });
    const health = await createHealthServer({
      host: env.HEALTH_HOST,
      port: env.HEALTH_PORT,
      live: () => {},
      ready: { postgres: () => database.ping(), redis: () => producer.ping() },
      metrics,
      log,
    });
    scheduler.start();
    log.info({ port: health.port, window: env.SYNC_WINDOW }, 'scheduler.ready');
    return [
      tracer,
      { close: () => health.close() },
      { close: () => database.close() },
      { close: () => producer.close() },
      { close: () => scheduler.close() },
    ];
  },
});
