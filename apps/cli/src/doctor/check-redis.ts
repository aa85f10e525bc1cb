import type { Redis } from '../connect-redis.ts';
import { type Check, fail, ok, placeOf, warn } from './check.ts';

/** Of the replies to INFO: https://redis.io/docs/latest/commands/info/ */
type Info = ReadonlyMap<string, string>;

/** Version, eviction policy and persistence. INFO alone is asked, which the least rights of production.md allow; CONFIG is not among them. */
export async function* checkRedis(url: string, redis: Redis): AsyncGenerator<Check> {
  const info = parseInfo(await redis.info());
  yield aboutServer(info, placeOf(url, 6379));
  yield aboutPolicy(info);
  yield aboutMemory(info);
  yield aboutPersistence(info);
}

function parseInfo(text: string): Info {
  const pairs = text.split(/\r?\n/).filter((line) => line.includes(':') && !line.startsWith('#'));
  return new Map(pairs.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
}

function aboutServer(info: Info, place: string): Check {
  const version = info.get('redis_version') ?? '';
  const valkey = info.get('valkey_version');
  const finding = `${valkey === undefined ? `Redis ${version}` : `Valkey ${valkey}`} at ${place}`;
  if (info.get('role') !== undefined && info.get('role') !== 'master')
    return fail('redis', `${finding} is a replica`, 'Let REDIS_URL name the primary.');
  if (Number.parseInt(version, 10) < 7) return fail('redis', finding, 'Move to Redis 7 or newer, or to Valkey.');
  return ok('redis', finding);
}

function aboutPolicy(info: Info): Check {
  const policy = info.get('maxmemory_policy') ?? 'not told';
  if (policy === 'noeviction') return ok('redis eviction', 'maxmemory-policy is noeviction');
  return fail(
    'redis eviction',
    `maxmemory-policy is ${policy}: an evicted key is a lost job, or a quota forgotten`,
    'Set `maxmemory-policy noeviction` in the configuration of Redis (managed services: the parameter group).',
  );
}

function aboutMemory(info: Info): Check {
  const [used, most] = [Number(info.get('used_memory') ?? 0), Number(info.get('maxmemory') ?? 0)];
  const finding = `${megabytes(used)} used of ${most === 0 ? 'all there is' : megabytes(most)}`;
  if (most === 0 || used < most * 0.8) return ok('redis memory', finding);
  return warn('redis memory', finding, 'Raise maxmemory: a full Redis takes no job, and no provider is called.');
}

function aboutPersistence(info: Info): Check {
  if (info.get('aof_enabled') !== '1') {
    return warn(
      'redis persistence',
      'the append-only file is off: after a restart of Redis every job is rung again',
      'Set `appendonly yes`. Nothing is lost without it, for PostgreSQL knows every run.',
    );
  }
  if (info.get('aof_last_write_status') === 'err') {
    return fail(
      'redis persistence',
      'the append-only file cannot be written',
      'Look at the disk of Redis: it is full, or gone.',
    );
  }
  return ok('redis persistence', 'the append-only file is on');
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MB`;
}
