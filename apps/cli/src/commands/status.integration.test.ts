import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { connectors } from '@evidence-fleet/connectors';
import { claimRun, createDatabase, createLedger, type Database, releaseRun, requestSync } from '@evidence-fleet/db';
import { createConsumer, createProducer } from '@evidence-fleet/queue';
import { createQuota } from '@evidence-fleet/quota';
import { createLogger } from '@evidence-fleet/service';
import {
  createTenant,
  freePort,
  type RedisServer,
  startDatabase,
  startRedis,
  type Tenant,
  type TestDatabase,
  until,
} from '@evidence-fleet/testbed';
import { createVault, generateKey, parseKeyring } from '@evidence-fleet/vault';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import pg from 'pg';
import { fleetMain, type ResidentFleet, runFleet, startResidentFleet } from '../testing/run-fleet.ts';

const log = createLogger({ name: 'test', level: 'silent' });
const names = ['one', 'two', 'three', 'four', 'five'] as const;

let server: TestDatabase;
let redis: RedisServer;
let superuser: pg.Client;
let database: Database;
let tenant: Tenant;
let ids: Record<(typeof names)[number], string>;
let env: Record<string, string>;
let resident: ResidentFleet;

beforeAll(async () => {
  [server, redis] = await Promise.all([startDatabase(), startRedis()]);
  superuser = new pg.Client({ connectionString: server.superuser });
  await superuser.connect();
  database = createDatabase({ url: server.app });
  tenant = await createTenant(database, createVault(parseKeyring(generateKey('k1'))), 'acme');
  const added = await Promise.all(
    names.map(async (name) => {
      const github = { connector: 'github', kind: 'token', settings: { organizations: ['acme'] } };
      return [name, await tenant.add({ ...github, name, secrets: { token: 'x' }, endpoint: 'http://127.0.0.1:1' })];
    }),
  );
  ids = Object.fromEntries(added);
  await superuser.query(`UPDATE integration SET status = 'active', quota_scope = 'user:7'`);
  env = { DATABASE_URL: server.app, REDIS_URL: redis.url, FLEET_ORGANIZATION: 'acme' };
  resident = startResidentFleet();
});
afterAll(async () => {
  await resident?.close();
  await database?.close();
  await superuser?.end();
  await Promise.all([server?.close(), redis?.close()]);
});

const status = async (over: Record<string, string> = {}) => {
  const ran = await resident.run(['status', '--json'], { env: { ...env, ...over } });
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  return JSON.parse(ran.stdout);
};

const queue = async (name: string) => (await status()).queues.find((one: { name: string }) => one.name === name);

async function begin(name: (typeof names)[number]) {
  const { organizationId } = tenant;
  const { runId } = await requestSync(database, { organizationId, integrationId: ids[name], types: [] });
  const run = await claimRun(database, { organizationId, runId, worker: 'host-1' });
  if (run === null) throw new Error('the run could not be claimed');
  return run;
}

