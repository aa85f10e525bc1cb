import { parseEnv } from '@evidence-fleet/service';
import { expect, it } from '@jest/globals';
import { schedulerEnv } from './env.ts';

it('has health checked every five minutes unless it is told otherwise', () => {
  const stores = { SCHEDULER_DATABASE_URL: 'postgresql://fleet_scheduler@db/fleet', REDIS_URL: 'redis://redis' };
  expect(parseEnv(schedulerEnv, stores).HEALTH_INTERVAL_MINUTES).toBe(5);
  expect(parseEnv(schedulerEnv, { ...stores, HEALTH_INTERVAL_MINUTES: '15' }).HEALTH_INTERVAL_MINUTES).toBe(15);
});
