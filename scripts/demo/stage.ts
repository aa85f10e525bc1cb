import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createDatabase, type Database } from '@evidence-fleet/db';
import { createProducer, type Producer } from '@evidence-fleet/queue';
import {
  type Aws,
  awsAvailability,
  awsTruth,
  createTenant,
  type FleetEnvironment,
  type FleetProcess,
  type GitHubSimulator,
  generateAwsWorld,
  generateGitHubWorld,
  githubTruth,
  startAws,
  startDatabase,
  startFleetProcess,
  startGitHub,
  startRedis,
  type Tenant,
  type TestDatabase,
  type TrueEvidence,
} from '@evidence-fleet/testbed';
import { createVault, generateKey, parseKeyring } from '@evidence-fleet/vault';

/** One integration of the demo, with what must be found there. */
export interface Actor {
  readonly tenant: Tenant;
  readonly integrationId: string;
  readonly name: string;
  readonly connector: 'aws' | 'github';
  truth(): TrueEvidence[];
}

export interface Stage {
  readonly actors: readonly Actor[];
  readonly github: GitHubSimulator;
  /** null where there is no Python to run moto. */
  readonly aws: Aws | null;
  /** Why AWS is left out. */
  readonly awsLeftOut: string | null;
  readonly database: Database;
  readonly producer: Producer;
  readonly redisUrl: string;
  readonly fleet: FleetEnvironment;
  readonly worldFile: string;
  close(): Promise<void>;
}

const accounts = ['111122223333', '444455556666'];
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Starts the stores and the simulated providers, and makes two organizations with two integrations each; no process of the fleet yet. */
export async function setStage(say: (line: string) => void): Promise<Stage> {
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const one of closers.splice(0).reverse()) await one();
  };
  try {
    say('starting PostgreSQL and Redis');
    const server: TestDatabase = await startDatabase();
    closers.push(() => server.close());
    const redis = await startRedis();
    closers.push(() => redis.close());
    say('building two worlds: GitHub organizations, AWS accounts');
    const world = generateGitHubWorld({
      seed: 7,
      organizations: 2,
      repositories: 60,
      members: 600,
      pullRequests: 150,
      alerts: 500,
      denied: 1,
    });
    const github = await startGitHub(world);
    closers.push(() => github.close());
    const availability = await awsAvailability();
    const aws = availability.available
      ? await startAws(generateAwsWorld({ seed: 7, accounts, users: 70, buckets: 40, vpcsPerRegion: 3 }))
      : null;
    if (aws) closers.push(() => aws.close());

    const keyring = generateKey('demo');
    const database = createDatabase({ url: server.app });
    closers.push(() => database.close());
    const producer = createProducer({ redis: redis.url, log: silent });
    closers.push(() => producer.close());
    const actors = await castActors({ database, keyring, github, aws });
    const hosts = [github.url, ...(aws ? [aws.url] : [])].map((url) => new URL(url).host);
    const worldFile = await writeWorld({ github: world, aws: aws?.world ?? null });
    return {
      actors,
      github,
      aws,
      awsLeftOut: availability.available ? null : availability.why,
      database,
      producer,
      redisUrl: redis.url,
      fleet: { appUrl: server.app, schedulerUrl: server.scheduler, redisUrl: redis.url, keyring, allowPrivate: hosts },
      worldFile,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Props {
  readonly database: Database;
  readonly keyring: string;
  readonly github: GitHubSimulator;
  readonly aws: Aws | null;
}

async function castActors({ database, keyring, github, aws }: Props): Promise<Actor[]> {
  const vault = createVault(parseKeyring(keyring));
  const actors: Actor[] = [];
  for (const [index, slug] of ['acme', 'globex'].entries()) {
    const tenant = await createTenant(database, vault, slug);
    const organization = github.world.organizations[index]?.login ?? '';
    const common = { tenant, intervalMinutes: 240 };
    const githubId = await tenant.add({
      connector: 'github',
      name: 'github',
      kind: 'token',
      secrets: { token: github.world.tokens[index]?.secret },
      settings: { organizations: [organization] },
      endpoint: github.url,
      intervalMinutes: common.intervalMinutes,
    });
    actors.push({
      tenant,
      integrationId: githubId,
      name: `${slug}/github`,
      connector: 'github',
      truth: () => githubTruth(github.world, organization),
    });
    const account = aws?.world.accounts[index];
    if (!aws || !account) continue;
    const externalId = `demo-${slug}-${crypto.randomUUID()}`;
    aws.trust(account.accountId, externalId);
    const awsId = await tenant.add({
      connector: 'aws',
      name: 'aws',
      kind: 'role',
      secrets: aws.roleKeys,
      settings: { roleArn: account.roleArn, externalId },
      endpoint: aws.url,
      intervalMinutes: common.intervalMinutes,
    });
    actors.push({
      tenant,
      integrationId: awsId,
      name: `${slug}/aws`,
      connector: 'aws',
      truth: () => awsTruth(aws.world).filter(({ key }) => key[0] === account.accountId),
    });
  }
  return actors;
}

/** The ground truth, without the tokens that open it. */
async function writeWorld(world: { github: GitHubSimulator['world']; aws: Aws['world'] | null }): Promise<string> {
  const folder = fileURLToPath(new URL('../../.testbed/', import.meta.url));
  await mkdir(folder, { recursive: true });
  const { tokens: _, ...github } = world.github;
  await writeFile(`${folder}demo-world.json`, JSON.stringify({ github, aws: world.aws }, null, 1));
  return '.testbed/demo-world.json';
}

/** One scheduler and two workers, each a process of its own. */
export async function startProcesses(fleet: FleetEnvironment): Promise<FleetProcess[]> {
  return Promise.all([
    startFleetProcess('scheduler', fleet, { TICK_MS: '200' }),
    startFleetProcess('worker', fleet, { QUOTA_SHARE: '1' }),
    startFleetProcess('worker', fleet, { QUOTA_SHARE: '1' }),
  ]);
}
