import { createDatabase, type Database, requestSync } from '@evidence-fleet/db';
import { connectFailingFast } from '@evidence-fleet/queue';
import { createQuota } from '@evidence-fleet/quota';
import { createLogger, createScrubber } from '@evidence-fleet/service';
import {
  createHold,
  createTenant,
  type GitHubSimulator,
  generateGitHubWorld,
  type RedisServer,
  startBlackHole,
  startDatabase,
  startGitHub,
  startRedis,
  type TestDatabase,
} from '@evidence-fleet/testbed';
import { createVault, generateKey, parseKeyring } from '@evidence-fleet/vault';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { checkHealth } from './check-health.ts';
import { syncRun } from './sync-run.ts';
import type { WorkerTools } from './tools.ts';

const never = new AbortController().signal;

describe('an outage of our own stores costs no attempt and says nothing of the provider', () => {
  let server: TestDatabase;
  let redisServer: RedisServer;
  let redis: Redis;
  let database: Database;
  let tools: WorkerTools;
  let github: GitHubSimulator;
  let run: { organizationId: string; runId: string };
  let integrationId: string;
  const vault = createVault(parseKeyring(generateKey('k1')));

  beforeAll(async () => {
    [server, redisServer] = await Promise.all([startDatabase(), startRedis()]);
    database = createDatabase({ url: server.app });
  });
  afterAll(async () => {
    await database.close();
    await Promise.all([server.close(), redisServer.close()]);
  });
  beforeEach(async () => {
    const world = generateGitHubWorld({ repositories: 2, members: 2, pullRequests: 1, alerts: 1, now: new Date() });
    github = await startGitHub(world);
    const scrubber = createScrubber();
    const log = createLogger({ name: 'test', level: 'fatal', scrubber });
    redis = connectFailingFast({ url: redisServer.url, name: 'test', log });
    const quota = createQuota({ redis, prefix: `${Math.random()}:`, share: 1 });
    const network = { allowPrivate: ['127.0.0.1'] };
    tools = { database, heartbeats: database, vault, scrubber, quota, network, log, worker: 'test' };
    const tenant = await createTenant(database, vault, `tenant-${Math.random()}`.replace('.', '-'));
    integrationId = await tenant.add({
      connector: 'github',
      name: 'github',
      kind: 'token',
      secrets: { token: world.tokens[0]?.secret },
      settings: { organizations: [world.organizations[0]?.login] },
      endpoint: github.url,
    });
    const { organizationId } = tenant;
    const { runId } = await requestSync(database, { organizationId, integrationId, types: [] });
    run = { organizationId, runId };
  });
  afterEach(async () => {
    redis.disconnect();
    await github.close();
  });

  const read = () =>
    database.withOrganization(run.organizationId, async (transaction) => {
      const { state, attempts, crashCount, errorCode } = await transaction.syncRun.findFirstOrThrow({
        where: { id: run.runId },
      });
      const { status } = await transaction.integration.findFirstOrThrow({ where: { id: integrationId } });
      return { state, attempts, crashCount, errorCode, status };
    });
  const ring = async () => {
    await database.withOrganization(
      run.organizationId,
      (transaction) => transaction.$executeRaw`UPDATE sync_run SET available_at = now() WHERE state = 'waiting'`,
    );
    await syncRun(tools, run, never);
  };
  const unharmed = { attempts: 0, crashCount: 0, errorCode: null };

  it('Redis, again and again', async () => {
    await redisServer.kill();
    for (let time = 0; time < 4; time += 1) await ring();
    await checkHealth(tools, { ...run, integrationId }, never);
    expect(await read()).toEqual({ ...unharmed, state: 'waiting', status: 'pending' });
    expect(github.requests).toEqual([]);
    await redisServer.start();
    await redis.ping().catch(() => new Promise((resolve) => redis.once('ready', resolve)));
    await ring();
    expect(await read()).toEqual({ ...unharmed, state: 'partial', status: 'active' });
  });

  it('Postgres, in the middle of a page', async () => {
    const hold = createHold();
    github.faults.add({ ...hold.fault, match: /\/repos/ });
    const working = syncRun(tools, run, never);
    await hold.reached;
    await server.postgres.stop('fast');
    hold.release();
    await server.postgres.start();
    await working;
    expect(await read()).toMatchObject({ ...unharmed, state: 'waiting' });
    await ring();
    expect(await read()).toEqual({ ...unharmed, state: 'partial', status: 'active' });
  });

  it('Postgres, which swallows everything: given up within a lease, and of use again after it', async () => {
    const line = await startBlackHole(server.postgres.port);
    const url = new URL(server.app);
    url.port = String(line.port);
    const [far, heartbeats] = [1, 2].map(() => createDatabase({ url: url.href, patienceMs: 1_000 }));
    if (far === undefined || heartbeats === undefined) throw new Error('there are two');
    const hold = createHold();
    github.faults.add({ ...hold.fault, match: /\/repos/ });
    try {
      const working = syncRun({ ...tools, database: far, heartbeats }, run, never);
      await hold.reached;
      line.swallow();
      const healing = setTimeout(() => line.heal(), 10_000);
      await working; // though the provider never answers
      clearTimeout(healing);
      expect(await read()).toMatchObject({ ...unharmed, state: 'waiting' });
      hold.release();
      await ring();
      expect(await read()).toEqual({ ...unharmed, state: 'partial', status: 'active' });
    } finally {
      hold.release();
      await Promise.all([far.close(), heartbeats.close()]);
      await line.close();
    }
  }, 30_000);
});
