import { randomUUID } from 'node:crypto';
import {
  addChannel,
  claimRun,
  createDatabase,
  type Database,
  recordHealth,
  releaseRun,
  requestSync,
} from '@evidence-fleet/db';
import {
  type Consumer,
  connectFailingFast,
  createConsumer,
  createProducer,
  type Producer,
} from '@evidence-fleet/queue';
import { createLogger, createMetrics, type Metrics } from '@evidence-fleet/service';
import {
  createTestOrganization,
  type RedisServer,
  seedIntegrations,
  startDatabase,
  startRedis,
  type TestDatabase,
} from '@evidence-fleet/testbed';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createScheduler, type Scheduler } from './scheduler.ts';

const minute = 60_000;
const log = createLogger({ name: 'test', level: 'silent' });

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(setImmediate);
}

describe('the scheduler', () => {
  let server: TestDatabase;
  let redis: RedisServer;
  let app: Database;
  let superuser: Database;
  let database: Database;
  let producer: Producer;
  let metrics: Metrics;
  const schedulers: Scheduler[] = [];
  const consumers: Consumer[] = [];

  beforeAll(async () => {
    [server, redis] = await Promise.all([startDatabase(), startRedis()]);
    app = createDatabase({ url: server.app });
    superuser = createDatabase({ url: server.superuser });
    database = createDatabase({ url: server.scheduler });
    producer = createProducer({ redis: redis.url, log });
  });
  afterAll(async () => {
    await producer.close();
    await Promise.all([app, superuser, database].map((one) => one.close()));
    await Promise.all([server.close(), redis.close()]);
  });
  beforeEach(() => {
    metrics = createMetrics({ process: 'test' });
  });
  afterEach(async () => {
    await Promise.all(schedulers.splice(0).map((scheduler) => scheduler.close()));
    await Promise.all(consumers.splice(0).map((consumer) => consumer.close({ graceMs: 0 })));
    await forgetEverything();
    await superuser.prisma.$executeRaw`TRUNCATE organization, notification, notification_channel CASCADE`;
  });

  const schedule = (options: { window?: number; forgottenAfterMs?: number } = {}): Scheduler => {
    const { window = 20, forgottenAfterMs = minute } = options;
    const scheduler = createScheduler({
      database,
      producer,
      log,
      metrics: schedulers.length === 0 ? metrics : createMetrics({ process: 'other' }),
      options: { window, tickMs: 20, healthIntervalMinutes: 5, forgottenAfterMs },
    });
    schedulers.push(scheduler);
    return scheduler;
  };
  /** A worker in short: claims, notes the organization, ends the run. */
  const work = (
    taken: string[],
    queue: 'sync' | 'sync-now' = 'sync',
    slots = 1,
    job: () => Promise<void> = async () => undefined,
  ) =>
    consumers.push(
      createConsumer({
        redis: redis.url,
        queue,
        slots,
        log,
        async handle(run) {
          const claim = await claimRun(app, { ...run, worker: 'test' });
          if (claim === null) return;
          taken.push(run.organizationId);
          await job();
          await releaseRun(app, claim, { kind: 'end', state: 'succeeded', error: null }, null);
        },
      }),
    );
  const forgetEverything = async () => {
    const client = connectFailingFast({ url: redis.url, name: 'test', log });
    await new Promise<void>((resolve) => client.once('ready', resolve));
    await client.flushall();
    client.disconnect();
  };
  const ended = () => superuser.prisma.syncRun.count({ where: { state: 'succeeded' } });

  it('tells how much waits in every queue, and for how long', async () => {
    await seedIntegrations(server.superuser, [{ integrations: 3, dueForMs: 10 * minute, healthDueForMs: minute }]);
    await schedule({ window: 2 }).tick();
    const page = await metrics.registry.metrics();
    expect(page).toMatch(/^fleet_queue_waiting\{queue="sync",.*\} 2$/m);
    expect(page).toMatch(/^fleet_queue_waiting\{queue="health",.*\} 3$/m);
    expect(page).toMatch(/^fleet_queue_oldest_waiting_seconds\{queue="sync-now",.*\} 0$/m);
    const [, oldest] = /^fleet_queue_oldest_waiting_seconds\{queue="sync",.*\} (\S+)$/m.exec(page) ?? [];
    expect(Number(oldest)).toBeGreaterThanOrEqual(600);
  });

  it('syncs every due integration once, with two schedulers at once', async () => {
    await seedIntegrations(server.superuser, [
      { integrations: 60, dueForMs: minute },
      { integrations: 30, dueForMs: minute },
    ]);
    const taken: string[] = [];
    work(taken, 'sync', 4);
    for (const scheduler of [schedule({ window: 10 }), schedule({ window: 10 })]) scheduler.start();
    await until(async () => (await ended()) === 90);
    expect(taken).toHaveLength(90);
    const runs = await superuser.prisma.syncRun.findMany();
    expect(new Set(runs.map((run) => run.integrationId)).size).toBe(90);
    expect(runs.every((run) => run.fence === 1n && run.crashCount === 0)).toBe(true);
  });

  it("takes one tenant's single sync among the first, though another's 10,000 are due before it", async () => {
    await seedIntegrations(server.superuser, [{ integrations: 10_000, dueForMs: 60 * minute }]);
    const scheduler = schedule({ window: 100 });
    await scheduler.tick();
    expect(await producer.depth('sync')).toBe(100);
    const [small] = await seedIntegrations(server.superuser, [{ integrations: 1, dueForMs: 0 }]);
    const taken: string[] = [];
    // One slot, and a job that lasts as long as the scheduler's look.
    work(taken, 'sync', 1, () => scheduler.tick());
    await until(() => small !== undefined && taken.includes(small));
    expect(taken.indexOf(small ?? '')).toBeLessThan(3);
  });

  it('fills and rings a window of several steps in one look', async () => {
    await seedIntegrations(server.superuser, [{ integrations: 2_700, dueForMs: minute }]);
    await schedule({ window: 2_500 }).tick();
    expect(await producer.depth('sync')).toBe(2_500);
    expect(await superuser.prisma.syncRun.count()).toBe(2_500);
  });

  it('brings everything back after FLUSHALL', async () => {
    await seedIntegrations(server.superuser, [{ integrations: 30, dueForMs: minute }]);
    const scheduler = schedule({ window: 20, forgottenAfterMs: 0 });
    await scheduler.tick();
    const { organizationId, integrationId } = await createTestOrganization(app);
    await requestSync(app, { organizationId, integrationId, types: [] });
    const lost = await superuser.prisma.syncRun.findMany();
    await forgetEverything();
    const taken: string[] = [];
    work(taken, 'sync', 4);
    work(taken, 'sync-now');
    scheduler.start();
    await until(async () => (await ended()) === 31);
    expect(taken).toHaveLength(31);
    expect(lost).toHaveLength(21);
    const rungAgain = { id: { in: lost.map((run) => run.id) }, ring: { gt: 1 } };
    expect(await superuser.prisma.syncRun.count({ where: rungAgain })).toBe(21);
  });

  it('hands the run of a worker that died to another', async () => {
    await seedIntegrations(server.superuser, [{ integrations: 1, dueForMs: minute }]);
    const scheduler = schedule();
    await scheduler.tick();
    const [run] = await superuser.prisma.syncRun.findMany();
    if (run === undefined) throw new Error('no run was made');
    await claimRun(app, { organizationId: run.organizationId, runId: run.id, worker: 'killed' });
    await forgetEverything();
    await superuser.prisma.$executeRaw`UPDATE sync_run SET lease_until = now()`;
    work([]);
    scheduler.start();
    await until(async () => (await ended()) === 1);
    expect(await superuser.prisma.syncRun.findFirst()).toMatchObject({ crashCount: 1, fence: 2n, ring: 2 });
    expect(await metrics.registry.metrics()).toMatch(/runs_reaped_total\{.*\} 1/);
  });

  it('finishes a request on demand while the schedule stands still', async () => {
    await seedIntegrations(server.superuser, [{ integrations: 50, dueForMs: minute }]);
    const scheduler = schedule({ window: 5 });
    await scheduler.tick();
    const { organizationId, integrationId } = await createTestOrganization(app);
    const { ring } = await requestSync(app, { organizationId, integrationId, types: [] });
    if (ring === null) throw new Error('nothing to ring');
    await producer.ringSync([{ ...ring, queue: 'sync-now' }]);
    const taken: string[] = [];
    work(taken, 'sync-now');
    await until(async () => (await ended()) === 1);
    expect(taken).toEqual([organizationId]);
    expect(await producer.depth('sync')).toBe(5);
  });

  it('rings a health check for every integration whose time has come', async () => {
    await seedIntegrations(server.superuser, [{ integrations: 7, dueForMs: -minute, healthDueForMs: 0 }]);
    const scheduler = schedule();
    await scheduler.tick();
    await scheduler.tick();
    expect(await producer.depth('health')).toBe(7);
    expect(await producer.depth('sync')).toBe(0);
  });

  it('rings for a channel that has something to send, once, though two look', async () => {
    const { organizationId, integrationId } = await createTestOrganization(app);
    const channelId = randomUUID();
    const channel = {
      organizationId,
      id: channelId,
      name: 'mail',
      kind: 'mail',
      target: 'a@b.c',
      secret: null,
    } as const;
    await addChannel(app, channel, 'test');
    const both = [schedule(), schedule()];
    const look = () => Promise.all(both.map((scheduler) => scheduler.tick()));
    await look();
    expect(await producer.depth('notify')).toBe(0);
    const degraded = { status: 'degraded', code: 'timeout', message: 'Late.' } as const;
    await recordHealth(app, { organizationId, integrationId }, degraded);
    await look();
    await look();
    expect(await producer.depth('notify')).toBe(1);
    const jobs: object[] = [];
    const handle = async (job: object) => void jobs.push(job);
    consumers.push(createConsumer({ redis: redis.url, queue: 'notify', slots: 1, log, handle }));
    await until(() => jobs.length === 1);
    expect(jobs).toEqual([{ organizationId, channelId }]);
  });

  describe('tells before a source forgets', () => {
    const forgetIn = (ms: number, where: { id: string }) =>
      superuser.prisma.integration.updateMany({
        where,
        data: { forgetsAt: new Date(Date.now() + ms), forgetsType: 'test.audit_event', retentionWarnsAt: new Date() },
      });
    const told = () => superuser.prisma.notification.findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] });
    const looks = async (...at: Scheduler[]) => void (await Promise.all(at.map((scheduler) => scheduler.tick())));

    it('once, with two schedulers at once, whatever state it is in, and never of what was removed', async () => {
      await seedIntegrations(server.superuser, [{ integrations: 40, dueForMs: -minute }]);
      const all = await superuser.prisma.integration.findMany({ orderBy: { name: 'asc' } });
      for (const { id } of all) await forgetIn(60 * minute, { id });
      const [paused, quarantined, failing, removed] = all;
      const set = (one: { id: string } | undefined, data: object) =>
        superuser.prisma.integration.updateMany({ where: { id: one?.id ?? '' }, data });
      await set(paused, { status: 'paused', nextSyncAt: null });
      await set(quarantined, { quarantinedRunId: randomUUID(), nextSyncAt: null });
      await set(failing, { status: 'error' });
      await set(removed, { removedAt: new Date() });
      const both = [schedule(), schedule()];
      await looks(...both);
      await looks(...both);
      const notifications = await told();
      expect(notifications.map(({ integrationId }) => integrationId).toSorted()).toEqual(
        all.flatMap(({ id }) => (id === removed?.id ? [] : [id])).toSorted(),
      );
      expect(new Set(notifications.map(({ kind }) => kind))).toEqual(new Set(['integration.retention']));
      const first = notifications[0];
      expect(first?.message).toMatch(/^From \d{4}-\d\d-\d\d \d\d:\d\d UTC on the source of test\.audit_event forgets/);
      expect(first?.message).toContain(`fleet integrations show ${first?.integrationId}`);
      expect(await metrics.registry.metrics()).toContain('fleet_scheduler_forgetting_integrations{process="test"} 39');
    });

    it('once more when the date is past, and again when a later pass has moved it', async () => {
      await seedIntegrations(server.superuser, [{ integrations: 1, dueForMs: -minute }]);
      const { id } = await superuser.prisma.integration.findFirstOrThrow();
      await forgetIn(800, { id });
      const both = [schedule(), schedule()];
      await looks(...both);
      expect(await told()).toHaveLength(1);
      await until(async () => {
        await looks(...both);
        return (await told()).length > 1;
      });
      await looks(...both);
      expect((await told()).map(({ message }) => message.split(' ')[0])).toEqual(['From', 'Since']);
      expect(await superuser.prisma.integration.findFirst()).toMatchObject({ retentionWarnsAt: null });
      await forgetIn(60 * minute, { id });
      await looks(...both);
      expect(await told()).toHaveLength(3);
    });
  });
});
