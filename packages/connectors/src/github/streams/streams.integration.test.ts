import { Checkpoint, type EvidenceType, Expected, type Row, type Stream } from '@evidence-fleet/connector-sdk';
import {
  type Collected,
  collectStream,
  type GitHubSimulator,
  type GitHubWorld,
  generateGitHubWorld,
  githubTruth,
  materialOf,
  startGitHub,
  testRuntime,
} from '@evidence-fleet/testbed';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { GitHub } from '../client.ts';
import { github } from '../index.ts';
import { branchProtections } from './branch-protections.ts';
import { dependabotAlerts } from './dependabot-alerts.ts';
import { orgMembers } from './org-members.ts';
import { organizations } from './organizations.ts';
import { pullRequests } from './pull-requests.ts';
import { repositories } from './repositories.ts';

const started: GitHubSimulator[] = [];
afterEach(async () => {
  for (const simulator of started.splice(0)) await simulator.close();
});

/** A world just past one page of everything; `change` spoils it before the first call. */
async function open(change: (world: GitHubWorld) => void = () => {}) {
  const world = generateGitHubWorld({
    seed: 7,
    repositories: 105,
    members: 105,
    pullRequests: 130,
    alerts: 105,
    denied: 0,
  });
  change(world);
  const simulator = await startGitHub(world);
  started.push(simulator);
  const runtime = testRuntime({ connector: github, endpoint: simulator.url });
  const settings = github.settings.parse({ organizations: ['example-org-1'] });
  const credentials = { kind: 'token', token: world.tokens[0]?.secret ?? '' } as const;
  return { world, simulator, client: await github.connect({ credentials, settings }, runtime) };
}

function organizationOf(world: GitHubWorld) {
  const [organization] = world.organizations;
  if (organization === undefined) throw new Error('the world has no organization');
  return organization;
}

function repositoryOf(
  world: GitHubWorld,
  accept: (repository: ReturnType<typeof organizationOf>['repositories'][number]) => boolean,
) {
  const found = organizationOf(world).repositories.find(accept);
  if (found === undefined) throw new Error('the world has no such repository');
  return found;
}

/** Key and material of every row, in one order, to compare whole collections. */
function contentOf<E extends EvidenceType>(stream: Stream<GitHub, E>, { rows }: Collected<Row<E>>) {
  const { evidence } = stream;
  return byKey(
    rows.map((row) => ({ key: evidence.key.map((field) => row[field]), material: materialOf(evidence, row) })),
  );
}

function truthOf(world: GitHubWorld, type: string) {
  return byKey(githubTruth(world).flatMap(({ type: one, key, material }) => (one === type ? [{ key, material }] : [])));
}

function byKey<T extends { readonly key: unknown }>(list: readonly T[]): T[] {
  return list.toSorted((one, other) => (JSON.stringify(one.key) < JSON.stringify(other.key) ? -1 : 1));
}

const read: readonly Stream<GitHub>[] = [
  branchProtections,
  dependabotAlerts,
  orgMembers,
  organizations,
  pullRequests,
  repositories,
].map((stream) => stream as Stream<GitHub>);

