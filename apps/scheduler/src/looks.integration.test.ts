import { createDatabase } from '@evidence-fleet/db';
import { createProducer } from '@evidence-fleet/queue';
import { createLogger, createMetrics } from '@evidence-fleet/service';
import {
  type RedisServer,
  seedIntegrations,
  startDatabase,
  startRedis,
  type TestDatabase,
} from '@evidence-fleet/testbed';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { createScheduler } from './scheduler.ts';

const log = createLogger({ name: 'test', level: 'silent' });
const hour = 3_600_000;

let server: TestDatabase;
let redis: RedisServer;
beforeAll(async () => {
  [server, redis] = await Promise.all([startDatabase(), startRedis()]);
});
afterAll(async () => {
  await Promise.all([server.close(), redis.close()]);
});

/** As the statistics have it of both tables; a connection adds its counts when it ends. */
interface Reads {
  readonly whole: number;
  readonly byIndex: number;
}

it('reads no table as a whole for a look, however many runs there ever were', async () => {
  await seedIntegrations(server.superuser, [{ integrations: 10_000, dueForMs: -hour }]);
  await query(`INSERT INTO sync_run (organization_id, id, integration_id, trigger, state, finished_at)
    SELECT organization_id, gen_random_uuid(), id, 'schedule', 'succeeded', now() FROM integration`);
  await query('ANALYZE integration, sync_run');
  const before = await readsOnce(({ whole }) => whole >= 10_000);
  const database = createDatabase({ url: server.scheduler });
  const producer = createProducer({ redis: redis.url, log });
  const options = { window: 20, tickMs: 20, healthIntervalMinutes: 5, forgottenAfterMs: 5_000 };
  const metrics = createMetrics({ process: 'test' });
  await createScheduler({ database, producer, log, metrics, options }).tick();
  expect(await metrics.registry.metrics()).toContain('fleet_queue_oldest_waiting_seconds{'); // looked for as well
  await Promise.all([database.close(), producer.close()]);
  const after = await readsOnce(({ byIndex }) => byIndex > before.byIndex);
  expect(after.whole).toBe(before.whole);
});

/** Once those are counted that make it so. */
async function readsOnce(isSo: (reads: Reads) => boolean): Promise<Reads> {
  for (;;) {
    const [reads] = await query<Reads>(`SELECT sum(seq_tup_read)::int AS whole, sum(idx_scan)::int AS "byIndex"
      FROM pg_stat_user_tables WHERE relname IN ('integration', 'sync_run')`);
    if (reads !== undefined && isSo(reads)) return reads;
  }
}

async function query<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: server.superuser });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}
