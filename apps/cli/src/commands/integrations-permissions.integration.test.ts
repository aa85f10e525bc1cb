import { createDatabase, type Database } from '@evidence-fleet/db';
import {
  createTenant,
  type FleetProcess,
  type GitHubSimulator,
  generateGitHubWorld,
  type RedisServer,
  startDatabase,
  startFleetProcess,
  startGitHub,
  startRedis,
  type TestDatabase,
} from '@evidence-fleet/testbed';
import { createVault, generateKey, parseKeyring } from '@evidence-fleet/vault';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runFleet } from '../testing/run-fleet.ts';

const keyring = generateKey('k1');
const token = 'ghp_TheNarrowTokenOfThisTest0123456789abcd';

let server: TestDatabase;
let redis: RedisServer;
let github: GitHubSimulator;
let database: Database;
let worker: FleetProcess;
let env: Record<string, string>;

beforeAll(async () => {
  [server, redis] = await Promise.all([startDatabase(), startRedis()]);
  const world = generateGitHubWorld({ members: 4, repositories: 1, now: new Date() });
  const [owner] = world.tokens;
  if (owner === undefined) throw new Error('a world has a token');
  github = await startGitHub({
    ...world,
    tokens: [...world.tokens, { ...owner, secret: token, scopes: ['read:org', 'write:org'] }],
  });
  database = createDatabase({ url: server.app });
  const tenant = await createTenant(database, createVault(parseKeyring(keyring)), 'acme');
  const organizations = [world.organizations[0]?.login ?? ''];
  const common = { connector: 'github', kind: 'token', settings: { organizations }, endpoint: github.url };
  await tenant.add({ ...common, name: 'narrow', secrets: { token } });
  await tenant.add({ ...common, name: 'fresh', secrets: { token: owner.secret } });
  const allowPrivate = [new URL(github.url).host];
  const fleet = { appUrl: server.app, schedulerUrl: server.scheduler, redisUrl: redis.url, keyring, allowPrivate };
  worker = await startFleetProcess('worker', fleet);
  env = {
    ...{ DATABASE_URL: server.app, REDIS_URL: redis.url, FLEET_KEYRING: keyring, FLEET_ORGANIZATION: 'acme' },
    FLEET_ALLOW_PRIVATE: allowPrivate.join(','),
  };
});
afterAll(async () => {
  await worker?.close();
  await database?.close();
  await Promise.all([server?.close(), redis?.close(), github?.close()]);
});

const permissions = async (name: string) => {
  const ran = await runFleet(['integrations', 'permissions', name, '--json'], { env });
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  return JSON.parse(ran.stdout);
};

describe('fleet integrations permissions', () => {
  it('says that nothing was used before a run has ended', async () => {
    expect(await permissions('fresh')).toMatchObject({ runs: 0, since: null });
    const { stdout } = await runFleet(['integrations', 'permissions', 'fresh'], { env });
    expect(stdout).toContain('None of its runs has ended yet');
    expect((await runFleet(['integrations', 'permissions', 'nobody'], { env })).code).toBe(3);
  });

  it('tells by a real run what was used, what is missing and what is far too much', async () => {
    expect((await runFleet(['sync', 'narrow', '--wait'], { env })).code).toBe(4);
    const report = await permissions('narrow');
    expect(report).toMatchObject({ runs: 1, grants: ['read:org', 'write:org'] });
    const stateOf = (wanted: string) =>
      report.permissions.find(({ permission }: { permission: string }) => permission === wanted)?.state;
    expect(stateOf('read:org')).toBe('used');
    expect(stateOf('repo')).toBe('missing');
    expect(report.excess).toMatchObject([{ grant: 'write:org' }]);
    const { stdout } = await runFleet(['integrations', 'permissions', 'narrow'], { env });
    expect(stdout).toMatch(/read:org +used/);
    expect(stdout).toContain('Far too much');
    expect(stdout).not.toContain(token);
  });
});
