import { changeFleetSettings, createDatabase, type Database, uuid } from '@evidence-fleet/db';
import { type Consumer, createConsumer, createProducer, type Producer } from '@evidence-fleet/queue';
import { createLogger } from '@evidence-fleet/service';
import {
  freePort,
  type RedisServer,
  startDatabase,
  startRedis,
  type TestDatabase,
  until,
} from '@evidence-fleet/testbed';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type FollowedSettings, followSettings } from './follow-settings.ts';

const log = createLogger({ name: 'test', level: 'silent' });
const slots = { sync: 1, 'sync-now': 1, health: 1, notify: 1 };

let server: TestDatabase;
let redis: RedisServer;
let app: Database;
let scheduler: Database;
let producer: Producer;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  [server, redis] = await Promise.all([startDatabase(), startRedis()]);
  app = createDatabase({ url: server.app });
  scheduler = createDatabase({ url: server.scheduler });
  producer = createProducer({ redis: redis.url, log });
});
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});
afterAll(async () => {
  await producer?.close();
  await Promise.all([app?.close(), scheduler?.close()]);
  await Promise.all([server?.close(), redis?.close()]);
});

const set = (name: 'paused.health' | 'slots.health' | 'quota.share', value: number | null) =>
  changeFleetSettings(scheduler, [{ name, value }], 'ada');

/** As a worker begins: a consumer of health checks that stay in hand until they are let go. */
async function begin(database: Database): Promise<{ held: (() => void)[]; settings: FollowedSettings }> {
  const held: (() => void)[] = [];
  const consumers: Consumer[] = [];
  const settings = followSettings({ database, consumers, slots, quotaShare: 0.5, log, everyMs: 20 });
  await settings.look();
  const handle = () => new Promise<void>((resolve) => held.push(resolve));
  const consumer = createConsumer({ redis: redis.url, queue: 'health', slots: 1, log, handle });
  consumers.push(consumer);
  settings.begin();
  closing.push(
    async () => {
      for (const letGo of held) letGo();
      await consumer.close({ graceMs: 1_000 });
    },
    () => settings.close(),
  );
  return { held, settings };
}

const ring = (count: number) =>
  producer.ringHealth(Array.from({ length: count }, () => ({ organizationId: uuid(), integrationId: uuid() })));

describe('a worker', () => {
  it('takes no job of a queue that was paused before it began, and follows what is changed', async () => {
    await set('paused.health', 1);
    await ring(3);
    const { held, settings } = await begin(app);
    await settings.look();
    expect([held.length, await producer.depth('health')]).toEqual([0, 3]);
    await set('paused.health', null);
    await until('a job is taken', () => held.length === 1);
    await set('slots.health', 3);
    await until('the others are taken', () => held.length === 3);
    await set('slots.health', null);
    expect(settings.quotaShare()).toBe(0.5);
    await set('quota.share', 0.1);
    await until('the share is followed', () => settings.quotaShare() === 0.1);
    await set('quota.share', null);
    await until('its own counts again', () => settings.quotaShare() === 0.5);
  });

  it('takes no job before it knows whether it may', async () => {
    let isUp = false;
    const unreached = createDatabase({ url: `postgresql://fleet_app:x@127.0.0.1:${await freePort()}/fleet` });
    closing.push(() => unreached.close());
    const reached: Database = {
      ...app,
      withTrips: (organizationId, work) => (isUp ? app : unreached).withTrips(organizationId, work),
    };
    await ring(1);
    const { held, settings } = await begin(reached);
    await settings.look();
    expect([held.length, await producer.depth('health')]).toEqual([0, 1]);
    isUp = true;
    await until('the job is taken', () => held.length === 1);
  });
});
