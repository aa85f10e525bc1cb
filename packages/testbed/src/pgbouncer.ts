import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import type { TestDatabase } from './database.ts';
import { debianTool } from './debian-tool.ts';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

const run = promisify(execFile);

export interface Pgbouncer {
  /** The same database and role by way of it. */
  through(url: string): string;
  /** It knows the named statements of one connection on another: from 1.21 on. */
  readonly knowsStatements: boolean;
  close(): Promise<void>;
}

const tool = {
  commands: ['pgbouncer'],
  package: 'pgbouncer',
  hint: 'No PgBouncer was found. Put pgbouncer on PATH, e.g. `apt-get install pgbouncer`, and try again.',
} as const;

/** Fewer than a worker opens to it, so that every one of them is handed on. */
const serverConnections = 4;

/** Starts PgBouncer in transaction mode before a test's server, for all of its roles. */
export async function startPgbouncer({ postgres, ...urls }: TestDatabase): Promise<Pgbouncer> {
  const command = debianTool(tool);
  const { stdout } = await run(command, ['--version']);
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(stdout) ?? [];
  const knowsStatements = Number(major) > 1 || Number(minor) >= 21;
  const directory = await mkdtemp(join(tmpdir(), 'fleet-pgbouncer-'));
  const port = await freePort();
  const logins = [urls.app, urls.scheduler, urls.keys].map((url) => new URL(url));
  const users = logins.map(({ username, password }) => `"${username}" "${decodeURIComponent(password)}"`);
  await writeFile(join(directory, 'users.txt'), `${users.join('\n')}\n`);
  await writeFile(
    join(directory, 'pgbouncer.ini'),
    `[databases]
* = host=${postgres.host} port=${postgres.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${join(directory, 'users.txt')}
pool_mode = transaction
default_pool_size = ${serverConnections}
max_client_conn = 500
${knowsStatements ? 'max_prepared_statements = 500' : ''}
`,
  );
  // It refuses to be root, and reads its files as whom it becomes.
  await chmod(directory, 0o755);
  const identity = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const child = spawn(command, ['-q', ...identity, join(directory, 'pgbouncer.ini')], { stdio: 'ignore' });
  const through = (url: string): string => {
    const address = new URL(url);
    address.port = String(port);
    return address.href;
  };
  const close = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL'); // it holds nothing, and asked politely newer ones wait for their clients
      await once(child, 'exit');
    }
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await until('PgBouncer answers', () => answers(through(urls.app)));
  } catch (error) {
    await close();
    throw error;
  }
  return { through, knowsStatements, close };
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    return false; // not up yet
  } finally {
    await client.end().catch(() => undefined); // it may never have been open
  }
}