describe('fleet status', () => {
  it('tells of a fleet in which nothing goes on', async () => {
    const { stdout, code } = await runFleet(['status'], { env });
    expect(code).toBe(0);
    expect(stdout).toContain('none is to be seen');
    expect(stdout).toMatch(/runs +0 queued, 0 running, 0 waiting; 0 due/);
    expect(stdout).toMatch(/sync-now +0 +0 +0/);
    expect(await status()).toMatchObject({ workers: [], quota: [], gaps: [], failing: [] });
  });

  it('counts runs, gaps and what ended, of this organization alone', async () => {
    const other = await createTenant(database, createVault(parseKeyring(generateKey('k1'))), 'other');
    const foreign = await other.add({
      ...{ connector: 'github', kind: 'token', name: 'one', settings: {}, secrets: {}, endpoint: 'http://127.0.0.1:1' },
    });
    await requestSync(database, { organizationId: other.organizationId, integrationId: foreign, types: [] });

    const partial = await begin('one');
    const ledger = createLedger(database, { ...partial, visibility: Buffer.alloc(64, 1) });
    const { id } = await ledger.open({ type: 'github.team', mode: 'snapshot', typeVersion: 1, slice: '' });
    const gaps = ['a', 'b'].map((scope) => ({ scope, reason: 'permission_denied', detail: 'Grant it.', keySha: null }));
    await ledger.commit(id, { rows: [], gaps, checkpoint: null, watermark: null, expected: null, calls: [] });
    await ledger.close(id, { status: 'partial', gone: [], unproven: [], error: null, expected: null, calls: [] });
    await releaseRun(database, partial, { kind: 'end', state: 'partial', error: null }, null);
    const failed = await begin('two');
    const error = { code: 'timeout', message: 'GitHub did not answer.' };
    await releaseRun(database, failed, { kind: 'end', state: 'failed', error }, null);
    const old = await begin('three');
    await releaseRun(database, old, { kind: 'end', state: 'succeeded', error: null }, null);
    await superuser.query(`UPDATE sync_run SET finished_at = finished_at - interval '2 hours' WHERE id = $1`, [
      old.runId,
    ]);
    await begin('four');
    await requestSync(database, { organizationId: tenant.organizationId, integrationId: ids.five, types: [] });

    const found = await status();
    expect(found).toMatchObject({
      organization: 'acme',
      unfinished: { queued: 1, running: 1, waiting: 0 },
      lastHour: { succeeded: 0, partial: 1, failed: 1, cancelled: 0 },
      workers: [{ name: 'host-1', runs: 1, connected: false }],
      gaps: [{ reason: 'permission_denied', open: 2 }],
    });
    expect(Date.parse(found.oldestQueuedAt)).toBeLessThanOrEqual(Date.parse(found.at));
  });

  it('shows queues, the workers connected to them, and quotas', async () => {
    const producer = createProducer({ redis: redis.url, log });
    const { organizationId } = tenant;
    const { promise: hold, resolve: letGo } = Promise.withResolvers<void>();
    const consumer = createConsumer({
      ...{ redis: redis.url, queue: 'health' as const, slots: 1, worker: 'host-2', log },
      handle: () => hold,
    });
    const client = new Redis(redis.url);
    try {
      for (const name of names) await producer.ringHealth([{ organizationId, integrationId: ids[name] }]);
      await until('a job is at work', async () => (await queue('health')).active === 1);
      const github = connectors.get('github')?.limits[0];
      if (github === undefined) throw new Error('GitHub documents a limit');
      const quota = createQuota({ redis: client, prefix: 'fleet:' });
      for (let call = 0; call < 3; call += 1) await quota.reserve('user:7', github, 0);
      await quota.block('user:7', github, new Date(Date.now() + 60_000));
      const found = await status();
      expect(found.queues).toContainEqual({ name: 'health', waiting: 4, active: 1, delayed: 0, isPaused: false });
      expect(found.workers).toContainEqual({ name: 'host-2', runs: 0, connected: true });
      expect(found.quota).toMatchObject([
        { connector: 'github', scope: 'user:7', limit: 'core', used: 3, budget: 2500 },
      ]);
      expect(found.quota[0].blockedMs).toBeGreaterThan(50_000);
      const { stdout } = await resident.run(['status'], { env });
      expect(stdout).toMatch(/health +4 +1 +0/);
      expect(stdout).toContain('host-2 (no run of this organization)');
    } finally {
      letGo();
      client.disconnect();
      await consumer.close({ graceMs: 1_000 });
      await producer.close();
    }
  });

  it('needs no more than the least rights of Redis that are documented, and does without the list of workers', async () => {
    const document = await readFile(new URL('../../../../docs/production.md', import.meta.url), 'utf8');
    const [, rights = ''] = /ACL SETUSER fleet on >… (.+)/.exec(document) ?? [];
    const words = rights.split(' ');
    expect(words).toContain('+client|list');
    const admin = new Redis(redis.url);
    const grant = (name: string, given: string[]) =>
      admin.call('ACL', 'SETUSER', name, 'on', '>pw-of-this-test', ...given);
    await grant('least', words);
    await grant(
      'less',
      words.filter((word) => word !== '+client|list'),
    );
    admin.disconnect();
    await superuser.query(`UPDATE sync_run SET lease_until = now() + interval '1 minute' WHERE state = 'running'`);
    for (const [name, connected] of [
      ['least', false],
      ['less', null],
    ] as const) {
      const found = await status({ REDIS_URL: redis.url.replace('redis://', `redis://${name}:pw-of-this-test@`) });
      expect(found.workers).toEqual([{ name: 'host-1', runs: 1, connected }]);
      expect(found.queues).not.toHaveLength(0);
    }
  });

  it('lists what fails, with the sentence that says what to do', async () => {
    const runId = '0198c5a2-7c1e-7d2f-8a33-0b9d5e6f7a81';
    await superuser.query(
      `UPDATE integration SET status = 'error', status_reason = 'The token was revoked.' WHERE id = $1`,
      [ids.one],
    );
    await superuser.query(`UPDATE integration SET quarantined_run_id = $2 WHERE id = $1`, [ids.two, runId]);
    await superuser.query(
      `UPDATE integration SET breaker_until = now() + interval '1 hour', failing_reason = 'GitHub is away.' WHERE id = $1`,
      [ids.three],
    );
    const { failing } = await status();
    expect(failing.map(({ name }: { name: string }) => name)).toEqual(['one', 'three', 'two']);
    const { stdout } = await resident.run(['status'], { env });
    expect(stdout).toMatch(/one +error +The token was revoked\./);
    expect(stdout).toMatch(/three +held back +GitHub is away\. Tried again at /);
    expect(stdout).toContain(`fleet runs redrive ${runId}`);
  });

  it('tells the rest where Redis does not answer', async () => {
    const found = await status({ REDIS_URL: `redis://127.0.0.1:${await freePort()}` });
    expect(found).toMatchObject({ queues: null, quota: null, unfinished: { running: 1 } });
  });

  it('goes on with --watch until it is interrupted', async () => {
    const child = spawn(
      process.execPath,
      ['--no-warnings', fleetMain, 'status', '--watch', '--interval', '1', '--json'],
      {
        env: { PATH: '/usr/bin:/bin', ...env },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const looks: { at: string }[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      looks.push(JSON.parse(line));
      if (looks.length === 2) child.kill('SIGINT');
    }
    if (child.exitCode === null) await once(child, 'exit');
    expect(child.exitCode).toBe(0);
    expect(Date.parse(looks[1]?.at ?? '')).toBeGreaterThan(Date.parse(looks[0]?.at ?? ''));
  });
});
