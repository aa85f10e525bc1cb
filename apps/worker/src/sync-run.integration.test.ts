import { createDatabase, type Database, listNotifications, requestSync, warnOfCredentials } from '@evidence-fleet/db';
import { canonicalJson } from '@evidence-fleet/engine';
import { createQuota } from '@evidence-fleet/quota';
import { createLogger, createScrubber } from '@evidence-fleet/service';
import {
  createTenant,
  type GitHubSimulator,
  type GitHubWorld,
  generateGitHubWorld,
  githubTruth,
  type RedisServer,
  startDatabase,
  startGitHub,
  startRedis,
  type Tenant,
  type TestDatabase,
  type WorldSize,
} from '@evidence-fleet/testbed';
import { createVault, generateKey, parseKeyring } from '@evidence-fleet/vault';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { syncRun } from './sync-run.ts';
import type { WorkerTools } from './tools.ts';

describe('a sync, from request to verdict', () => {
  let server: TestDatabase;
  let redisServer: RedisServer;
  let redis: Redis;
  let database: Database;
  let tools: WorkerTools;
  let world: GitHubWorld;
  let github: GitHubSimulator;
  let tenant: Tenant;
  let integrationId: string;
  let number = 0;
  const vault = createVault(parseKeyring(generateKey('k1')));

  beforeAll(async () => {
    [server, redisServer] = await Promise.all([startDatabase(), startRedis()]);
    database = createDatabase({ url: server.app });
    redis = new Redis(redisServer.url);
  });
  afterAll(async () => {
    redis.disconnect();
    await database.close();
    await Promise.all([server.close(), redisServer.close()]);
  });
  beforeEach(() => open({ repositories: 8, members: 10, pullRequests: 8, alerts: 8 }));
  afterEach(() => github.close());

  /** A new world, and a tenant that reads it. */
  async function open(size: Partial<WorldSize>): Promise<void> {
    number += 1;
    world = generateGitHubWorld({ seed: number, denied: 0, now: new Date(), ...size });
    github = await startGitHub(world);
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
  }

  /** So large that many resources can be missing at once. */
  async function openLarge(): Promise<void> {
    await github.close();
    await open({ repositories: 24, members: 30, pullRequests: 20, alerts: 20 });
  }

  async function sync() {
    const { organizationId } = tenant;
    const { runId } = await requestSync(database, { organizationId, integrationId, types: [] });
    await syncRun(tools, { organizationId, runId }, new AbortController().signal);
    return database.withOrganization(organizationId, async (transaction) => {
      const run = await transaction.syncRun.findUniqueOrThrow({
        where: { organizationId_id: { organizationId, id: runId } },
      });
      const streams = await transaction.streamRun.findMany({ where: { runId } });
      const sum = (field: 'added' | 'changed' | 'retired' | 'gaps') =>
        streams.reduce((total, stream) => total + stream[field], 0);
      return { run, streams, added: sum('added'), changed: sum('changed'), retired: sum('retired'), gaps: sum('gaps') };
    });
  }

  const current = () =>
    database.withOrganization(tenant.organizationId, async (transaction) => {
      const rows = await transaction.evidence.findMany({
        where: { validTo: null },
        select: { type: true, key: true, material: true },
      });
      return rows.map(({ type, key, material }) => canonicalJson({ type, key, material } as never)).toSorted();
    });
  const truth = () =>
    githubTruth(world)
      .map(({ type, key, material }) => canonicalJson({ type, key, material } as never))
      .toSorted();
  const verdicts = () =>
    database.withOrganization(tenant.organizationId, async (transaction) => {
      const rows = await transaction.verdict.findMany({
        where: { validTo: null },
        select: { controlId: true, status: true },
      });
      return Object.fromEntries(rows.map(({ controlId, status }) => [controlId, status]));
    });
  const openGaps = () =>
    database.withOrganization(tenant.organizationId, (transaction) =>
      transaction.gap.findMany({ where: { closedAt: null }, select: { type: true, scope: true, reason: true } }),
    );

  it('stores exactly what the provider showed, and judges it', async () => {
    await openLarge();
    const first = await sync();
    expect(first.run).toMatchObject({ state: 'partial', errorCode: null });
    expect(await openGaps()).toEqual([{ type: 'github.dependabot_alert', scope: '*', reason: 'unconfirmed' }]);
    expect((await sync()).run).toMatchObject({ state: 'succeeded', errorCode: null });
    expect(await openGaps()).toEqual([]);
    expect(await current()).toEqual(truth());
    expect(await verdicts()).toMatchObject({ 'mfa-for-people': 'fail', 'default-branches-protected': 'fail' });
    expect(first.run.manifest).toMatchObject({ version: 1, attempts: 1, crashes: 0 });
  });

  it('writes no version when every volatile field moved and every list was shuffled', async () => {
    await sync();
    github.churn();
    expect(await sync()).toMatchObject({ added: 0, changed: 0, retired: 0, gaps: 0 });
    expect(await current()).toEqual(truth());
  });

  it('writes one version for one change', async () => {
    await sync();
    const repository = world.organizations[0]?.repositories.find(({ archived, empty }) => !archived && !empty);
    if (repository) repository.visibility = repository.visibility === 'private' ? 'internal' : 'private';
    expect(await sync()).toMatchObject({ added: 0, changed: 1, retired: 0 });
    expect(await current()).toEqual(truth());
  });

  it('turns a refusal for one repository into one gap, its control unknown, and retires nothing', async () => {
    const organization = world.organizations[0];
    for (const repository of organization?.repositories ?? []) {
      repository.protection ??= null;
    }
    await sync();
    const before = (await current()).length;
    const repository = organization?.repositories.find(({ archived, empty }) => !archived && !empty);
    if (repository) repository.denied.protection = 403;
    expect(await sync()).toMatchObject({ retired: 0, gaps: 1 });
    expect((await current()).length).toBe(before);
    expect(await openGaps()).toMatchObject([{ type: 'github.branch_protection', reason: 'permission_denied' }]);
    const findings = await database.withOrganization(tenant.organizationId, (transaction) =>
      transaction.finding.findMany({
        where: { controlId: 'default-branches-protected', validTo: null, status: 'unknown' },
      }),
    );
    expect(findings).toHaveLength(1);
  });

  it('retires nothing that is silently missing from the list, before and after it is back', async () => {
    await sync();
    const repository = world.organizations[0]?.repositories[3];
    if (repository) repository.unlisted = true;
    expect(await sync()).toMatchObject({ retired: 0 });
    expect(await current()).toEqual(truth());
    if (repository) repository.unlisted = false;
    await sync();
    expect(await current()).toEqual(truth());
    expect(await openGaps()).toEqual([]);
  });

  it('holds everything under one gap a type when half of the repositories are missing', async () => {
    await openLarge();
    await sync();
    const before = await current();
    for (const repository of world.organizations[0]?.repositories.slice(0, 12) ?? []) repository.unlisted = true;
    expect(await sync()).toMatchObject({ retired: 0 });
    expect(await current()).toEqual(before);
    const gaps = await openGaps();
    expect(gaps.filter(({ type }) => type === 'github.repository')).toMatchObject([
      { scope: '*', reason: 'mass_absence' },
    ]);
  });

  it('retires a removed repository after proof', async () => {
    await sync();
    const organization = world.organizations[0];
    organization?.repositories.splice(2, 1);
    expect(await sync()).toMatchObject({ retired: 0 });
    await sync();
    expect(await openGaps()).toEqual([]);
    const types = new Set(['github.repository', 'github.branch_protection', 'github.dependabot_alert']);
    const snapshot = (rows: string[]) => rows.filter((row) => types.has(JSON.parse(row).type));
    expect(snapshot(await current())).toEqual(snapshot(truth()));
  });

  it.each([
    ['partial', true],
    ['failed', false],
  ])('ends an overdue run as %s though the check itself is throttled', async (state, hasRead) => {
    const { organizationId } = tenant;
    const { runId } = await requestSync(database, { organizationId, integrationId, types: [] });
    const snoozed = new Date(Date.now() + 60_000).toUTCString();
    const throttle = { kind: 'status', status: 429, headers: { 'retry-after': snoozed }, times: 100 } as const;
    github.faults.add({ ...throttle, match: hasRead ? /members/ : /^\/user$/ });
    await syncRun(tools, { organizationId, runId }, new AbortController().signal);
    const find = () =>
      database.withOrganization(organizationId, (transaction) =>
        transaction.syncRun.findFirstOrThrow({ where: { id: runId }, include: { streams: true } }),
      );
    expect(await find()).toMatchObject({ state: 'waiting' });
    github.faults.add({ ...throttle, match: /^\/user$/ });
    await database.withOrganization(
      organizationId,
      (transaction) =>
        transaction.$executeRaw`UPDATE sync_run SET started_at = now() - interval '2 days', available_at = now()`,
    );
    await redis.flushall(); // the scope's block is over, the provider throttles still
    await syncRun(tools, { organizationId, runId }, new AbortController().signal);
    const run = await find();
    expect(run).toMatchObject({ state, errorCode: 'rate_limited' });
    expect(run.streams.some(({ status }) => status === 'open')).toBe(false);
    expect(run.streams.some(({ errorCode }) => errorCode === 'rate_limited')).toBe(hasRead);
  });

  it('puts a run aside that ended five workers without getting further, and blames neither provider nor integration', async () => {
    const { organizationId } = tenant;
    const { runId } = await requestSync(database, { organizationId, integrationId, types: [] });
    await database.withOrganization(organizationId, (transaction) =>
      transaction.syncRun.updateMany({ data: { crashCount: 5 } }),
    );
    await syncRun(tools, { organizationId, runId }, new AbortController().signal);
    const run = await database.withOrganization(organizationId, (transaction) =>
      transaction.syncRun.findFirstOrThrow(),
    );
    expect(run).toMatchObject({ state: 'failed', errorCode: 'crashed' });
    expect(
      await database.withOrganization(organizationId, (transaction) => transaction.integration.findFirst()),
    ).toMatchObject({ quarantinedRunId: runId, nextSyncAt: null });
    expect(github.requests).toHaveLength(0);
  });

  it('tells ahead of a token that ends, by what GitHub says with each answer', async () => {
    const token = world.tokens[0];
    if (token) token.endsAt = new Date(Date.now() + 10 * 24 * 3_600_000);
    await sync();
    const scheduler = createDatabase({ url: server.scheduler, poolSize: 1 });
    expect(await warnOfCredentials(scheduler).finally(() => scheduler.close())).toBe(1);
    const [told] = await listNotifications(database, { ...tenant, all: true, limit: 1 });
    expect(told).toMatchObject({ kind: 'integration.credential_expires' });
    expect(told?.message).toContain(token?.endsAt?.toISOString().slice(0, 16).replace('T', ' '));
  });

  it('rejects a revoked token once, tells the admins once, and stores nothing false', async () => {
    await sync();
    const before = await current();
    const token = world.tokens[0];
    if (token) Object.assign(token, { secret: 'ghp_another' });
    expect((await sync()).run).toMatchObject({ state: 'failed', errorCode: 'authentication_failed' });
    await sync();
    expect(await current()).toEqual(before);
    const { integration, notifications } = await database.withOrganization(
      tenant.organizationId,
      async (transaction) => ({
        integration: await transaction.integration.findFirstOrThrow(),
        notifications: await transaction.notification.count(),
      }),
    );
    expect(integration).toMatchObject({ status: 'error' });
    expect(notifications).toBe(1);
  });
});
