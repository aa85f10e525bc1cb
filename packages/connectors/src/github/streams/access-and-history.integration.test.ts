import { Checkpoint, type EvidenceType, Expected, Gap, type Row, type Stream } from '@evidence-fleet/connector-sdk';
import {
  collectStream,
  type GitHubSimulator,
  generateGitHubWorld,
  githubTruth,
  materialOf,
  startGitHub,
  testRuntime,
  type WorldOrganization,
} from '@evidence-fleet/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { GitHub } from '../client.ts';
import { github } from '../index.ts';

/** What each evidence type is read from, and the permission that GitHub names when it refuses. */
const read: readonly (readonly [string, RegExp, string])[] = [
  ['github.code_scanning_alert', /\/code-scanning\/alerts/, 'security_events=read'],
  ['github.collaborator', /\/collaborators/, 'metadata=read'],
  ['github.commit_signature', /\/commits\?/, 'contents=read'],
  ['github.outside_collaborator', /\/outside_collaborators\?per_page=1$/, 'members=read'],
  ['github.ruleset', /\/rulesets/, 'metadata=read'],
  ['github.secret_scanning_alert', /\/secret-scanning\/alerts/, 'secret_scanning_alerts=read'],
  ['github.team', /\/teams\?/, 'members=read'],
  ['github.team_member', /\/teams\/[^/]+\/members/, 'members=read'],
  ['github.webhook', /\/hooks\?/, 'repository_hooks=read'],
  ['github.workflow_run', /\/actions\/runs/, 'actions=read'],
];

let simulator: GitHubSimulator;
let organization: WorldOrganization;

/** Three items a page, so that every list has several. */
beforeAll(async () => {
  const world = generateGitHubWorld({
    ...{ seed: 7, repositories: 4, members: 9, pullRequests: 0, alerts: 0, denied: 0 },
    ...{ teams: 5, teamMembers: 6, outsideCollaborators: 9, collaborators: 5, webhooks: 20 },
    ...{ workflowRuns: 40, commits: 20, codeAlerts: 8, secretAlerts: 8 },
  });
  const [first] = world.organizations;
  if (first === undefined) throw new Error('the world has no organization');
  organization = first;
  for (const team of organization.teams) for (const [nth, one] of team.members.entries()) one.role = roleOf(nth);
  const shared = { ...rule(41_000), source: 'Organization' as const };
  for (const [nth, repository] of organization.repositories.entries())
    repository.rulesets = [shared, ...[0, 1, 2, 3].map((one) => rule(42_000 + nth * 10 + one))];
  for (const token of world.tokens) token.hourlyLimit = 1e9;
  simulator = await startGitHub(world, { pageSize: 3 });
});
beforeEach(() => simulator.faults.clear());
afterAll(() => simulator.close());

function roleOf(nth: number): 'maintainer' | 'member' {
  return nth < 2 ? 'maintainer' : 'member';
}

function rule(id: number) {
  const flags = { signatures: true, forbidsForcePushes: true, forbidsDeletions: false };
  return { id, source: 'Repository' as const, approvals: id % 2, checks: ['build'], ...flags };
}

function streamOf(name: string): Stream<GitHub> {
  const found = github.streams.find(({ evidence }) => evidence.name === name);
  if (found === undefined) throw new Error(`no stream of ${name}`);
  return found as Stream<GitHub>;
}

async function connect() {
  const settings = github.settings.parse({ organizations: [organization.login] });
  const credentials = { kind: 'token', token: simulator.tokens[0]?.secret ?? '' } as const;
  return github.connect({ credentials, settings }, testRuntime({ connector: github, endpoint: simulator.url }));
}

async function collect(name: string, from: { since?: string; resume?: string } = {}) {
  return collectStream(streamOf(name), await connect(), from);
}

/** Key and material of every row, in one order. */
function contentOf(name: string, rows: readonly Row<EvidenceType>[]) {
  const { evidence } = streamOf(name);
  return byKey(
    rows.map((row) => ({ key: evidence.key.map((field) => row[field]), material: materialOf(evidence, row) })),
  );
}

function truthOf(type: string) {
  return byKey(
    githubTruth(simulator.world).flatMap(({ type: one, key, material }) => (one === type ? [{ key, material }] : [])),
  );
}

function byKey<T extends { readonly key: unknown }>(list: readonly T[]): T[] {
  return list.toSorted((one, other) => (JSON.stringify(one.key) < JSON.stringify(other.key) ? -1 : 1));
}

