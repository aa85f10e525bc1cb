import { setTimeout as pause } from 'node:timers/promises';
import { cancelRun, createDatabase, type Database, requestSync } from '@evidence-fleet/db';
import { createQuota } from '@evidence-fleet/quota';
import { createLogger, createScrubber } from '@evidence-fleet/service';
import {
  createHold,
  createTenant,
  type GitHubSimulator,
  type GitHubWorld,
  generateGitHubWorld,
  type Hold,
  type RedisServer,
  startDatabase,
  startGitHub,
  startRedis,
  type Tenant,
  type TestDatabase,
  until,
} from '@evidence-fleet/testbed';
import { createVault, generateKey, parseKeyring } from '@evidence-fleet/vault';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { syncRun } from './sync-run.ts';
import type { WorkerTools } from './tools.ts';

describe('a run that is cancelled from elsewhere ends within 2 s, and writes nothing afterwards', () => {
  let server: TestDatabase;
  let redisServer: RedisServer;
  let redis: Redis;
  let database: Database;
  let elsewhere: Database;
  let superuser: Database;
  let tools: WorkerTools;
  let world: GitHubWorld;
  let github: GitHubSimulator;
  let tenant: Tenant;
  let integrationId: string;
  let hold: Hold;
  let number = 0;
  const vault = createVault(parseKeyring(generateKey('k1')));

  beforeAll(async () => {
    [server, redisServer] = await Promise.all([startDatabase(), startRedis()]);
    database = createDatabase({ url: server.app });
    elsewhere = createDatabase({ url: server.app });
    superuser = createDatabase({ url: server.superuser });
    redis = new Redis(redisServer.url);
  });
  afterAll(async () => {
    redis.disconnect();
    await Promise.all([database.close(), elsewhere.close(), superuser.close()]);
    await Promise.all([server.close(), redisServer.close()]);
  });
  beforeEach(async () => {
    number += 1;
    world = generateGitHubWorld({
      seed: number,
      repositories: 8,
      members: 30,
      alerts: 250,
      denied: 0,
      now: new Date(),
    });
    github = await startGitHub(world);
    hold = createHold();
    const scrubber = createScrubber();
    tools = {
      database,
      heartbeats: database,
      vault,
      scrubber,
      quota: createQuota({ redis, prefix: `test-${number}:`, share: 1 }),
      network: { allowPrivate: [new URL(github.url).host] },
      log: createLogger({ name: 'test', level: 'fatal', scrubber }),
      worker: 'test',
    };
    tenant = await createTenant(database, vault, `tenant-${number}`);
    integrationId = await tenant.add({
      connector: 'github',
      name: 'github',
      kind: 'token',
      secrets: { token: world.tokens[0]?.secret },
      settings: { organizations: [world.organizations[0]?.login] },
      endpoint: github.url,
    });
  });
  afterEach(async () => {
    hold.release();
    await github.close();
  });

  const request = async () => {
    const { organizationId } = tenant;
    return requestSync(database, { organizationId, integrationId, types: [] });
  };
  const work = (runId: string) =>
    syncRun(tools, { organizationId: tenant.organizationId, runId }, new AbortController().signal);
  const stored = (runId: string) =>
    database.withOrganization(tenant.organizationId, async (transaction) => ({
      run: await transaction.syncRun.findFirstOrThrow({ where: { id: runId } }),
      streams: await transaction.streamRun.findMany({ where: { runId }, orderBy: { id: 'asc' } }),
      versions: await transaction.evidence.count(),
      findings: await transaction.finding.count(),
    }));

  async function cancelWhen(runId: string, reached: Promise<unknown>): Promise<void> {
    const working = work(runId);
    await reached;
    const asked = performance.now();
    expect(await cancelRun(elsewhere, { organizationId: tenant.organizationId, runId })).toBe('requested');
    await working;
    expect(performance.now() - asked).toBeLessThan(2_000);
    const ended = await stored(runId);
    expect(ended.run).toMatchObject({ state: 'cancelled', cancelRequestedAt: expect.any(Date) });
    expect(ended.streams.some(({ status }) => status === 'open')).toBe(false);
    hold.release();
    await pause(300); // what the provider owed arrives now
    expect(await stored(runId)).toEqual(ended);
  }
  const holdAnswer = (match: RegExp) => github.faults.add({ ...hold.fault, match, times: Number.POSITIVE_INFINITY });

  it.each([
    ['the check', /^\/user$/],
    ['a page', /dependabot\/alerts.*[?&]after=/],
  ])('in the middle of %s', async (_, match) => {
    const { runId } = await request();
    holdAnswer(match);
    await cancelWhen(runId, hold.reached);
  });

  it('in a wait for its quota', async () => {
    const { runId } = await request();
    const waits = Promise.withResolvers<void>();
    const { quota } = tools;
    tools = {
      ...tools,
      quota: {
        report: (...args) => quota.report(...args),
        block: (...args) => quota.block(...args),
        reserve: async () => {
          waits.resolve();
          return { granted: true, waitMs: 9_000, toleranceMs: 1_000 };
        },
      },
    };
    await cancelWhen(runId, waits.promise);
  });

  it('while it asks for what is missing', async () => {
    const first = await request();
    await work(first.runId);
    const gone = world.organizations[0]?.repositories.pop();
    if (gone === undefined) throw new Error('the world is too small');
    const { runId } = await request();
    holdAnswer(/^\/repositories\/\d+$/);
    await cancelWhen(runId, hold.reached);
  });

  /** Keeps a statement of the worker waiting in Postgres, as a slow database does, until it is told to let go. */
  async function slowDown(statement: string): Promise<{ release(): Promise<void> }> {
    const released = Promise.withResolvers<void>();
    const locked = Promise.withResolvers<void>();
    const holding = superuser.prisma.$transaction(
      async (transaction) => {
        await transaction.$executeRawUnsafe(statement);
        locked.resolve();
        await released.promise;
      },
      { timeout: 30_000 },
    );
    holding.catch(locked.reject);
    await locked.promise;
    return {
      async release() {
        released.resolve();
        await holding;
      },
    };
  }
  const waitsInPostgres = (what: string) =>
    until(`something waits for a lock at ${what}`, async () => {
      const rows = await superuser.prisma.$queryRaw<unknown[]>`
        SELECT 1 FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE ${`%${what}%`}`;
      return rows.length > 0;
    });

  it('while it is judged, as soon as the statement that is under way has come back', async () => {
    const { runId } = await request();
    const slow = await slowDown('LOCK TABLE finding IN ACCESS EXCLUSIVE MODE');
    const working = work(runId);
    await waitsInPostgres('FROM finding');
    expect(await cancelRun(elsewhere, { organizationId: tenant.organizationId, runId })).toBe('requested');
    await pause(1_500); // one heartbeat: the run's row is free, so it is heard while the statement still waits
    await slow.release();
    const released = performance.now();
    await working;
    expect(performance.now() - released).toBeLessThan(2_000);
    expect(await stored(runId)).toMatchObject({ run: { state: 'cancelled' } });
  });

  it('while a slow database holds a batch, as soon as that has come back', async () => {
    const { runId } = await request();
    holdAnswer(/dependabot\/alerts.*[?&]after=/);
    const slow = await slowDown('LOCK TABLE evidence IN ACCESS EXCLUSIVE MODE');
    const working = work(runId);
    await waitsInPostgres('evidence');
    expect(await cancelRun(elsewhere, { organizationId: tenant.organizationId, runId })).toBe('requested');
    await pause(1_500); // one heartbeat: a batch that waits does not hold the run's row yet
    await slow.release();
    const released = performance.now();
    await working;
    expect(performance.now() - released).toBeLessThan(2_000);
    const ended = await stored(runId);
    expect(ended.run).toMatchObject({ state: 'cancelled' });
    expect(ended.streams.some(({ status }) => status === 'open')).toBe(false);
  });
});
