import { execFile } from 'node:child_process';
import { access, chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createDatabase, type Database } from '@evidence-fleet/db';
import {
  createFleetDatabase,
  createHold,
  createTenant,
  type DatabaseUrls,
  type FleetEnvironment,
  type FleetProcess,
  type Postgres,
  type RedisServer,
  startFleetProcess,
  startPostgres,
  startRedis,
  until,
} from '@evidence-fleet/testbed';
import { createVault, generateKey, parseKeyring } from '@evidence-fleet/vault';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { createGitHubTenant, type GitHubTenant, hasEnded } from './testing/github-tenant.ts';

const run = promisify(execFile);
const size = { repositories: 2, members: 8, pullRequests: 2, alerts: 5, denied: 0 };
const keyring = generateKey('k1');

jest.setTimeout(120_000);

let folder: string;
let redis: RedisServer;
let source: Postgres;
let urls: DatabaseUrls;
let database: Database;
let superuser: pg.Pool;
const closing: (() => Promise<unknown>)[] = [];
const tenants: GitHubTenant[] = [];

/** Continuous archiving: https://www.postgresql.org/docs/current/continuous-archiving.html */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleet-restore-'));
  await chmod(folder, 0o755);
  await mkdir(join(folder, 'archive'));
  await chmod(join(folder, 'archive'), 0o777); // the server's own user writes there
  const settings = {
    archive_mode: 'on',
    archive_command: `cp %p ${folder}/archive/%f.part && mv ${folder}/archive/%f.part ${folder}/archive/%f`,
  };
  [source, redis] = await Promise.all([startPostgres({ directory: join(folder, 'source'), settings }), startRedis()]);
  urls = await createFleetDatabase(source, 'fleet');
  database = createDatabase({ url: urls.app });
  superuser = new pg.Pool({ connectionString: urls.superuser, max: 4 });
  superuser.on('error', () => {}); // an idle connection that breaks with its server
}, 60_000);
afterAll(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  await database?.close();
  await superuser?.end();
  for (const { github } of tenants) await github.close();
  await Promise.all([source?.close(), redis?.close()]);
  await rm(folder, { recursive: true, force: true });
});

async function startProcesses(at: DatabaseUrls, redisUrl: string): Promise<FleetProcess[]> {
  const shared = { appUrl: at.app, schedulerUrl: at.scheduler, redisUrl, keyring, allowPrivate: ['127.0.0.1'] };
  const start = (kind: 'worker' | 'scheduler') =>
    startFleetProcess(kind, shared satisfies FleetEnvironment, { TICK_MS: '200', QUOTA_SHARE: '1' });
  const started = await Promise.all([start('scheduler'), start('worker')]);
  closing.push(() => Promise.all(started.map((one) => one.close())));
  return started;
}

const vault = createVault(parseKeyring(keyring));

async function tenantOf(slug: string, seed: number): Promise<GitHubTenant> {
  const tenant = (name: string) => createTenant(database, vault, name);
  const made = await createGitHubTenant({ tenant, superuser }, slug, { size: { ...size, seed } });
  tenants.push(made);
  return made;
}

/** A copy of the running server's files, made whole by its archive. @returns the folder */
async function baseBackup(): Promise<string> {
  const directory = join(folder, 'restored');
  await mkdir(directory);
  await chmod(directory, 0o755);
  const client = new pg.Client({ connectionString: urls.superuser });
  await client.connect();
  await client.query(`SELECT pg_backup_start('test', true)`);
  await run('cp', ['-a', join(folder, 'source', 'data'), directory]);
  const { rows } = await client.query<{ label: string }>('SELECT labelfile AS label FROM pg_backup_stop()');
  await client.end();
  const data = join(directory, 'data');
  const log = (await readdir(join(data, 'pg_wal'))).filter((name) => /^[0-9A-F]{24}$/.test(name));
  await Promise.all([...log.map((name) => join('pg_wal', name)), 'postmaster.pid'].map((name) => rm(join(data, name))));
  await writeForServer(join(data, 'backup_label'), rows[0]?.label ?? '');
  return directory;
}

