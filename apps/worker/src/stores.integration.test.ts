import { readFile } from 'node:fs/promises';
import { requestSync } from '@evidence-fleet/db';
import {
  type Fleet,
  type FleetProcess,
  type Pgbouncer,
  type RedisCluster,
  type RedisServer,
  startFleet,
  startPgbouncer,
  startRedis,
  startRedisCluster,
} from '@evidence-fleet/testbed';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { createGitHubTenant, type GitHubTenant, hasEnded } from './testing/github-tenant.ts';

const size = { repositories: 1, members: 5, pullRequests: 1, alerts: 3, denied: 0 };

let fleet: Fleet;
const tenants: GitHubTenant[] = [];
const running: FleetProcess[] = [];

beforeAll(async () => {
  fleet = await startFleet();
}, 60_000);
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.close()));
});
afterAll(async () => {
  await fleet?.close();
  for (const { github } of tenants) await github.close();
});

async function start(env: Record<string, string>): Promise<void> {
  const common = { QUOTA_SHARE: '1', TICK_MS: '200', ...env };
  running.push(...(await Promise.all([fleet.start('scheduler', common), fleet.start('worker', common)])));
}

/** Several integrations at once, by schedule and on demand, as every fleet does. */
async function syncs(name: string): Promise<void> {
  const made = await Promise.all(
    [1, 2, 3].map((nth) => createGitHubTenant(fleet, `${name}-${nth}`, { size: { ...size, seed: nth } })),
  );
  tenants.push(...made);
  await Promise.all(
    made.map(({ due, organizationId, integrationId }, index) =>
      index % 2 === 0 ? due() : requestSync(fleet.database, { organizationId, integrationId, types: [] }),
    ),
  );
  for (const tenant of made) {
    // A first listing whose total nobody states is read a second time before it is believed.
    expect(await tenant.run('ends', hasEnded)).toMatchObject({ state: 'partial', attempts: 0 });
    await tenant.quiet();
  }
  // Nothing was refused or tried again. A machine that is busy may be late to reach Redis at the start, which is no refusal.
  const isLate = (line: string) => /"msg":"redis\.away"|Reaching Redis took longer/.test(line);
  const wrong = running.flatMap(({ log }) =>
    log.filter((line) => !/"level":("info"|30),?/.test(line) && !isLate(line)),
  );
  expect(wrong).toEqual([]);
}

describe('a fleet', () => {
  let pgbouncer: Pgbouncer;
  let encrypted: RedisServer;
  let cluster: RedisCluster;
  afterAll(async () => {
    await pgbouncer?.close();
    await Promise.all([encrypted?.close(), cluster?.close()]);
  });

  it('reaches Redis by TLS, as a user with the least rights that are documented', async () => {
    encrypted = await startRedis({ isEncrypted: true });
    const document = await readFile(new URL('../../../docs/production.md', import.meta.url), 'utf8');
    const [, rights = ''] = /ACL SETUSER fleet on >… (.+)/.exec(document) ?? [];
    const ca = encrypted.caFile ?? '';
    const admin = new Redis(encrypted.url, { tls: { ca: await readFile(ca) } });
    await admin.call('ACL', 'SETUSER', 'fleet', 'on', '>pw-of-this-test', ...rights.split(' '));
    await admin.call('ACL', 'SETUSER', 'default', 'off');
    admin.disconnect();
    const url = encrypted.url.replace('rediss://', 'rediss://fleet:pw-of-this-test@');
    await start({ REDIS_URL: url, NODE_EXTRA_CA_CERTS: ca });
    await syncs('encrypted');
  });

  it('works on a Redis Cluster', async () => {
    cluster = await startRedisCluster();
    await start({ REDIS_URL: cluster.url });
    await syncs('cluster');
    const keys = await Promise.all(
      cluster.nodes.map(async ({ url }) => {
        const node = new Redis(url);
        return node.dbsize().finally(() => node.disconnect());
      }),
    );
    expect(keys.filter((count) => count > 0).length).toBeGreaterThan(1);
  });

  it('reaches PostgreSQL through PgBouncer in transaction mode', async () => {
    pgbouncer = await startPgbouncer(fleet.urls);
    const through = (url: string) => {
      const address = pgbouncer.through(url);
      return pgbouncer.knowsStatements ? address : `${address}?prepared_statements=false`;
    };
    await start({ DATABASE_URL: through(fleet.appUrl), SCHEDULER_DATABASE_URL: through(fleet.schedulerUrl) });
    await syncs('pooled');
  });
});