describe.each(read)('%s', (name, match, permission) => {
  it('shows exactly what the world holds, page after page, and what it has counted', async () => {
    simulator.requests.length = 0;
    const { rows, gaps, expected } = await collect(name);
    expect(gaps).toEqual([]);
    expect(contentOf(name, rows)).toEqual(truthOf(name));
    expect(simulator.requests.some(({ path }) => match.test(path) || /page=2/.test(path))).toBe(true);
    expect(simulator.requests.some(({ path }) => /[?&]page=2/.test(path) && !/\/repos\?/.test(path))).toBe(true);
    expect(expected.at(-1)?.total).toBeLessThanOrEqual(rows.length);
  });

  it('is moved by nothing that changes by itself', async () => {
    const before = contentOf(name, (await collect(name)).rows);
    simulator.churn();
    expect(contentOf(name, (await collect(name)).rows)).toEqual(before);
  });

  it('does not take a refusal for none, and names the permission', async () => {
    const headers = { 'x-accepted-github-permissions': permission };
    const times = Number.POSITIVE_INFINITY;
    simulator.faults.add({ kind: 'status', status: 403, headers, match, times });
    const outcome = await collect(name).catch((error: unknown) => error);
    const said = outcome instanceof Error ? outcome.message : JSON.stringify(outcome, showGaps);
    expect(said).toContain(permission);
    if (!(outcome instanceof Error)) expect(outcome).toMatchObject({ rows: [] });
  });

  it('tells of a list that is shorter than GitHub counts', async () => {
    const always = { match: new RegExp(`${match.source.replace(/(\\\?per_page=1\$|\\\?)$/, '')}.*per_page=100`) };
    const body = name === 'github.workflow_run' ? { total_count: 0, workflow_runs: [] } : [];
    const times = Number.POSITIVE_INFINITY;
    simulator.faults.add({ kind: 'status', status: 200, headers: { link: '' }, body, ...always, times });
    const { rows, gaps, expected } = await collect(name);
    const isTold = gaps.some(({ reason }) => reason === 'incomplete') || (expected[0]?.total ?? 0) > rows.length;
    expect(isTold).toBe(true);
  });
});

function showGaps(_field: string, value: unknown) {
  return value instanceof Gap ? { ...value } : value;
}

describe('a pass that is taken up again', () => {
  it.each(read.filter(([name]) => !/team|outside/.test(name)))('reads the rest of %s', async (name) => {
    const whole = await collect(name);
    const resume = whole.checkpoints[0]?.token ?? '';
    const rest = await collect(name, { resume });
    const before: Row<EvidenceType>[] = [];
    const [slice = { id: '' }] = (await streamOf(name).slices?.(await connect())) ?? [];
    const context = { slice, since: undefined, resume: undefined, signal: new AbortController().signal };
    for await (const item of streamOf(name).collect(await connect(), context)) {
      if (item instanceof Checkpoint) break;
      if (!(item instanceof Expected) && !(item instanceof Gap))
        before.push(streamOf(name).evidence.schema.parse(item));
    }
    const keys = new Set(contentOf(name, [...before, ...rest.rows]).map(({ key }) => JSON.stringify(key)));
    expect(keys.size).toBe(truthOf(name).length);
    expect(rest.expected).toEqual(whole.expected);
  });
});

describe('what must not be kept', () => {
  it('is no secret of a webhook: its host is all that is told of an address', async () => {
    const { rows } = await collect('github.webhook');
    const text = JSON.stringify(rows);
    expect(text).not.toMatch(/services|\*\*\*/);
    expect(text).toContain('.example.com');
  });

  it('is no secret that was found, which GitHub is not even asked for', async () => {
    simulator.requests.length = 0;
    const { rows } = await collect('github.secret_scanning_alert');
    expect(JSON.stringify(rows)).not.toContain('leaked-');
    const asked = simulator.requests.filter(({ path }) => path.includes('/secret-scanning/'));
    expect(asked.every(({ path }) => path.includes('hide_secret=true'))).toBe(true);
  });
});

describe('whoever is no owner', () => {
  it.each(['github.team', 'github.team_member', 'github.outside_collaborator'])(
    'is shown a part of %s, which is a gap',
    async (name) => {
      const owner = organization.members.find(({ userId }) => userId === simulator.tokens[0]?.userId);
      if (owner) owner.role = 'member';
      const { gaps } = await collect(name).finally(() => {
        if (owner) owner.role = 'admin';
      });
      expect(gaps).toContainEqual(expect.objectContaining({ scope: '*', detail: expect.stringContaining('owner') }));
    },
  );

  it('is not told who has no second factor', async () => {
    simulator.faults.add({ kind: 'status', status: 422, body: { message: 'Only owners' }, match: /2fa_disabled/ });
    const { rows, gaps } = await collect('github.outside_collaborator');
    expect(new Set(rows.map(({ twoFactor }) => twoFactor))).toEqual(new Set([null]));
    expect(gaps).toMatchObject([{ scope: `two-factor:${organization.id}` }]);
  });
});

