import { createDatabase, ringForgotten, standingRuns } from '@evidence-fleet/db';
import { until } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { startTestApi, type TestApi, type TestCaller } from './testing/start-test-api.ts';

let world: TestApi;
let caller: TestCaller;
beforeAll(async () => {
  world = await startTestApi();
  caller = await world.organization();
});
afterAll(async () => {
  await world?.close();
});

const sync = () => caller.call('POST', `/integrations/${caller.integrationId}/sync`);

it('answers 202 while Redis is away, and what it answered is found and rung for when that is back', async () => {
  await world.servers.redis.kill();
  const answered = await sync();
  expect(answered.statusCode).toBe(202);
  const { runId } = answered.json();
  expect((await caller.call('GET', `/runs/${runId}`)).statusCode).toBe(200);
  await until('the failed bell is told', () => world.log.some((line) => line.includes('api.ring_failed')));
  await world.servers.redis.start();
  const scheduler = createDatabase({ url: world.servers.database.scheduler, poolSize: 1 });
  const standing = await standingRuns(scheduler, 0);
  expect(standing.map((one) => one.runId)).toEqual([runId]);
  const [ring] = await ringForgotten(scheduler, standing);
  expect(ring).toMatchObject({ runId, queue: 'sync-now' });
  await scheduler.close();
});

it('asked for 200 times while Redis dies, makes one run an integration and answers each request by it', async () => {
  const superuser = new pg.Client({ connectionString: world.servers.database.superuser });
  await superuser.connect();
  const { rows } = await superuser.query<{ id: string }>(
    `INSERT INTO integration (organization_id, id, connector, name, settings)
     SELECT $1, gen_random_uuid(), 'github', 'github ' || n, '{}' FROM generate_series(1, 20) AS n RETURNING id`,
    [caller.organizationId],
  );
  const ask = (index: number) => caller.call('POST', `/integrations/${rows[index % rows.length]?.id}/sync`);
  const before = Array.from({ length: 100 }, (_, index) => ask(index));
  await before[0];
  const killed = world.servers.redis.kill();
  const answers = await Promise.all([...before, ...Array.from({ length: 100 }, (_, index) => ask(index))]);
  await killed;
  await world.servers.redis.start();
  expect(answers.filter(({ statusCode }) => statusCode !== 202)).toEqual([]);
  const told = new Set(answers.map((answer) => answer.json().runId));
  const made = await superuser.query<{ id: string }>('SELECT id FROM sync_run WHERE integration_id = ANY($1)', [
    rows.map(({ id }) => id),
  ]);
  await superuser.end();
  expect(made.rows.map(({ id }) => id).toSorted()).toEqual([...told].toSorted());
  expect(told.size).toBe(20);
});

it('answers 503 with the time to come again while Postgres is away, and as before when it is back', async () => {
  const { postgres } = world.servers.database;
  await postgres.stop('fast');
  for (const away of [
    await sync(),
    await caller.call('GET', '/evidence'),
    await caller.call('GET', '/evidence/export'),
  ]) {
    expect(away.statusCode).toBe(503);
    expect(Number(away.headers['retry-after'])).toBeGreaterThan(0);
    expect(away.json()).toMatchObject({ code: 'unavailable', detail: expect.stringContaining('try again') });
  }
  await postgres.start();
  await until('it answers again', async () => (await sync()).statusCode === 202);
});
