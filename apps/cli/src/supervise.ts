import { createDatabase, findOrganization } from '@evidence-fleet/db';
import { createVault, generateKey, parseKeyring, type Vault } from '@evidence-fleet/vault';
import { addOrganization } from './commands/organizations.ts';
import { type EmbeddedServices, freePort, startEmbedded, takeOverExit } from './embedded.ts';
import { readEnv } from './env.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import { makeHome, readOrMake, readRunning, removeRunning, writeRunning } from './fleet-home.ts';
import { type FleetProcess, startFleetProcess } from './fleet-process.ts';
import { note } from './output.ts';

export interface SuperviseOptions {
  readonly home: string;
  readonly workers: number;
  /** Where other services call; 0: any free port. */
  readonly apiPort: number;
  /** Hears a line of a log, or of the fleet's own progress. */
  print(line: string): void;
  /** Aborts when the fleet is asked to stop. */
  readonly signal: AbortSignal;
}

const defaultOrganization = 'default';

/** Starts everything, waits for the signal, and stops everything in reverse: processes before the services they use. */
export async function supervise({ home, workers, apiPort, print, signal }: SuperviseOptions): Promise<void> {
  takeOverExit();
  const running = readRunning(home);
  if (running !== undefined) {
    throw new CliError(
      exitCodes.failed,
      `A fleet runs in ${home} already (process ${running.pid}, since ${running.startedAt}).`,
    );
  }
  makeHome(home);
  const keyring = readOrMake(home, 'keyring', () => generateKey('key-1'));
  const closing: (() => Promise<void>)[] = [];
  try {
    print('fleet     | starting PostgreSQL and Redis');
    const services = await startEmbedded(home);
    closing.push(() => services.close());
    const port = apiPort === 0 ? await freePort() : apiPort;
    await ensureOrganization(services.database.app, createVault(parseKeyring(keyring)));
    for (const start of processes({ home, services, workers, port, print })) {
      signal.throwIfAborted();
      const started = await start();
      closing.push(() => started.close());
    }
    writeRunning(home, {
      pid: process.pid,
      startedAt: new Date().toISOString(),
      variables: { ...variablesOf(home, services), FLEET_API_URL: `http://127.0.0.1:${port}` },
    });
    closing.push(async () => removeRunning(home));
    print(
      `fleet     | ready, with ${workers} workers, and the API on http://127.0.0.1:${port}; its data is in ${home}`,
    );
    print(
      'fleet     | in another terminal: fleet integrations add github --setting organizations=<yours>; Ctrl-C stops it',
    );
    await aborted(signal);
    print('fleet     | stopping');
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    for (const close of closing.toReversed()) await close();
    print('fleet     | stopped');
  }
}

/** What other commands need to find this fleet and to call providers as its workers do; the keyring by its file, so that a key put first into it is seen at once. */
function variablesOf(home: string, { database, redisUrl }: EmbeddedServices): Record<string, string> {
  const { FLEET_ALLOW_PRIVATE, QUOTA_SHARE } = readEnv();
  return {
    DATABASE_URL: database.app,
    SCHEDULER_DATABASE_URL: database.scheduler,
    KEYS_DATABASE_URL: database.keys,
    MIGRATOR_DATABASE_URL: database.migrator,
    REDIS_URL: redisUrl,
    FLEET_KEYRING_FILE: `${home}/keyring`,
    FLEET_ORGANIZATION: defaultOrganization,
    FLEET_ALLOW_PRIVATE: FLEET_ALLOW_PRIVATE.join(','),
    QUOTA_SHARE: String(QUOTA_SHARE),
  };
}

async function ensureOrganization(url: string, vault: Vault): Promise<void> {
  const database = createDatabase({ url, poolSize: 1, applicationName: 'fleet up' });
  try {
    if ((await findOrganization(database, defaultOrganization)) !== null) return;
    await addOrganization(database, vault, { slug: defaultOrganization, name: 'Default organization' });
    note('Made the organization "default".');
  } finally {
    await database.close();
  }
}

interface Processes {
  readonly home: string;
  readonly services: EmbeddedServices;
  readonly workers: number;
  readonly port: number;
  print(line: string): void;
}

function processes({ home, services, workers, port, print }: Processes): (() => Promise<FleetProcess>)[] {
  const { database, redisUrl } = services;
  const { FLEET_ALLOW_PRIVATE, LOG_LEVEL, QUOTA_SHARE } = readEnv();
  const shared = { REDIS_URL: redisUrl, LOG_LEVEL, HEALTH_PORT: '0' };
  const worker = {
    ...shared,
    DATABASE_URL: database.app,
    FLEET_KEYRING_FILE: `${home}/keyring`,
    FLEET_ALLOW_PRIVATE: FLEET_ALLOW_PRIVATE.join(','),
    QUOTA_SHARE: String(QUOTA_SHARE),
  };
  const scheduler = { ...shared, SCHEDULER_DATABASE_URL: database.scheduler };
  const api = { ...shared, DATABASE_URL: database.app, API_PORT: String(port) };
  return [
    ...Array.from(
      { length: workers },
      (_, index) => () => startFleetProcess({ name: `worker-${index + 1}`, app: 'worker', variables: worker, print }),
    ),
    () => startFleetProcess({ name: 'scheduler', app: 'scheduler', variables: scheduler, print }),
    () => startFleetProcess({ name: 'api', app: 'api', variables: api, print }),
  ];
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
