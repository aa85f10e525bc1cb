import { createDatabase, type Database } from '@evidence-fleet/db';
import {
  createTenant,
  freePort,
  type RedisServer,
  shiftedClock,
  startDatabase,
  startRedis,
  type Tenant,
  type TestDatabase,
} from '@evidence-fleet/testbed';
import { createVault, generateKey, parseKeyring } from '@evidence-fleet/vault';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { Check } from '../doctor/check.ts';
import { type ResidentFleet, runFleet, startResidentFleet } from '../testing/run-fleet.ts';

let server: TestDatabase;
let redis: RedisServer;
let superuser: pg.Client;
let database: Database;
let tenant: Tenant;
let env: Record<string, string>;
let resident: ResidentFleet;
const keyring = generateKey('k1');
const token = 'ghp_aVerySecretTokenOfThisTest0123456789abcd';

beforeAll(async () => {
  [server, redis] = await Promise.all([startDatabase({ durable: true }), startRedis({ isPersistent: true })]);
  superuser = new pg.Client({ connectionString: server.superuser });
  await superuser.connect();
  database = createDatabase({ url: server.app });
  tenant = await createTenant(database, createVault(parseKeyring(keyring)), 'acme');
  for (const name of ['works', 'broken', 'halted', 'lost']) await add(name);
  await superuser.query(`UPDATE integration SET status = 'active' WHERE name = 'works'`);
  env = { DATABASE_URL: server.app, REDIS_URL: redis.url, FLEET_KEYRING: keyring, FLEET_ORGANIZATION: 'acme' };
  resident = startResidentFleet();
});
afterAll(async () => {
  await resident?.close();
  await database?.close();
  await superuser?.end();
  await Promise.all([server?.close(), redis?.close()]);
});

function add(name: string): Promise<string> {
  const github = { connector: 'github', kind: 'token', settings: { organizations: ['acme'] } };
  return tenant.add({ ...github, name, secrets: { token }, endpoint: 'http://127.0.0.1:1' });
}

/** What it finds, by the name of the check, and how it ends. @param run in a process of its own where what is given is for its start */
async function examine(over: Record<string, string> = {}, run = resident.run) {
  const ran = await run(['doctor', '--json'], { env: { ...env, ...over } });
  const checks: Check[] = JSON.parse(ran.stdout).checks;
  for (const { status, todo } of checks) expect(todo === null).toBe(status === 'ok');
  const failed = checks.filter(({ status }) => status === 'fail').map(({ name }) => name);
  return { code: ran.code, failed, of: (name: string) => checks.find((check) => check.name === name) };
}

