import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Fleet, FleetProcess } from '@evidence-fleet/testbed';
import type { Redis } from 'ioredis';

/** Every row of every table as text, bytes in hexadecimal: what a dump would hold. */
export async function dumpDatabase(superuser: Fleet['superuser']): Promise<string> {
  const { rows: tables } = await superuser.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  );
  const dump: string[] = [];
  for (const { name } of tables) {
    const { rows } = await superuser.query<{ row: string }>(`SELECT row_to_json(one)::text AS row FROM ${name} AS one`);
    dump.push(name, ...rows.map(({ row }) => row));
  }
  return dump.join('\n');
}

/** Every key of every type with all it holds. */
export async function dumpRedis(redis: Redis): Promise<string> {
  const dump: string[] = [];
  for (const key of await redis.keys('*')) {
    const type = await redis.type(key);
    dump.push(`${key} (${type}) ${JSON.stringify(await readValue(redis, key, type))}`);
  }
  return dump.join('\n');
}

function readValue(redis: Redis, key: string, type: string): Promise<unknown> {
  switch (type) {
    case 'string':
      return redis.get(key);
    case 'hash':
      return redis.hgetall(key);
    case 'list':
      return redis.lrange(key, 0, -1);
    case 'set':
      return redis.smembers(key);
    case 'zset':
      return redis.zrange(key, 0, '-1');
    case 'stream':
      return redis.xrange(key, '-', '+');
    case 'none':
      return Promise.resolve(null); // it has expired meanwhile
    default:
      throw new Error(`nobody looks into a Redis ${type}`);
  }
}

export async function readMetrics(processes: readonly FleetProcess[]): Promise<string> {
  const pages = await Promise.all(
    processes.flatMap(({ healthUrl }) =>
      ['/metrics', '/ready', '/live'].map(async (path) => (await fetch(healthUrl + path)).text()),
    ),
  );
  return pages.join('\n');
}

/** As anybody on the machine sees them. */
export async function readArguments(processes: readonly FleetProcess[]): Promise<string> {
  const lines = await Promise.all(
    processes.map(async ({ pid }) =>
      process.platform === 'linux'
        ? await readFile(`/proc/${pid}/cmdline`, 'utf8')
        : (await promisify(execFile)('ps', ['-ww', '-o', 'args=', '-p', String(pid)])).stdout,
    ),
  );
  return lines.join('\n');
}