describe('rulesets', () => {
  it('of an organization are read once, whatever number of repositories they apply to', async () => {
    simulator.requests.length = 0;
    await collect('github.ruleset');
    const asked = simulator.requests.filter(({ path }) => path.endsWith('/rulesets/41000'));
    expect(asked).toHaveLength(1);
  });

  it('that may not be read are a gap each, and the others stand', async () => {
    simulator.faults.add({ kind: 'status', status: 404, match: /\/rulesets\/42001$/ });
    const { rows, gaps } = await collect('github.ruleset');
    expect(gaps).toMatchObject([{ scope: 'ruleset:42001', key: [42_001] }]);
    expect(rows).toHaveLength(truthOf('github.ruleset').length - 1);
  });

  it('that the plan does not know are none', async () => {
    const body = { message: 'Upgrade to GitHub Pro or make this repository public to enable this feature.' };
    simulator.faults.add({ kind: 'status', status: 403, body, match: /\/rulesets/, times: Number.POSITIVE_INFINITY });
    expect(await collect('github.ruleset')).toMatchObject({ rows: [], gaps: [] });
  });
});

describe('a history', () => {
  const daysAgo = (days: number) => `${new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 19)}Z`;

  it('has a run as soon as it has ended, however long it took', async () => {
    const since = daysAgo(1.001); // of the day before: the first pass of a day looks back further
    const run = organization.repositories[0]?.workflowRuns.find(({ status }) => status !== 'completed');
    if (run === undefined) throw new Error('every run of this world has ended');
    const had = { ...run };
    Object.assign(run, { createdAt: daysAgo(30) });
    const hasIt = async () =>
      (await collect('github.workflow_run', { since })).rows.some(({ runId }) => runId === run.id);
    expect(await hasIt()).toBe(false);
    Object.assign(run, { status: 'completed', conclusion: 'failure' });
    expect(await hasIt()).toBe(true);
    Object.assign(run, had);
  });

  it('of commits asks only repositories that were pushed to since', async () => {
    const pushed = organization.repositories.filter(({ empty }) => !empty);
    for (const [nth, repository] of pushed.entries()) repository.pushedAt = nth === 0 ? daysAgo(0) : daysAgo(40);
    simulator.requests.length = 0;
    await collect('github.commit_signature', { since: daysAgo(0.001) });
    const asked = simulator.requests.filter(({ path }) => path.includes('/commits?'));
    expect(new Set(asked.map(({ path }) => path.split('/commits?')[0]))).toEqual(
      new Set([`/repos/${organization.login}/${pushed[0]?.name}`]),
    );
  });

  it('of a repository without any commit is empty, and no gap', async () => {
    const body = { message: 'Git Repository is empty.' };
    simulator.faults.add({ kind: 'status', status: 409, body, match: /\/commits\?/, times: Number.POSITIVE_INFINITY });
    expect(await collect('github.commit_signature')).toMatchObject({ rows: [], gaps: [] });
  });
});

describe('proof of absence', () => {
  async function probe(name: string, row: Row<EvidenceType> | undefined) {
    const stream = streamOf(name);
    const signal = new AbortController().signal;
    const context = { slice: { id: String(organization.id) }, since: undefined, resume: undefined, signal };
    if (row === undefined || stream.probe === undefined) throw new Error('nothing to ask about');
    return stream.probe(await connect(), row, context);
  }

  it.each(['github.collaborator', 'github.ruleset', 'github.team', 'github.team_member', 'github.webhook'])(
    'finds what a listing of %s leaves out',
    async (name) => {
      const { rows } = await collect(name);
      const row = rows.find((one) => one.level !== 'organization' && one.role !== 'read');
      expect(await probe(name, row)).toEqual(row);
    },
  );

  it.each([
    ['github.webhook', { hookId: 999 }],
    ['github.ruleset', { rulesetId: 999 }],
    ['github.team_member', { login: 'nobody-there' }],
  ])('ends %s that GitHub says is gone', async (name, gone) => {
    const { rows } = await collect(name);
    const row = rows.find(({ level }) => level !== 'organization');
    expect(await probe(name, row && { ...row, ...gone })).toBeNull();
  });

  it('does not take a hidden team, nor a reader of a public repository, for gone', async () => {
    const { rows } = await collect('github.team');
    const [team] = rows;
    await expect(probe('github.team', team && { ...team, teamId: 999 })).rejects.toMatchObject({ code: 'not_found' });
    const [repository] = organization.repositories;
    const reader = organization.members.find(({ userId }) => {
      return !repository?.collaborators.some((one) => one.userId === userId);
    });
    const login = simulator.world.users.find(({ id }) => id === reader?.userId)?.login ?? '';
    const row = (await collect('github.collaborator')).rows.find(({ repoId }) => repoId === repository?.id);
    const asked = row && { ...row, userId: reader?.userId ?? 0, login };
    if (repository) repository.visibility = 'public';
    await expect(probe('github.collaborator', asked)).rejects.toMatchObject({ code: 'not_found' });
    if (repository) repository.visibility = 'private';
    expect(await probe('github.collaborator', asked)).toBeNull();
  });
});
