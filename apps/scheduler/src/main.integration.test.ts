import {
  type RedisServer,
  startDatabase,
  startFleetProcess,
  startRedis,
  type TestDatabase,
} from '@evidence-fleet/testbed';
import { afterAll, beforeAll, expect, it } from '@jest/globals';

let database: TestDatabase;
let redis: RedisServer;
beforeAll(async () => {
  [database, redis] = await Promise.all([startDatabase(), startRedis()]);
});
afterAll(async () => {
  await Promise.all([database.close(), redis.close()]);
});

it('starts, is ready, shows its metrics and ends with 0 on SIGTERM', async () => {
  const fleet = {
    appUrl: database.app,
    schedulerUrl: database.scheduler,
    redisUrl: redis.url,
    keyring: '',
    allowPrivate: [],
  };
  const scheduler = await startFleetProcess('scheduler', fleet, { TICK_MS: '20' });
  const ready = await fetch(`${scheduler.healthUrl}/ready`);
  expect(await ready.json()).toEqual({ status: 'ok', checks: { postgres: 'ok', redis: 'ok' } });
  const metrics = await fetch(`${scheduler.healthUrl}/metrics`);
  expect(await metrics.text()).toContain('fleet_scheduler_due_integrations');
  await scheduler.close();
  expect(await scheduler.ended).toBe(0);
  const password = new URL(database.scheduler).password;
  expect(scheduler.log.filter((line) => line.includes('scheduler.failing') || line.includes(password))).toEqual([]);
});
