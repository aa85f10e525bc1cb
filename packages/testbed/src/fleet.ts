import { createDatabase, type Database } from '@evidence-fleet/db';
import { createVault, generateKey, parseKeyring, type Vault } from '@evidence-fleet/vault';
import pg from 'pg';
import { startDatabase, type TestDatabase } from './database.ts';
import {
  type FleetEnvironment,
  type FleetProcess,
  type FleetProcessKind,
  spawnFleetProcess,
  untilReady,
} from './fleet-process.ts';
import type { PostgresOptions } from './postgres.ts';
import { type RedisOptions, type RedisServer, startRedis } from './redis.ts';
import { createTenant, type Tenant } from './tenant.ts';

/** A whole fleet on private servers: its processes are real, its providers are the test's. */
export interface Fleet extends FleetEnvironment {
  /** As fleet_app. */
  readonly database: Database;
  /** Looks behind the policies, and changes what no role may. */
  readonly superuser: pg.Pool;
  readonly urls: TestDatabase;
  readonly redis: RedisServer;
  /** Every process that was started, also those that have ended. */
  readonly processes: readonly FleetProcess[];
  /** @param env may point a process elsewhere than at the fleet's own servers */
  start(kind: FleetProcessKind, env?: Readonly<Record<string, string>>): Promise<FleetProcess>;
  tenant(slug: string): Promise<Tenant>;
  /** Ends every process, then the servers. */
  close(): Promise<void>;
}

export interface FleetOptions {
  readonly postgres?: PostgresOptions;
  readonly redis?: RedisOptions;
}

/** Starts PostgreSQL, migrated, and Redis; no process of the fleet yet. */
export async function startFleet(options: FleetOptions = {}): Promise<Fleet> {
  const closing: (() => Promise<unknown>)[] = [];
  const closeAll = async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  };
  const opened = <T extends { close(): Promise<unknown> }>(one: T): T => {
    closing.push(() => one.close());
    return one;
  };
  try {
    const urls = opened(await startDatabase(options.postgres));
    const redis = opened(await startRedis(options.redis));
    return assemble(urls, redis, { opened, closing, closeAll });
  } catch (error) {
    await closeAll();
    throw error;
  }
}

interface Lifetimes {
  readonly closing: (() => Promise<unknown>)[];
  opened<T extends { close(): Promise<unknown> }>(one: T): T;
  closeAll(): Promise<void>;
}

function assemble(urls: TestDatabase, redis: RedisServer, { opened, closing, closeAll }: Lifetimes): Fleet {
  const superuser = new pg.Pool({ connectionString: urls.superuser, max: 10 });
  superuser.on('error', () => {}); // an idle connection that breaks while the server goes down
  closing.push(() => superuser.end());
  const database = opened(createDatabase({ url: urls.app }));
  const keyring = generateKey('k1');
  const vault: Vault = createVault(parseKeyring(keyring));
  const processes: FleetProcess[] = [];
  let isClosed = false;
  closing.push(() => {
    isClosed = true;
    return Promise.all(processes.map((one) => one.close()));
  });
  const environment: FleetEnvironment = {
    appUrl: urls.app,
    schedulerUrl: urls.scheduler,
    redisUrl: redis.url,
    keyring,
    allowPrivate: ['127.0.0.1'],
  };
  return {
    ...environment,
    database,
    superuser,
    urls,
    redis,
    processes,
    async start(kind, env) {
      const spawned = await spawnFleetProcess(kind, environment, env);
      processes.push(spawned); // before it is ready: whoever closes the fleet meanwhile ends it too
      if (isClosed) spawned.kill('SIGKILL');
      return untilReady(spawned);
    },
    tenant: (slug) => createTenant(database, vault, slug),
    close: closeAll,
  };
}
