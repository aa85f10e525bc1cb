// A worker as apps/worker/src/service.ts makes it, but for the one connector: takes so many jobs from its queue and prints how fast.
import type { Connector } from '@evidence-fleet/connector-sdk';
import { connectors } from '@evidence-fleet/connectors';
import { createDatabase } from '@evidence-fleet/db';
import { connectFailingFast, createConsumer } from '@evidence-fleet/queue';
import { createQuota } from '@evidence-fleet/quota';
import { createLogger, createMetrics, createScrubber } from '@evidence-fleet/service';
import { createVault, parseKeyring } from '@evidence-fleet/vault';
import { createDatabaseGate } from '../../../apps/worker/src/database-gate.ts';
import { createWorkerMetrics } from '../../../apps/worker/src/metrics.ts';
import { syncRun } from '../../../apps/worker/src/sync-run.ts';
import { everybodyAtOnce } from './everybody.ts';
import { createPace } from './pace.ts';
import type { TinyTask } from './tiny-task.ts';

(connectors as Map<string, Connector>).set('github', everybodyAtOnce); // the catalogue of this process

const task: TinyTask = JSON.parse(process.argv[2] ?? '');
const scrubber = createScrubber();
scrubber.protect([task.keyring, new URL(task.databaseUrl).password]);
const log = createLogger({ name: 'worker', level: 'info', scrubber });
const database = createDatabase({ url: task.databaseUrl, poolSize: task.slots + 4 });
const heartbeats = createDatabase({ url: task.databaseUrl, poolSize: 2 });
const redis = connectFailingFast({ url: task.redisUrl, name: 'quota', log });
const gate = createDatabaseGate({ database: heartbeats, pause: async () => {}, resume() {}, log });
const tools = {
  database,
  heartbeats: gate.heard,
  vault: createVault(parseKeyring(task.keyring)),
  scrubber,
  quota: createQuota({ redis, prefix: 'fleet:', share: 0.5 }),
  network: { allowPrivate: ['127.0.0.1'] },
  log,
  worker: `bench-${process.pid}`,
};
const measure = createWorkerMetrics(createMetrics({ process: 'worker' }));
const pace = createPace(task.jobs);
const consumer = createConsumer({
  redis: task.redisUrl,
  log,
  isReady: gate.isOpen,
  queue: 'sync',
  slots: task.slots,
  handle: (job, signal) => measure.sync('sync', () => syncRun(tools, job, signal)).finally(pace.ended),
});
const paced = await pace.paced;
await consumer.close({ graceMs: 1_000 });
await gate.close();
redis.disconnect();
await Promise.all([database.close(), heartbeats.close()]);
process.stdout.write(`${JSON.stringify(paced)}\n`);
