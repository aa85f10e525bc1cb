import { createDatabase } from '@evidence-fleet/db';
import { connectFailingFast, createProducer } from '@evidence-fleet/queue';
import { createQuota } from '@evidence-fleet/quota';
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
import { createApi } from './api.ts';
import { createDoorbell } from './doorbell.ts';
import { apiEnv } from './env.ts';
import { createApiMetrics } from './metrics.ts';
import { createRateLimiter } from './rate-limiter.ts';

const env = loadEnv(apiEnv);
const scrubber = createScrubber();
scrubber.protect(
  [env.DATABASE_URL, env.REDIS_URL].map((url) => decodeURIComponent(new URL(url).password)).filter(Boolean),
);
const log = createLogger({ name: 'api', level: env.LOG_LEVEL, scrubber });

/** Whoever calls waits no longer than this for a database that is silent. */
const databasePatienceMs = 10_000;
/** The limiter stands before every request: a Redis that hangs must not hold them up. */
const limiterPatienceMs = 250;

await runService({
  name: 'api',
  log,
  deadlineMs: 30_000,
  async start(signal) {
    const database = createDatabase({
      url: env.DATABASE_URL,
      poolSize: env.API_CONNECTIONS,
      applicationName: 'evidence-fleet api',
      patienceMs: databasePatienceMs,
    });
    const producer = createProducer({ redis: env.REDIS_URL, log });
    const redis = connectFailingFast({ url: env.REDIS_URL, name: 'rate-limit', log });
    const metrics = createMetrics({ process: 'api' });
    measurePools(metrics, { main: database.poolUse });
    const tracer = await createTracer('evidence-fleet-api', env);
    const measure = createApiMetrics(metrics);
    const doorbell = createDoorbell({ producer, log, onFailure: () => measure.ringFailures.inc() });
    const api = createApi({
      database,
      doorbell,
      limiter: createRateLimiter({
        quota: createQuota({ redis, prefix: 'fleet:', share: 1, timeoutMs: limiterPatienceMs }),
        perMinute: env.API_RATE_PER_MINUTE,
      }),
      measure,
      log,
      tracer,
      stopping: signal,
    });
    const port = await api.listen({ host: env.API_HOST, port: env.API_PORT });
    const health = await createHealthServer({
      host: env.HEALTH_HOST,
      port: env.HEALTH_PORT,
      live: () => {},
      // Not Redis: without it requests are noted, and rung for later.
      ready: { postgres: () => database.ping() },
      metrics,
      log,
    });
    log.info({ port, healthPort: health.port }, 'api.ready');
    return [
      tracer,
      { close: () => database.close() },
      { close: () => producer.close() },
      { close: async () => redis.disconnect() },
      { close: () => doorbell.close() },
      { close: () => api.close() },
      { close: () => health.close() },
    ];
  },
});
