import { hostname } from 'node:os';
import { createDatabase } from '@evidence-fleet/db';
import { type Consumer, connectFailingFast, createConsumer } from '@evidence-fleet/queue';
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
import { createKeyProvider, createVault } from '@evidence-fleet/vault';
import { createDatabaseGate } from './database-gate.ts';
import { slotsOf, workerEnv } from './env.ts';
import { followSettings } from './follow-settings.ts';
import { createWorkerMetrics } from './metrics.ts';
import { createRunMetrics } from './run-metrics.ts';
import type { WorkerTools } from './tools.ts';

const env = loadEnv(workerEnv);
const scrubber = createScrubber();
scrubber.protect(
  [env.FLEET_KEYRING ?? '', ...[env.DATABASE_URL, env.REDIS_URL, env.SMTP_URL].map(passwordOf)].filter(Boolean),
);
const log = createLogger({ name: 'worker', level: env.LOG_LEVEL, scrubber });

function passwordOf(url: string | undefined): string {
  return url === undefined ? '' : decodeURIComponent(new URL(url).password);
}

/** Longer than the grace, the cancelling and the closing of connections take together. */
const deadlineMs = env.SHUTDOWN_GRACE_MS + 30_000;

/** A second heartbeat fits into a lease when the first one meets a dead connection. */
const heartbeatPatienceMs = 5_000;

/** With them come engine, connectors and controls: a worker that has had no job yet does without, unless it is to be ready for many at once. */
const loadSyncRun = () => import('./sync-run.ts');
const loadCheckHealth = () => import('./check-health.ts');
const loadNotifyChannel = () => import('./notify/notify-channel.ts');

await runService({
  name: 'worker',
  log,
  deadlineMs,
  async start() {
    const vault = createVault(createKeyProvider({ keyring: env.FLEET_KEYRING, kmsKeys: env.FLEET_KMS_KEY }));
    const slots = Object.values(slotsOf(env)).reduce((sum, count) => sum + count, 0);
    const database = createDatabase({
      url: env.DATABASE_URL,
      poolSize: Math.min(slots + 4, 40),
      applicationName: 'evidence-fleet worker',
    });
    const redis = connectFailingFast({ url: env.REDIS_URL, name: 'quota', log });
    const heartbeats = createDatabase({
      url: env.DATABASE_URL,
      poolSize: 2,
      applicationName: 'evidence-fleet heartbeat',
      patienceMs: heartbeatPatienceMs,
    });
    const consumers: Consumer[] = [];
    const gate = createDatabaseGate({
      database: heartbeats,
      pause: async () => void (await Promise.all(consumers.map((consumer) => consumer.pause('outage')))),
      resume: () => consumers.forEach((consumer) => void consumer.resume('outage')),
      log,
    });
    const settings = followSettings({
      database: heartbeats,
      consumers,
      slots: slotsOf(env),
      quotaShare: env.QUOTA_SHARE,
      log,
    });
    const metrics = createMetrics({ process: 'worker' });
    measurePools(metrics, { main: database.poolUse, heartbeats: heartbeats.poolUse });
    const tracer = await createTracer('evidence-fleet-worker', env);
    const tools: WorkerTools = {
      database,
      heartbeats: gate.heard,
      vault,
      scrubber,
      quota: createQuota({ redis, prefix: 'fleet:', share: settings.quotaShare }),
      network: { allowPrivate: env.FLEET_ALLOW_PRIVATE },
      log,
      tracer,
      metrics: createRunMetrics(metrics),
      worker: `${hostname()}-${process.pid}`,
    };
    const smtp = env.SMTP_URL && env.SMTP_FROM ? { url: env.SMTP_URL, from: env.SMTP_FROM } : null;
    const measure = createWorkerMetrics(metrics, {
      'sync-now': env.SYNC_NOW_SLOTS,
      sync: env.SYNC_SLOTS,
      health: env.HEALTH_SLOTS,
      notify: env.NOTIFY_SLOTS,
    });
    const common = { redis: env.REDIS_URL, worker: tools.worker, log, isReady: gate.isOpen };
    await Promise.all([settings.look(), env.PRELOAD && loadSyncRun()]);
    consumers.push(
      createConsumer({
        ...common,
        queue: 'sync-now',
        slots: env.SYNC_NOW_SLOTS,
        handle: (job, signal) =>
          measure.sync('sync-now', async () => (await loadSyncRun()).syncRun(tools, job, signal)),
      }),
      createConsumer({
        ...common,
        queue: 'sync',
        slots: env.SYNC_SLOTS,
        handle: (job, signal) => measure.sync('sync', async () => (await loadSyncRun()).syncRun(tools, job, signal)),
      }),
      createConsumer({
        ...common,
        queue: 'health',
        slots: env.HEALTH_SLOTS,
        handle: (job, signal) => measure.health(async () => (await loadCheckHealth()).checkHealth(tools, job, signal)),
      }),
      createConsumer({
        ...common,
        queue: 'notify',
        slots: env.NOTIFY_SLOTS,
        handle: (job, signal) =>
          measure.notify(async () => (await loadNotifyChannel()).notifyChannel({ ...tools, smtp }, job, signal)),
      }),
    );
    settings.begin();
    const health = await createHealthServer({
      host: env.HEALTH_HOST,
      port: env.HEALTH_PORT,
      live: () => {},
      ready: { postgres: () => database.ping(), redis: async () => void (await redis.ping()) },
      metrics,
      log,
    });
    log.info({ port: health.port, slots }, 'worker.ready');
    return [
      tracer,
      { close: () => health.close() },
      { close: () => database.close() },
      { close: () => heartbeats.close() },
      { close: () => gate.close() },
      { close: () => settings.close() },
      { close: async () => redis.disconnect() },
      {
        close: async () =>
          void (await Promise.all(consumers.map((consumer) => consumer.close({ graceMs: env.SHUTDOWN_GRACE_MS })))),
      },
    ];
  },
});