describe('fleet doctor', () => {
  it('finds nothing wrong with a fleet that is well, a line a check, and ends with 0', async () => {
    await superuser.query(`UPDATE integration SET status = 'active'`);
    const { code, stdout, stderr } = await runFleet(['doctor'], { env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.trim().split('\n');
    expect(lines.at(-1)).toMatch(/^\d+ ok, 0 to look at, 0 failed\.$/);
    expect(lines.slice(0, -2).every((line) => line.startsWith('ok  '))).toBe(true);
    for (const name of ['database', 'migrations', 'row security', 'pooler', 'redis eviction', 'redis persistence'])
      expect(stdout).toMatch(new RegExp(`^ok +${name} `, 'm'));
    expect(stdout).toMatch(/^ok {4}organization key +that of acme opens$/m);
    expect(stdout).toMatch(/^ok {4}clock of database +agrees/m);
    expect(stdout).toMatch(/^ok {4}integration works +github, active$/m);
  });

  it('tells of each integration how it is and what to do', async () => {
    const runId = '0198c5a2-7c1e-7d2f-8a33-0b9d5e6f7a81';
    await superuser.query(
      `UPDATE integration SET status = 'error', status_reason = 'The token was revoked.' WHERE name = 'broken'`,
    );
    await superuser.query(`UPDATE integration SET quarantined_run_id = $1 WHERE name = 'halted'`, [runId]);
    await superuser.query(
      `DELETE FROM credential c USING integration i WHERE i.id = c.integration_id AND i.name = 'lost'`,
    );
    const { code, failed, of } = await examine();
    expect({ code, failed }).toEqual({
      code: 1,
      failed: ['integration broken', 'integration halted', 'integration lost'],
    });
    expect(of('integration broken')).toMatchObject({
      finding: expect.stringContaining('The token was revoked.'),
      todo: expect.stringContaining('fleet integrations test broken'),
    });
    expect(of('integration halted')?.todo).toContain(`fleet runs redrive ${runId}`);
    expect(of('integration lost')?.finding).toContain('not stored');
    await superuser.query(`UPDATE integration SET status = 'paused', quarantined_run_id = NULL WHERE name <> 'works'`);
    await superuser.query(`UPDATE integration SET next_health_at = now() - interval '2 hours' WHERE name = 'works'`);
    const later = await examine();
    expect(later.of('integration broken')).toMatchObject({ status: 'warn', todo: expect.stringContaining('resume') });
    expect(later.of('scheduler')).toMatchObject({ status: 'warn', finding: expect.stringMatching(/2 h/) });
    await superuser.query(
      `DELETE FROM credential c USING integration i WHERE i.id = c.integration_id AND i.name <> 'works'`,
    );
    await superuser.query(`DELETE FROM integration WHERE name <> 'works'`);
    await superuser.query(`UPDATE integration SET next_health_at = now()`);
  });

  it('finds a Redis that evicts, and one that keeps nothing', async () => {
    const admin = new Redis(redis.url);
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru', 'appendonly', 'no');
    try {
      const { code, failed, of } = await examine();
      expect({ code, failed }).toEqual({ code: 1, failed: ['redis eviction'] });
      expect(of('redis eviction')?.finding).toContain('allkeys-lru');
      expect(of('redis persistence')?.status).toBe('warn');
    } finally {
      await admin.config('SET', 'maxmemory-policy', 'noeviction', 'appendonly', 'yes');
      admin.disconnect();
    }
  });

  it('finds a migration that is missing, one that broke off, and one of a newer release', async () => {
    const { rows } = await superuser.query('SELECT * FROM _prisma_migrations ORDER BY migration_name DESC LIMIT 1');
    const [last] = rows;
    const set = (fields: string) => superuser.query(`UPDATE _prisma_migrations SET ${fields} WHERE id = $1`, [last.id]);
    await set(`migration_name = '20990101000000_tomorrow'`);
    const missing = await examine();
    expect(missing).toMatchObject({ code: 1, failed: ['migrations'] });
    expect(missing.of('migrations')?.finding).toBe(`1 missing: ${last.migration_name}`);
    await superuser.query('UPDATE _prisma_migrations SET migration_name = $1, finished_at = NULL WHERE id = $2', [
      last.migration_name,
      last.id,
    ]);
    expect((await examine()).of('migrations')).toMatchObject({
      status: 'fail',
      finding: expect.stringContaining('not finished'),
    });
    await superuser.query('UPDATE _prisma_migrations SET finished_at = now() WHERE id = $1', [last.id]);
    await superuser.query(
      `INSERT INTO _prisma_migrations SELECT 'x', checksum, finished_at, '20990101000000_tomorrow', logs, rolled_back_at, started_at, applied_steps_count FROM _prisma_migrations LIMIT 1`,
    );
    expect((await examine()).of('migrations')).toMatchObject({
      status: 'warn',
      finding: expect.stringContaining('tomorrow'),
    });
    await superuser.query(`DELETE FROM _prisma_migrations WHERE id = 'x'`);
  });

  it('finds a database without migrations', async () => {
    await superuser.query('CREATE DATABASE empty');
    const url = new URL(server.app);
    await superuser.query('GRANT CONNECT ON DATABASE empty TO fleet_app');
    url.pathname = '/empty';
    const { code, failed, of } = await examine({ DATABASE_URL: url.href });
    expect(code).toBe(1);
    expect(failed).toContain('migrations');
    expect(of('migrations')?.todo).toContain('fleet migrate');
  });

  it('finds a role for which row security does not count', async () => {
    const { code, failed, of } = await examine({ DATABASE_URL: server.superuser });
    expect(code).toBe(1);
    expect(failed).toEqual(expect.arrayContaining(['roles', 'row security']));
    expect(of('roles')?.finding).toContain('postgres');
    const other = await examine({ DATABASE_URL: server.scheduler });
    expect(other.failed).toContain('role');
  });

  it('finds a table whose row security was switched off', async () => {
    await superuser.query('ALTER TABLE evidence NO FORCE ROW LEVEL SECURITY');
    expect((await examine()).of('row security')).toMatchObject({
      status: 'fail',
      finding: expect.stringContaining('evidence'),
    });
    await superuser.query('ALTER TABLE evidence FORCE ROW LEVEL SECURITY');
  });

  it('finds a keyring that opens nothing, and one that cannot be read', async () => {
    const wrong = await examine({ FLEET_KEYRING: generateKey('k1') });
    expect(wrong).toMatchObject({ code: 1, failed: ['organization key'] });
    const other = await examine({ FLEET_KEYRING: generateKey('k2') });
    expect(other.of('organization key')?.finding).toContain('"k1", which is not in the keyring');
    expect((await examine({ FLEET_KEYRING: `${generateKey('k2')},${keyring}` })).of('organization key')).toMatchObject({
      status: 'warn',
      todo: expect.stringContaining('fleet keys rotate'),
    });
    expect(await examine({ FLEET_KEYRING: 'nonsense' })).toMatchObject({ code: 1, failed: ['keyring'] });
  });

  it('finds stores that are away or not named, and goes on with the rest', async () => {
    const port = await freePort();
    const away = await examine({ REDIS_URL: `redis://:pssst-secret@127.0.0.1:${port}` });
    expect(away).toMatchObject({ code: 1, failed: ['redis'] });
    expect(away.of('redis')?.finding).toContain(`127.0.0.1:${port}`);
    expect(away.of('organization key')?.status).toBe('ok');
    const noDatabase = await examine({ DATABASE_URL: `postgresql://fleet_app:pssst-secret@127.0.0.1:${port}/fleet` });
    expect(noDatabase).toMatchObject({ code: 1, failed: ['database'] });
    expect(noDatabase.of('redis eviction')?.status).toBe('ok');
    const wrongPassword = new URL(server.app);
    wrongPassword.password = 'wrong';
    expect((await examine({ DATABASE_URL: wrongPassword.href })).of('database')?.todo).toContain('refuses the login');
    const bare = await runFleet(['doctor', '--json']);
    expect(bare.code).toBe(1);
    expect(JSON.parse(bare.stdout).checks[0]).toMatchObject({ name: 'database', status: 'fail' });
  });

  it('finds an organization that is not there, and does without one', async () => {
    expect(await examine({ FLEET_ORGANIZATION: 'nobody' })).toMatchObject({ code: 1, failed: ['organization'] });
    const without = await examine({ FLEET_ORGANIZATION: '' });
    expect(without.code).toBe(0);
    expect(without.of('organization')?.status).toBe('warn');
  });

  it('finds a clock that is too far off for signatures', async () => {
    const { code, failed, of } = await examine(shiftedClock(600_000), runFleet);
    expect({ code, failed }).toEqual({ code: 1, failed: ['clock of database', 'clock of redis'] });
    expect(of('clock of database')?.finding).toMatch(/^(10 m 0 s|9 m 59 s|10 m 1 s) behind this machine/);
    expect(await examine(shiftedClock(-60_000), runFleet)).toMatchObject({ code: 0, failed: [] });
  });

  it('prints no secret, whatever is wrong', async () => {
    const port = await freePort();
    const password = new URL(server.app).password;
    const outputs = await Promise.all([
      runFleet(['doctor'], { env }),
      runFleet(['doctor', '--json', '--debug'], {
        env: { ...env, REDIS_URL: `redis://u:pssst-secret@127.0.0.1:${port}` },
      }),
      runFleet(['doctor'], { env: { ...env, FLEET_KEYRING: 'k1:notakeyatall' } }),
    ]);
    for (const { stdout, stderr } of outputs) {
      for (const secret of [password, 'pssst-secret', keyring.slice(3), 'notakeyatall', token])
        expect(stdout + stderr).not.toContain(secret);
    }
  });
});