/** The server is another user, and opens for writing what it only reads. */
async function writeForServer(path: string, text: string): Promise<void> {
  await writeFile(path, text);
  await chmod(path, 0o666);
}

/** Every table's rows, as a count and a digest. */
async function contentOf(pool: pg.Pool): Promise<Record<string, string>> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1`,
  );
  const content: Record<string, string> = {};
  for (const { name } of tables) {
    const { rows } = await pool.query<{ content: string }>(
      `SELECT count(*) || ' rows, ' || md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) AS content FROM "${name}" t`,
    );
    content[name] = rows[0]?.content ?? '';
  }
  return content;
}

function atPort(from: DatabaseUrls, port: number): DatabaseUrls {
  const moved = Object.entries(from).map(([role, url]) => {
    const address = new URL(url);
    address.port = String(port);
    return [role, address.href];
  });
  return Object.fromEntries(moved) as unknown as DatabaseUrls; // the same roles
}

describe('a restored database, with its keyring', () => {
  it('is what was there, also what came after the base backup, and goes on where it stood', async () => {
    const processes = await startProcesses(urls, redis.url);
    const [first, second] = [await tenantOf('first', 1), await tenantOf('second', 2)];
    const held = createHold();
    first.github.faults.add({ ...held.fault, match: /./, times: Number.POSITIVE_INFINITY });
    await first.due();
    await held.reached;
    const directory = await baseBackup(); // in the middle of a sync
    held.release();
    first.github.faults.clear();
    await first.run('ends', hasEnded);
    await second.due();
    await second.run('ends', hasEnded);
    await Promise.all([first.quiet(), second.quiet()]);

    const again = createHold();
    second.github.faults.add({ ...again.fault, match: /./, times: Number.POSITIVE_INFINITY });
    await second.due();
    await again.reached; // and this one is under way when all is lost
    for (const one of processes) one.kill('SIGKILL');
    await Promise.all(processes.map(({ ended }) => ended));
    const theirs = `SELECT FROM pg_stat_activity WHERE application_name LIKE 'evidence-fleet %'`;
    await until('the server has let them go', async () => (await superuser.query(theirs)).rowCount === 0);
    const lost = await contentOf(superuser);
    const { rows } = await superuser.query<{ name: string }>('SELECT pg_walfile_name(pg_switch_wal()) AS name');
    const last = join(folder, 'archive', rows[0]?.name ?? '');
    await until('the last of the log is archived', () =>
      access(last).then(
        () => true,
        () => false,
      ),
    );
    await source.stop('immediate');

    await writeForServer(join(directory, 'data', 'recovery.signal'), '');
    const settings = { restore_command: `cp ${folder}/archive/%f %p` };
    const restored = await startPostgres({ directory, initialise: false, settings });
    closing.push(() => restored.close());
    const at = atPort(urls, restored.port);
    const pool = new pg.Pool({ connectionString: at.superuser, max: 4 });
    pool.on('error', () => {});
    closing.push(() => pool.end());
    await until('recovery is over', async () => {
      const { rows: states } = await pool.query<{ over: boolean }>('SELECT NOT pg_is_in_recovery() AS over');
      return states[0]?.over;
    });
    expect(await contentOf(pool)).toEqual(lost);

    again.release();
    second.github.faults.clear();
    const empty = await startRedis();
    closing.push(() => empty.close());
    await startProcesses(at, empty.url);
    const runOf = `SELECT state::text, crash_count FROM sync_run WHERE integration_id = $1 ORDER BY requested_at DESC LIMIT 1`;
    await until('the run that was under way goes on to its end', async () => {
      const { rows: runs } = await pool.query(runOf, [second.integrationId]);
      return runs[0]?.state === 'succeeded' && runs[0].crash_count === 0;
    });
  });
});
