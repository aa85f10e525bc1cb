import { createDatabase, type Database, findOrganization, type Organization } from '@evidence-fleet/db';
import { connectRedis, type Redis } from '../connect-redis.ts';
import type { CliEnv } from '../env.ts';
import { describeError } from '../report-error.ts';
import { type Check, fail, placeOf, warn } from './check.ts';
import { checkClocks } from './check-clocks.ts';
import { checkDatabase } from './check-database.ts';
import { checkIntegrations } from './check-integrations.ts';
import { checkKeys } from './check-keys.ts';
import { checkRedis } from './check-redis.ts';
import { checkSettings } from './check-settings.ts';

/**
 * Looks at everything that a fleet needs, one thing after another. What is away is one failure, and what hangs on it is left out.
 * @param slug whose key and integrations are looked at
 */
export async function* examine(env: CliEnv, slug: string | undefined): AsyncGenerator<Check> {
  const opened = openDatabase(env.DATABASE_URL);
  let redis: Redis | undefined;
  try {
    const database = yield* examineDatabase(env.DATABASE_URL, opened);
    if (database !== undefined) yield* held('queues', checkSettings(database));
    redis = yield* examineRedis(env.REDIS_URL);
    const organization = database === undefined ? null : yield* findTenant(database, slug);
    yield* held('keys', checkKeys({ keyring: env.FLEET_KEYRING, kmsKeys: env.FLEET_KMS_KEY, database, organization }));
    yield* held('clocks', checkClocks(database, redis));
    if (database !== undefined && organization !== null)
      yield* held('integrations', checkIntegrations(database, organization));
  } finally {
    redis?.disconnect();
    await opened?.close();
  }
}

function openDatabase(url: string | undefined): Database | undefined {
  return url === undefined ? undefined : createDatabase({ url, poolSize: 2, applicationName: 'fleet doctor' });
}

/** @returns undefined where it cannot be used */
async function* examineDatabase(
  url: string | undefined,
  database: Database | undefined,
): AsyncGenerator<Check, Database | undefined> {
  if (url === undefined || database === undefined) {
    yield unset('database', 'DATABASE_URL');
    return undefined;
  }
  return (yield* held('database', checkDatabase(url, database), placeOf(url, 5432))) ? database : undefined;
}

/** @returns undefined where it cannot be used */
async function* examineRedis(url: string | undefined): AsyncGenerator<Check, Redis | undefined> {
  if (url === undefined) {
    yield unset('redis', 'REDIS_URL');
    return undefined;
  }
  const redis = await connectRedis(url).catch(() => undefined);
  if (redis === undefined) {
    const todo =
      'Start it, or mend REDIS_URL, its user and password. No provider is called and no run starts meanwhile; nothing is lost.';
    yield fail('redis', `${placeOf(url, 6379)} does not answer, or refuses the login`, todo);
    return undefined;
  }
  if (yield* held('redis', checkRedis(url, redis))) return redis;
  redis.disconnect();
  return undefined;
}

async function* findTenant(database: Database, slug: string | undefined): AsyncGenerator<Check, Organization | null> {
  if (slug === undefined) {
    const todo = 'Say it with --org <slug>, or set FLEET_ORGANIZATION.';
    yield warn('organization', 'none is named, so no key and no integration was looked at', todo);
    return null;
  }
  let found: Organization | null = null;
  const looking = async function* (): AsyncGenerator<Check> {
    found = await findOrganization(database, slug);
    if (found === null) {
      const todo = `Mend --org or FLEET_ORGANIZATION, or make it: fleet organizations add ${slug}`;
      yield fail('organization', `there is no "${slug}"`, todo);
    }
  };
  yield* held('organization', looking());
  return found;
}

/** Passes checks on. What breaks them off is one that failed. @returns whether they came to their end */
async function* held(name: string, checks: AsyncGenerator<Check>, what = 'it'): AsyncGenerator<Check, boolean> {
  try {
    yield* checks;
    return true;
  } catch (error) {
    yield fail(name, `${what} cannot be looked at`, describeError(error).message);
    return false;
  }
}

function unset(name: string, variable: string): Check {
  return fail(
    name,
    `${variable} is not set`,
    `Set it, start \`fleet up\`, or point FLEET_HOME to the folder of a running one.`,
  );
}
