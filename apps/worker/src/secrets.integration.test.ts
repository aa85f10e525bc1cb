import { randomBytes } from 'node:crypto';
import {
  type Aws,
  awsAvailability,
  createHold,
  type Fleet,
  generateAwsWorld,
  startAws,
  startFleet,
  until,
} from '@evidence-fleet/testbed';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { echoes, echoKeys, type ForeignHost, startForeignHost } from './testing/echoes.ts';
import { createGitHubTenant, type GitHubTenant, type RunRow } from './testing/github-tenant.ts';
import { findLeaks, spellings } from './testing/leaks.ts';
import { dumpDatabase, dumpRedis, readArguments, readMetrics } from './testing/outputs.ts';

const size = { seed: 9, repositories: 6, members: 5, pullRequests: 4, alerts: 5, denied: 1, now: new Date() };
const account = '111122223333';

/** With every character that one of the spellings has to escape. */
const plant = (name: string) => `ghp_${name}+/"%&=\\${randomBytes(15).toString('hex')}`;

const places = [
  'logs',
  'Redis, while jobs are queued',
  'Redis, at the end',
  'commands to Redis',
  'database',
  'metrics',
  'arguments',
] as const;

describe('planted and minted secrets', () => {
  let fleet: Fleet;
  let redis: Redis;
  let foreign: ForeignHost;
  let aws: Aws | undefined;
  const tenants: GitHubTenant[] = [];
  const secrets: Record<string, string> = {};
  const outputs = new Map<(typeof places)[number], string>();
  let stopMonitoring = () => {};

  beforeAll(async () => {
    fleet = await startFleet();
    redis = new Redis(fleet.redisUrl);
    const commands = await monitor();
    foreign = await startForeignHost();
    remember('keyring', fleet.keyring);
    remember('key-encryption key', fleet.keyring.split(':')[1]);
    remember('database password', decodeURIComponent(new URL(fleet.appUrl).password));
    const fine = await githubTenant('fine');
    const wrongly = await Promise.all(Object.keys(echoes).map(githubTenant));
    const awsId = await awsTenant();

    await fleet.start('scheduler', { TICK_MS: '200', LOG_LEVEL: 'debug' });
    await fleet.start('worker', { SYNC_SLOTS: '1', QUOTA_SHARE: '1', LOG_LEVEL: 'debug' });
    const held = createHold();
    for (const { github } of tenants) github.faults.add({ ...held.fault, match: /^\/user$/, times: 1 });
    await Promise.all(tenants.map((tenant) => tenant.due()));
    await until('jobs are queued', async () => (await redis.zcard('{sync}:sync:prioritized')) > 0);
    outputs.set('Redis, while jobs are queued', await dumpRedis(redis));
    held.release();
    await Promise.all([fine.run('succeeds', ({ state }) => state === 'partial'), ...wrongly.map(hasBeenTried)]);

    await checkHealth();
    if (aws !== undefined && awsId !== undefined) {
      await syncOnce(awsId, 1);
      echoKeys(aws);
      await syncOnce(awsId, 2);
    }
    const locked = await fleet.start('worker', { DATABASE_URL: wrongPassword(), LOG_LEVEL: 'debug' });
    expect((await fetch(`${locked.healthUrl}/ready`)).status).toBe(503);

    for (const [index, session] of (aws?.minted ?? []).entries()) {
      remember(`minted secret ${index}`, session.secretAccessKey);
      remember(`minted token ${index}`, session.sessionToken);
    }
    outputs.set('metrics', await readMetrics(fleet.processes));
    outputs.set('arguments', await readArguments(fleet.processes));
    outputs.set('Redis, at the end', await dumpRedis(redis));
    outputs.set('database', await dumpDatabase(fleet.superuser));
    await Promise.all(fleet.processes.map((one) => one.close()));
    outputs.set('logs', fleet.processes.flatMap(({ log }) => log).join('\n'));
    outputs.set('commands to Redis', commands.join('\n'));
  }, 300_000); // the first one on a machine installs what simulates AWS

  afterAll(async () => {
    redis?.disconnect();
    stopMonitoring();
    foreign?.close();
    for (const { github } of tenants) await github.close();
    await aws?.close();
    await fleet?.close();
  }, 60_000);

  function remember(name: string, secret: string | undefined): void {
    if (secret === undefined || secret.length < 8) throw new Error(`${name} is no secret to look for`);
    secrets[name] = secret;
  }

  async function monitor(): Promise<string[]> {
    const seen: string[] = [];
    const watching = await redis.monitor();
    watching.on('monitor', (_time: string, args: string[]) => seen.push(args.join(' ')));
    stopMonitoring = () => watching.disconnect();
    return seen;
  }

  async function githubTenant(slug: string): Promise<GitHubTenant> {
    const token = plant(slug);
    remember(`token of ${slug}`, token);
    const tenant = await createGitHubTenant(fleet, slug, { size, token });
    for (const fault of echoes[slug]?.(token, foreign.url) ?? []) tenant.github.faults.add(fault);
    tenants.push(tenant);
    return tenant;
  }

  async function awsTenant(): Promise<string | undefined> {
    const python = await awsAvailability();
    if (!python.available) {
      process.stdout.write(`Minted secrets of AWS are left out: ${python.why}\n`);
      return undefined;
    }
    const world = generateAwsWorld({ seed: 9, accounts: [account], users: 3, buckets: 2, regions: ['us-east-1'] });
    aws = await startAws(world);
    aws.trust(account, 'planted-external-id');
    remember('key of the fleet at AWS', aws.roleKeys.secretAccessKey);
    const { add } = await fleet.tenant('aws');
    return add({
      connector: 'aws',
      name: 'aws',
      kind: 'role',
      secrets: aws.roleKeys,
      settings: { roleArn: world.accounts[0]?.roleArn, externalId: 'planted-external-id' },
      endpoint: aws.url,
    });
  }

  async function syncOnce(integrationId: string, nth: number): Promise<void> {
    await fleet.superuser.query('UPDATE integration SET next_sync_at = now() WHERE id = $1', [integrationId]);
    await until(
      'the AWS sync was tried',
      async () => {
        const { rows } = await fleet.superuser.query<RunRow>(
          'SELECT state::text, error_code FROM sync_run WHERE integration_id = $1 ORDER BY requested_at',
          [integrationId],
        );
        const state = rows[nth - 1]?.state;
        return state !== undefined && !['queued', 'running'].includes(state);
      },
      { ms: 40_000 },
    );
  }

  function hasBeenTried(tenant: GitHubTenant): Promise<RunRow> {
    return tenant.run('was tried', ({ state }) => state !== 'queued' && state !== 'running');
  }

  /** Every integration once more, by the health job. */
  async function checkHealth(): Promise<void> {
    const counts = tenants.map(({ github }) => github.requests.length);
    await fleet.superuser.query('UPDATE integration SET next_health_at = now()');
    await until('every health was checked', () =>
      tenants.every(({ github }, index) => github.requests.length > (counts[index] ?? 0)),
    );
  }

  function wrongPassword(): string {
    const url = new URL(fleet.appUrl);
    url.password = `wrong-${randomBytes(12).toString('hex')}`;
    remember('wrong database password', url.password);
    return url.href;
  }

  /** Something that is no secret and stands in each place: were it not found, nothing would be. */
  const markers: Record<(typeof places)[number], () => string> = {
    logs: () => tenants[0]?.integrationId ?? 'none',
    'Redis, while jobs are queued': () => 'organizationId',
    'Redis, at the end': () => 'added',
    'commands to Redis': () => tenants[0]?.organizationId ?? 'none',
    database: () => tenants[0]?.world.organizations[0]?.repositories[0]?.name ?? 'none',
    metrics: () => 'fleet_run_attempt_duration_seconds',
    arguments: () => 'main.ts',
  };

  it.each(places)('are not in: %s', (place) => {
    const text = outputs.get(place) ?? '';
    expect(findLeaks(text, { marker: markers[place]() })).not.toEqual([]);
    expect(findLeaks(text, secrets)).toEqual([]);
  });

  it('would be found in every spelling', () => {
    const secret = plant('found');
    for (const [spelling, form] of Object.entries(spellings(secret))) {
      const found = findLeaks(`before ${form} after`, { secret });
      expect(found).toContainEqual({ secret: 'secret', spelling, after: 'before ' });
    }
  });

  it('were used and provoked: the providers answered with them', () => {
    expect(Object.keys(secrets).length).toBeGreaterThan(11);
    const logs = outputs.get('logs') ?? '';
    for (const code of ['authentication_failed', 'service_unavailable', 'malformed']) expect(logs).toContain(code);
    if (aws !== undefined) expect(logs).toContain('"providerCode":"[redacted]"'); // a code that was a minted key
  });

  it('are sent to no other host', () => {
    expect(foreign.calls).toBe(0);
  });
});
