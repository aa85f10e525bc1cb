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
  generateJiraWorld,
  generateOktaWorld,
  githubTruth,
  type JiraSimulator,
  jiraTruth,
  type OktaSimulator,
  oktaTruth,
  startAws,
  startDatabase,
  startFleetProcess,
  startGitHub,
  startJira,
  startOkta,
  startRedis,
  type Tenant,
  type TrueEvidence,
} from '@evidence-fleet/testbed';
import { createVault, generateKey, parseKeyring } from '@evidence-fleet/vault';

/** One integration of the demo, with what must be found there. */
export interface Actor {
  readonly tenant: Tenant;
  readonly integrationId: string;
  readonly name: string;
  readonly connector: 'aws' | 'github' | 'jira' | 'okta';
  truth(): TrueEvidence[];
}

export interface Stage {
  readonly actors: Actor[];
  readonly github: GitHubSimulator;
  /** A site for each organization. */
  readonly jira: readonly JiraSimulator[];
  /** A directory for each organization. */
  readonly okta: readonly OktaSimulator[];
  /** null until AWS has joined, and where there is no Python to run moto. */
  aws: Aws | null;
  readonly database: Database;
  readonly producer: Producer;
  readonly redisUrl: string;
  readonly fleet: FleetEnvironment;
  /** The organizations of the demo. */
  readonly tenants: readonly Tenant[];
  /** What `close` ends, the latest first. */
  readonly closers: (() => Promise<void>)[];
}

const slugs = ['acme', 'globex'];
const accounts = ['111122223333', '444455556666'];
const site = { users: 200, groups: 15, projects: 12, permissionSchemes: 6, issues: 300, auditRecords: 250 };
const directory = { users: 150, groups: 12, apps: 8, policies: 3, zones: 4, events: 200 };
const intervalMinutes = 240;
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export async function closeStage({ closers }: Pick<Stage, 'closers'>): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}

/** Starts the stores, GitHub, Jira and Okta, and makes two organizations, each with an integration of all that is due now; no process of the fleet yet. */
export async function setStage(say: (line: string) => void): Promise<Stage> {
  const closers: Stage['closers'] = [];
  try {
    say('starting PostgreSQL, Redis, GitHub, Jira and Okta');
    const world = generateGitHubWorld({
      seed: 7,
      organizations: slugs.length,
      repositories: 32,
      members: 600,
      pullRequests: 30,
      alerts: 500,
      denied: 1,
    });
    const [server, redis, github] = await Promise.all([startDatabase(), startRedis(), startGitHub(world)]);
    const jira = await Promise.all(slugs.map((_, index) => startJira(generateJiraWorld({ ...site, seed: index + 1 }))));
    const okta = await Promise.all(slugs.map((_, index) => startOkta(directoryOf(github, index))));
    closers.push(
      () => server.close(),
      () => redis.close(),
      () => github.close(),
      ...[...jira, ...okta].map((one) => () => one.close()),
    );
    const keyring = generateKey('demo');
    const database = createDatabase({ url: server.app });
    const producer = createProducer({ redis: redis.url, log: silent });
    closers.push(
      () => database.close(),
      () => producer.close(),
    );
    const vault = createVault(parseKeyring(keyring));
    const tenants = await Promise.all(slugs.map((slug) => createTenant(database, vault, slug)));
    const actors = await Promise.all([
      ...tenants.map((tenant, index) => addGitHub(github, tenant, index)),
      ...tenants.flatMap((tenant, index) => (jira[index] === undefined ? [] : [addJira(jira[index], tenant)])),
      ...tenants.flatMap((tenant, index) => (okta[index] === undefined ? [] : [addOkta(okta[index], tenant)])),
    ]);
    const fleet = {
      appUrl: server.app,
      schedulerUrl: server.scheduler,
      redisUrl: redis.url,
      keyring,
      allowPrivate: ['127.0.0.0/8'],
    };
    return { actors, github, jira, okta, aws: null, database, producer, redisUrl: redis.url, fleet, tenants, closers };
  } catch (error) {
    await closeStage({ closers });
    throw error;
  }
}

