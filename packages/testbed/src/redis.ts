import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './free-port.ts';

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** As a power cut would: SIGKILL. */
  kill(): Promise<void>;
  /** Again, on the same port and folder; resolves when it answers. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export interface RedisOptions {
  /** Where append-only files live; without it a temporary folder and no persistence. */
  readonly directory?: string;
  /** Appends to a file, also in a temporary folder. */
  readonly isPersistent?: boolean;
}

/** Starts a private Redis (or Valkey) on a free loopback port: no eviction, append-only when it has a folder. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const temporary = options.directory === undefined;
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'fleet-redis-')));
  const port = await freePort();
  const launch = async (): Promise<ChildProcess> => {
    const started = spawn(
      findServer(),
      // biome-ignore format: one flag and its value a line
      [
        '--port', String(port),
        '--bind', '127.0.0.1',
        '--dir', directory,
        '--save', '',
        '--appendonly', (options.isPersistent ?? !temporary) ? 'yes' : 'no',
        '--maxmemory-policy', 'noeviction',
      ],
      { stdio: 'ignore' },
    );
    await ready(started, port);
    return started;
  };
  let child = await launch();
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    kill: () => end('SIGKILL'),
    async start() {
      child = await launch();
    },
    async close() {
      await end('SIGTERM');
      if (temporary) await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Finds redis-server or valkey-server on PATH; as root on a Debian-like host installs it once. */
function findServer(): string {
  for (const name of ['redis-server', 'valkey-server']) if (runs(name, ['--version'])) return name;
  if (process.getuid?.() === 0 && runs('apt-get', ['--version'])) {
    // Several test files may find it missing at once: one installs, the others wait for it.
    const install = `command -v redis-server ||
      { apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends redis-server; }`;
    spawnSync('flock', [join(tmpdir(), 'evidence-fleet-redis.lock'), 'sh', '-c', install], {
      stdio: 'ignore',
      timeout: 180_000,
    });
    if (runs('redis-server', ['--version'])) return 'redis-server';
  }
  throw new Error(
    'No Redis was found. Put redis-server (7 or newer) or valkey-server on PATH, e.g. `apt-get install redis-server` or `brew install redis`, and try again.',
  );
}

function runs(command: string, args: readonly string[]): boolean {
  return spawnSync(command, [...args], { stdio: 'ignore' }).status === 0;
}

async function ready(child: ChildProcess, port: number): Promise<void> {
  const redis = new Redis({
    port,
    host: '127.0.0.1',
    lazyConnect: true,
    retryStrategy: (times) => (times < 100 ? 50 : null),
  });
  redis.on('error', () => {}); // refused until the server listens; the ping below reports what stays wrong
  const died = once(child, 'exit').then(() => {
    throw new Error('redis-server ended before it was ready');
  });
  died.catch(() => {}); // once it was ready, its end is its owner's business
  try {
    await Promise.race([redis.ping(), died]);
  } finally {
    redis.disconnect();
  }
}
