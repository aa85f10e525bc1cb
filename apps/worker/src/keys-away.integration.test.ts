import { createDatabase, type Database, requestSync } from '@evidence-fleet/db';
import { createQuota } from '@evidence-fleet/quota';
import { createLogger, createScrubber } from '@evidence-fleet/service';
import { createTenant, type RedisServer, startDatabase, startRedis, type TestDatabase } from '@evidence-fleet/testbed';
import { createVault, generateKey, type KeyProvider, parseKeyring, VaultError } from '@evidence-fleet/vault';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { checkHealth } from './check-health.ts';
import { syncRun } from './sync-run.ts';
import type { WorkerTools } from './tools.ts';

describe('key-encryption keys that cannot be asked', () => {
  let server: TestDatabase;
  let redisServer: RedisServer;
  let redis: Redis;
  let database: Database;

  beforeAll(async () => {
    [server, redisServer] = await Promise.all([startDatabase(), startRedis()]);
    database = createDatabase({ url: server.app });
    redis = new Redis(redisServer.url);
  });
  afterAll(async () => {
    redis.disconnect();
    await database.close();
    await Promise.all([server.close(), redisServer.close()]);
  });

  it('cost a sync no attempt, say nothing of the integration, and tell the operator what to do', async () => {
    const ring = parseKeyring(generateKey('k1'));
    const away: KeyProvider = {
      ...ring,
      async unwrap() {
        throw new VaultError('keys_unavailable', 'AWS KMS did not use the key: it is disabled. Enable it.');
      },
    };
    const { organizationId, add } = await createTenant(database, createVault(ring), 'acme');
    const integrationId = await add({
      connector: 'github',
      name: 'hub',
      kind: 'token',
      secrets: { token: 'planted' },
      settings: { organizations: ['acme'] },
      endpoint: 'https://github.example',
    });
    const log: string[] = [];
    const scrubber = createScrubber();
    const destination = { write: (line: string) => void log.push(line) };
    const tools: WorkerTools = {
      database,
      heartbeats: database,
      vault: createVault(away),
      scrubber,
      quota: createQuota({ redis, prefix: 'test:', share: 1 }),
      network: { allowPrivate: [] },
      log: createLogger({ name: 'test', level: 'warn', scrubber, destination }),
      worker: 'test',
    };
    const { signal } = new AbortController();
    const { runId } = await requestSync(database, { organizationId, integrationId, types: [] });
    await syncRun(tools, { organizationId, runId }, signal);
    await checkHealth(tools, { organizationId, integrationId }, signal);
    const [run, integration, told] = await database.withOrganization(organizationId, async (transaction) => [
      await transaction.syncRun.findFirst(),
      await transaction.integration.findFirst(),
      await transaction.notification.count(),
    ]);
    expect(run).toMatchObject({ state: 'waiting', attempts: 0, crashCount: 0 });
    expect(integration).toMatchObject({ status: 'pending', healthFailures: 0 });
    expect(told).toBe(0);
    expect(log.join('')).toMatch(/sync\.keys_away/);
    expect(log.join('')).toMatch(/health\.keys_away/);
    expect(log.join('')).toMatch(/is disabled\. Enable it/);
  });
});
