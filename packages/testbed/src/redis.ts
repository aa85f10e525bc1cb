import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type RedisOptions as ClientOptions, Redis } from 'ioredis';
import { type Certificate, makeCertificate } from './certificate.ts';
import { debianTool } from './debian-tool.ts';
import { dataParent } from './env.ts';
import { freePort } from './free-port.ts';

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** The authority that clients must trust, a PEM file, of one that speaks TLS; else null. */
  readonly caFile: string | null;
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
  /** Speaks TLS, and nothing else. */
  readonly isEncrypted?: boolean;
  /** Further settings of the server, e.g. `['--cluster-enabled', 'yes']`. */
  readonly settings?: readonly string[];
}

const server = {
  commands: ['redis-server', 'valkey-server'],
  package: 'redis-server',
  hint: 'No Redis was found. Put redis-server (7 or newer) or valkey-server on PATH, e.g. `apt-get install redis-server` or `brew install redis`, and try again.',
} as const;

/** Starts a private Redis (or Valkey) on a free loopback port: no eviction, append-only when it has a folder. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const temporary = options.directory === undefined;
  const directory = options.directory ?? (await mkdtemp(join(dataParent(), 'fleet-redis-')));
  const port = await freePort();
  const tls = options.isEncrypted ? await makeCertificate(directory) : null;
  const client = tls === null ? {} : { tls: { ca: await readFile(tls.certificate) } };
  const launch = async (): Promise<ChildProcess> => {
    const started = spawn(
      debianTool(server),
      // biome-ignore format: one flag and its value a line
      [
        ...portsOf(port, tls),
        '--bind', '127.0.0.1',
        '--dir', directory,
        '--save', '',
        '--appendonly', (options.isPersistent ?? !temporary) ? 'yes' : 'no',
        '--maxmemory-policy', 'noeviction',
        ...(options.settings ?? []),
      ],
      { stdio: 'ignore' },
    );
    await ready(started, port, client);
    return started;
  };
  let child = await launch();
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };
  return {
    url: `${tls === null ? 'redis' : 'rediss'}://127.0.0.1:${port}`,
    port,
    caFile: tls?.certificate ?? null,
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

function portsOf(port: number, tls: Certificate | null): string[] {
  if (tls === null) return ['--port', String(port)];
  const files = ['--tls-cert-file', tls.certificate, '--tls-key-file', tls.key, '--tls-ca-cert-file', tls.certificate];
  return ['--port', '0', '--tls-port', String(port), ...files, '--tls-auth-clients', 'no'];
}

async function ready(child: ChildProcess, port: number, client: Pick<ClientOptions, 'tls'>): Promise<void> {
  const redis = new Redis({
    ...client,
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