async function addGitHub(github: GitHubSimulator, tenant: Tenant, index: number): Promise<Actor> {
  const organization = github.world.organizations[index]?.login ?? '';
  const integrationId = await tenant.add({
    connector: 'github',
    name: 'github',
    kind: 'token',
    secrets: { token: github.world.tokens[index]?.secret },
    settings: { organizations: [organization] },
    endpoint: github.url,
    intervalMinutes,
  });
  const truth = () => githubTruth(github.world, organization);
  return { tenant, integrationId, name: `${tenant.slug}/github`, connector: 'github', truth };
}

async function addJira({ url, world }: JiraSimulator, tenant: Tenant): Promise<Actor> {
  const [token] = world.tokens;
  const integrationId = await tenant.add({
    connector: 'jira',
    name: 'jira',
    kind: 'api_token',
    secrets: { email: token?.email, token: token?.secret },
    settings: { siteUrl: world.siteUrl },
    endpoint: url,
    intervalMinutes,
  });
  return { tenant, integrationId, name: `${tenant.slug}/jira`, connector: 'jira', truth: () => jiraTruth(world) };
}

/** Whose members of GitHub some are known by, for its first application is GitHub. */
function directoryOf(github: GitHubSimulator, index: number) {
  const world = generateOktaWorld({ ...directory, seed: index + 1 });
  const members = github.world.organizations[index]?.members ?? [];
  const [app] = world.apps;
  if (app) {
    app.name = 'githubcloud';
    app.assignments.forEach((one, place) => {
      const login = github.world.users.find(({ id }) => id === members[place]?.userId)?.login;
      if (login !== undefined) one.userName = login;
    });
  }
  return world;
}

async function addOkta({ url, world }: OktaSimulator, tenant: Tenant): Promise<Actor> {
  const integrationId = await tenant.add({
    connector: 'okta',
    name: 'okta',
    kind: 'ssws',
    secrets: { token: world.tokens[0]?.secret },
    settings: { orgUrl: world.orgUrl },
    endpoint: url,
    intervalMinutes,
  });
  return { tenant, integrationId, name: `${tenant.slug}/okta`, connector: 'okta', truth: () => oktaTruth(world) };
}

/** Starts AWS, which takes a while where moto has to be installed first, and gives each organization an account of its own there. */
export async function addAws(stage: Stage, say: (line: string) => void): Promise<void> {
  const availability = await awsAvailability();
  if (!availability.available) {
    say(`AWS is left out: ${availability.why}`);
    return;
  }
  const aws = await startAws(generateAwsWorld({ seed: 7, accounts, users: 30, buckets: 24, vpcsPerRegion: 3 }));
  stage.closers.push(() => aws.close());
  stage.aws = aws;
  for (const [index, tenant] of stage.tenants.entries()) {
    const account = aws.world.accounts[index];
    if (account === undefined) continue;
    const externalId = `demo-${tenant.slug}-${crypto.randomUUID()}`;
    aws.trust(account.accountId, externalId);
    const integrationId = await tenant.add({
      connector: 'aws',
      name: 'aws',
      kind: 'role',
      secrets: aws.roleKeys,
      settings: { roleArn: account.roleArn, externalId },
      endpoint: aws.url,
      intervalMinutes,
    });
    const truth = () => awsTruth(aws.world).filter(({ key }) => key[0] === account.accountId);
    stage.actors.push({ tenant, integrationId, name: `${tenant.slug}/aws`, connector: 'aws', truth });
  }
}

/** The ground truth, without the tokens that open it. */
export async function writeWorld(stage: Stage): Promise<string> {
  const folder = fileURLToPath(new URL('../../.testbed/', import.meta.url));
  await mkdir(folder, { recursive: true });
  const [github, ...jira] = [stage.github, ...stage.jira].map(({ world: { tokens: _, ...rest } }) => rest);
  const okta = stage.okta.map(({ world: { tokens: _, serviceApps: __, ...rest } }) => rest);
  const worlds = { github, jira, okta, aws: stage.aws?.world ?? null };
  await writeFile(`${folder}demo-world.json`, JSON.stringify(worlds, null, 1));
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