describe.each(read.map((stream) => [stream.evidence.name, stream] as const))('%s', (name, stream) => {
  it('shows exactly what the world holds, past the first page', async () => {
    const { world, client } = await open();
    const collected = await collectStream(stream, client);
    expect(collected.gaps).toEqual([]);
    expect(contentOf(stream, collected)).toEqual(truthOf(world, name));
  });

  it('is moved by nothing that changes by itself', async () => {
    const { simulator, client } = await open();
    const before = contentOf(stream, await collectStream(stream, client));
    simulator.churn();
    expect(contentOf(stream, await collectStream(stream, client))).toEqual(before);
  });

  it('says what it needs', () => {
    expect(stream.permissions.length).toBeGreaterThan(0);
    for (const page of stream.docs) expect(page).toMatch(/^https:\/\/docs\.github\.com\//);
  });
});

describe('what may not be read', () => {
  it('leaves settings of an organization untold to a plain member', async () => {
    const { client } = await open((world) => plainMember(world));
    const { rows } = await collectStream(organizations, client);
    expect(rows[0]).toMatchObject({ twoFactorRequired: null, defaultRepositoryPermission: null });
  });

  it('does not take an untold second factor for one', async () => {
    const { client } = await open((world) => plainMember(world));
    const { rows, gaps } = await collectStream(orgMembers, client);
    expect(gaps).toMatchObject([{ scope: 'two-factor:7000017', reason: 'permission_denied' }]);
    expect(new Set(rows.map(({ twoFactor }) => twoFactor))).toEqual(new Set([null]));
  });

  it.each([
    ['read:org', orgMembers],
    ['repo', repositories],
    ['repo', branchProtections],
    ['repo', pullRequests],
  ] as const)('holds a listing for a part without the scope %s', async (scope, stream) => {
    const { client } = await open((world) => {
      for (const token of world.tokens) token.scopes = scope === 'repo' ? ['admin:org'] : ['repo'];
    });
    const { gaps } = await collectStream<GitHub, EvidenceType>(stream as Stream<GitHub>, client);
    expect(gaps).toContainEqual(expect.objectContaining({ scope: '*', detail: expect.stringContaining(scope) }));
  });

  it.each([
    ['members', orgMembers],
    ['repos', repositories],
    ['repos', branchProtections],
    ['repos', pullRequests],
  ] as const)('holds a listing of %s for a part when the grant is narrowed while it is read', async (list, stream) => {
    const { client, simulator } = await open();
    const match = new RegExp(`/orgs/[^/]+/${list}\\?.*per_page=100`);
    simulator.faults.add({ kind: 'headers', headers: { 'x-oauth-scopes': 'read:user' }, match });
    const { gaps } = await collectStream<GitHub, EvidenceType>(stream as Stream<GitHub>, client);
    expect(gaps).toContainEqual(expect.objectContaining({ scope: '*', reason: 'permission_denied' }));
  });

  it.each([403, 404] as const)('keeps one gap for one repository whose protection is refused by %i', async (status) => {
    let refused = 0;
    const { world, client } = await open((world) => {
      const repository = repositoryOf(world, ({ archived, empty }) => !archived && !empty);
      repository.denied.protection = status;
      refused = repository.id;
    });
    const { rows, gaps } = await collectStream(branchProtections, client);
    expect(gaps).toMatchObject([{ scope: `repository:${refused}`, key: [refused, 'main'] }]);
    expect(gaps[0]?.reason).toBe(status === 403 ? 'permission_denied' : 'not_found');
    expect(rows.length).toBe(truthOf(world, 'github.branch_protection').length);
  });

  it('does not take an answer to something else for a protection without any rule', async () => {
    const { simulator, client } = await open();
    const body = { unexpected: { shape: true } };
    simulator.faults.add({ kind: 'body', body, match: /\/protection$/ });
    const { gaps } = await collectStream(branchProtections, client);
    expect(gaps).toMatchObject([{ reason: 'malformed' }]);
  });

  it('keeps a gap for pull requests that are refused, and reads the others', async () => {
    const { world, client } = await open((world) => {
      repositoryOf(world, ({ pullRequests }) => pullRequests.length > 0).denied.pulls = 403;
    });
    const collected = await collectStream(pullRequests, client);
    expect(collected.gaps).toMatchObject([{ reason: 'permission_denied', key: undefined }]);
    expect(contentOf(pullRequests, collected)).toEqual(truthOf(world, 'github.pull_request'));
  });

  it('does not take refused alerts for none', async () => {
    const { client } = await open((world) => {
      organizationOf(world).deniedAlerts = true;
    });
    const { rows, gaps } = await collectStream(dependabotAlerts, client);
    expect(rows).toEqual([]);
    expect(gaps).toMatchObject([{ scope: '*', reason: 'permission_denied' }]);
  });
});

describe('a list that is shorter than GitHub counts', () => {
  /** The first page of it comes back empty, without a next one. */
  async function openWithout(list: RegExp) {
    const opened = await open();
    const always = { match: list, times: Number.POSITIVE_INFINITY };
    opened.simulator.faults.add({ kind: 'status', status: 200, headers: { link: '' }, body: [], ...always });
    return opened;
  }
  const wholePage = 'per_page=100';
  const incomplete = (scope: unknown) => expect.objectContaining({ scope, reason: 'incomplete' });

  it('of members without a second factor says nothing of anybody', async () => {
    const { client } = await openWithout(new RegExp(`filter=2fa_disabled.*${wholePage}`));
    const { rows, gaps } = await collectStream(orgMembers, client);
    expect(gaps).toEqual([incomplete('two-factor:7000017')]);
    expect(new Set(rows.map(({ twoFactor }) => twoFactor))).toEqual(new Set([null]));
  });

  it("of owners leaves everybody's role untold", async () => {
    const { client } = await openWithout(new RegExp(`role=admin.*${wholePage}`));
    const { rows, gaps } = await collectStream(orgMembers, client);
    expect([rows, gaps]).toEqual([[], [incomplete('*')]]);
  });

  it.each([
    ['repositories', repositories],
    ['protections', branchProtections],
    ['pull requests', pullRequests],
  ] as const)('of repositories is no whole list of %s', async (_, each) => {
    const { client } = await openWithout(new RegExp(`/orgs/[^/]+/repos.*${wholePage}`));
    const { rows, gaps, expected } = await collectStream(each as Stream<GitHub>, client);
    const isTold = gaps.some(({ reason }) => reason === 'incomplete') || (expected[0]?.total ?? 0) > rows.length;
    expect(isTold).toBe(true);
  });

  it('of closed pull requests is a gap of its repository', async () => {
    const { world, client } = await openWithout(new RegExp(`/pulls\\?.*${wholePage}`));
    const affected = organizationOf(world).repositories.filter(({ pullRequests }) => {
      return pullRequests.some(({ state }) => state === 'closed');
    });
    const { rows, gaps } = await collectStream(pullRequests, client);
    expect(rows).toEqual([]);
    expect(gaps).toEqual(affected.map(({ id }) => incomplete(`repository:${id}`)));
  });

  it('is noticed, too, where reading ends at the age of a pull request', async () => {
    let [repositoryId, hidden] = [0, 0];
    const { simulator, client } = await open((world) => {
      const repository = repositoryOf(world, ({ pullRequests }) => pullRequests.length > 1);
      repositoryId = repository.id;
      for (const pull of repository.pullRequests) Object.assign(pull, { state: 'closed', updatedAt: daysAgo(10) });
      Object.assign(repository.pullRequests[0] ?? {}, { updatedAt: daysAgo(900) });
      hidden = repository.pullRequests[1]?.number ?? 0;
    });
    const [name] =
      simulator.world.organizations[0]?.repositories.flatMap((one) => (one.id === repositoryId ? [one.name] : [])) ??
      [];
    simulator.faults.add({ kind: 'without', number: hidden, match: new RegExp(`/${name}/pulls\\?.*${wholePage}`) });
    const { gaps } = await collectStream(pullRequests, client);
    expect(gaps).toEqual([incomplete(`repository:${repositoryId}`)]);
  });
});

function daysAgo(days: number): string {
  return `${new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 19)}Z`;
}

describe('github.pull_request', () => {
  it('reads again only what was updated since', async () => {
    const { world, client, simulator } = await open();
    const since = new Date(Date.now() - 86_400_000).toISOString().slice(0, 19);
    const changed = repositoryOf(world, ({ pullRequests }) => pullRequests.some(({ mergedAt }) => mergedAt !== null));
    const pull = changed.pullRequests.find(({ mergedAt }) => mergedAt !== null);
    if (pull) pull.updatedAt = `${new Date(Date.now() - 60_000).toISOString().slice(0, 19)}Z`;
    simulator.requests.length = 0;
    const { rows } = await collectStream(pullRequests, client, { since: `${since}Z` });
    expect(rows.map(({ repoId, number }) => [repoId, number])).toEqual([[changed.id, pull?.number]]);
    expect(simulator.requests.filter(({ path }) => path.includes('/reviews')).length).toBe(1);
  });

  it('leaves to the next pass what is updated after this one began', async () => {
    const { world, client } = await open();
    const repository = repositoryOf(world, ({ pullRequests }) => pullRequests.length > 0);
    for (const pull of repository.pullRequests) pull.updatedAt = '2999-01-01T00:00:00Z';
    const { rows } = await collectStream(pullRequests, client);
    expect(rows.some(({ repoId }) => repoId === repository.id)).toBe(false);
  });
});

describe('taking up a broken pass', () => {
  it.each([
    ['github.repository', repositories],
    ['github.branch_protection', branchProtections],
    ['github.pull_request', pullRequests],
  ] as const)('skips nothing of %s after a checkpoint', async (name, each) => {
    const stream = each as Stream<GitHub>;
    const { world, client } = await open();
    const whole = await collectStream(stream, client);
    const resume = whole.checkpoints[0]?.token;
    expect(resume).toBeDefined();
    const rest = await collectStream(stream, client, resume === undefined ? {} : { resume });
    const keys = (rows: readonly Row<EvidenceType>[]) =>
      rows.map((row) => JSON.stringify(stream.evidence.key.map((field) => row[field])));
    const before = await rowsBefore(stream, client);
    expect(new Set([...keys(before), ...keys(rest.rows)]).size).toBe(truthOf(world, name).length);
    expect(rest.expected).toEqual(whole.expected); // the total of the pass, not of what was left of it
  });
});

/** The rows that a pass yields before its first checkpoint. */
async function rowsBefore(stream: Stream<GitHub>, client: GitHub) {
  const [slice] = (await stream.slices?.(client)) ?? [];
  const rows: Row<EvidenceType>[] = [];
  const context = {
    slice: slice ?? { id: '' },
    since: undefined,
    resume: undefined,
    signal: new AbortController().signal,
  };
  for await (const item of stream.collect(client, context)) {
    if (item instanceof Checkpoint) break;
    if (!(item instanceof Expected)) rows.push(stream.evidence.schema.parse(item));
  }
  return rows;
}

function plainMember(world: GitHubWorld) {
  for (const member of organizationOf(world).members) {
    if (world.tokens.some(({ userId }) => userId === member.userId)) member.role = 'member';
  }
}
