import { Checkpoint, type EvidenceType, Expected, Gap, type Row, type Stream } from '@evidence-fleet/connector-sdk';
import {
  collectStream,
  generateJiraWorld,
  type JiraSimulator,
  type JiraWorld,
  jiraTruth,
  materialOf,
  startJira,
  testRuntime,
} from '@evidence-fleet/testbed';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Jira } from '../client.ts';
import { jira } from '../index.ts';

const issues = { security: 'type = Bug AND labels = security', change: 'type = Change OR labels = triaged' };

let simulator: JiraSimulator;
beforeAll(async () => {
  simulator = await startJira(generateJiraWorld({ seed: 7 }), { pageSize: 3 });
});
afterEach(() => simulator.faults.clear());
afterAll(() => simulator.close());

/** @param owner 0: an administrator; 1: a user without a global permission, who may not browse one of the projects */
function connect(owner: 0 | 1 = 0): Promise<Jira> {
  const settings = jira.settings.parse({ siteUrl: simulator.world.siteUrl, issues });
  const { email, secret } = simulator.world.tokens[owner] ?? fail();
  const credentials = { kind: 'api_token', email, token: secret } as const;
  return Promise.resolve(
    jira.connect({ credentials, settings }, testRuntime({ connector: jira, endpoint: simulator.url })),
  );
}

interface Content {
  readonly key: readonly unknown[];
  readonly material: Readonly<Record<string, unknown>>;
}

/** Key and material of every row, in one order, to compare whole collections. */
function contentOf({ evidence }: Stream<Jira>, rows: readonly Row<EvidenceType>[]): Content[] {
  return byKey(
    rows.map((row) => ({ key: evidence.key.map((field) => row[field]), material: materialOf(evidence, row) })),
  );
}

function truthOf(world: JiraWorld, type: string): Content[] {
  const truth = jiraTruth(world, issues);
  return byKey(truth.flatMap(({ type: one, key, material }) => (one === type ? [{ key, material }] : [])));
}

function byKey(list: readonly Content[]): Content[] {
  return list.toSorted((one, other) => (JSON.stringify(one.key) < JSON.stringify(other.key) ? -1 : 1));
}

/** The stream, the permission that a refusal names, and a call that fits it. */
const refusals: readonly (readonly [type: string, permission: string, match: RegExp])[] = [
  ['jira.audit_record', 'Administer Jira', /\/auditing\/record/],
  ['jira.group', 'Browse users and groups', /\/group\/bulk/],
  ['jira.group_member', 'Browse users and groups', /\/group\/member/],
  ['jira.issue', 'Browse projects', /\/search\/jql/],
  ['jira.issue_change', 'Browse projects', /\/changelog\//],
  ['jira.issue_purpose', 'Browse projects', /\/search\/jql/],
  ['jira.permission_scheme', 'Administer Jira', /\/permissionscheme/],
  ['jira.project', 'Administer Jira', /\/project\/search/],
  ['jira.project_role_actor', 'Administer Jira', /\/role\/\d+/],
  ['jira.server_info', 'access to Jira', /\/serverInfo/],
  ['jira.user', 'Browse users and groups', /\/users\/search/],
];

describe.each(refusals)('%s', (name, permission, match) => {
  const stream = streamOf(name);

  it('shows exactly what the world holds, past the first page', async () => {
    const { rows, gaps } = await collectStream(stream, await connect());
    expect(gaps).toEqual([]);
    expect(contentOf(stream, rows)).toEqual(truthOf(simulator.world, name));
  });

  it('names the permission that a refusal asks for', async () => {
    const body = { errorMessages: ['You are not authorized to perform this action.'], errors: {} };
    simulator.faults.add({ kind: 'status', status: 403, body, match, times: Number.POSITIVE_INFINITY });
    const told = await collectStream(stream, await connect()).then(
      ({ gaps }) => gaps.map(({ reason, detail }) => `${reason} ${detail}`),
      (error: Error & { code?: string }) => [`${error.code} ${error.message}`],
    );
    expect(told.length).toBeGreaterThan(0);
    for (const sentence of told) expect(sentence).toMatch(new RegExp(`^permission_denied .*${permission}`));
    expect(stream.permissions.join()).toContain(permission);
  });

  it('skips nothing when a broken pass is taken up', async () => {
    const client = await connect();
    const [before, resume] = await rowsBeforeCheckpoint(stream, client);
    if (resume === undefined) return; // one call, or a few: it is read anew
    const rest = await collectStream(stream, client, { resume });
    expect(rest.gaps).toEqual([]);
    const rows = [...before, ...rest.rows].map((row) => [
      JSON.stringify(stream.evidence.key.map((field) => row[field])),
      row,
    ]);
    const all = [...new Map(rows as [string, Row<EvidenceType>][]).values()];
    expect(contentOf(stream, all)).toEqual(truthOf(simulator.world, name));
  });

  it('does not take what a stranger is shown for what there is', async () => {
    simulator.faults.add({ kind: 'headers', headers: { 'x-seraph-loginreason': 'AUTHENTICATED_FAILED' }, match });
    await expect(collectStream(stream, await connect())).rejects.toMatchObject({ code: 'authentication_failed' });
  });
});

/** The rows that a pass yields before its second checkpoint, and the token of that. */
async function rowsBeforeCheckpoint(stream: Stream<Jira>, client: Jira) {
  const [slice = { id: '' }] = (await stream.slices?.(client)) ?? [];
  const context = { slice, since: undefined, resume: undefined, signal: new AbortController().signal };
  const rows: Row<EvidenceType>[] = [];
  let checkpoints = 0;
  for await (const item of stream.collect(client, context)) {
    if (item instanceof Checkpoint) {
      checkpoints += 1;
      if (checkpoints === 2) return [rows, item.token] as const;
    } else if (!(item instanceof Gap || item instanceof Expected)) rows.push(stream.evidence.schema.parse(item));
  }
  return [rows, undefined] as const;
}

describe('a user who is shown a part', () => {
  it.each([
    ['jira.issue', 'Browse projects'],
    ['jira.issue_change', 'Browse projects'],
    ['jira.issue_purpose', 'Browse projects'],
    ['jira.permission_scheme', 'Administer Jira'],
    ['jira.project', 'Administer Jira'],
    ['jira.project_role_actor', 'Administer Jira'],
    ['jira.user', 'Browse users and groups'],
  ])('leaves a gap over all of %s', async (name, permission) => {
    const { gaps } = await collectStream(streamOf(name), await connect(1));
    const detail = expect.stringContaining(permission);
    expect(gaps).toContainEqual(expect.objectContaining({ scope: '*', reason: 'permission_denied' }));
    if (name.startsWith('jira.issue')) return;
    expect(gaps).toContainEqual(expect.objectContaining({ scope: '*', detail }));
  });

  it('and administers Jira, but may not browse each project, is told how many are hidden', async () => {
    const { projects, tokens } = simulator.world;
    const { accountId } = tokens[0] ?? fail();
    projects.find(({ status }) => status === 'live')?.hiddenFrom.push(accountId);
    const { gaps } = await collectStream(streamOf('jira.issue'), await connect());
    for (const project of projects) project.hiddenFrom = project.hiddenFrom.filter((id) => id !== accountId);
    const detail = expect.stringMatching(/browse \d+ of \d+ projects/);
    expect(gaps).toContainEqual(expect.objectContaining({ scope: '*', reason: 'permission_denied', detail }));
  });
});

describe('the permissions that a type names', () => {
  const grants = { 'Administer Jira': 'ADMINISTER', 'Browse users and groups': 'USER_PICKER' } as const;
  const browse = 'Browse projects';
  const named = ['Administer Jira', 'Browse users and groups', browse] as const;
  type Named = (typeof named)[number];

  /** The second user of the site holds these permissions and no others. */
  function grant(held: readonly Named[]): void {
    const { tokens, users, projects } = simulator.world;
    const narrow = users.find(({ accountId }) => accountId === tokens[1]?.accountId) ?? fail();
    narrow.globalPermissions = held.flatMap((one) => (one === browse ? [] : [grants[one]]));
    projects.forEach((project, nth) => {
      project.hiddenFrom = nth === 1 && !held.includes(browse) ? [narrow.accountId] : [];
    });
  }
  afterAll(() => grant([]));

  it.each(refusals.map(([name]) => name))('are enough to read %s, and each is needed', async (name) => {
    const stream = streamOf(name);
    const needed = named.filter((one) => stream.permissions.some((permission) => permission.startsWith(one)));
    grant(needed);
    const { rows, gaps } = await collectStream(stream, await connect(1));
    expect(gaps).toEqual([]);
    expect(contentOf(stream, rows)).toEqual(truthOf(simulator.world, name));
    for (const missing of needed) {
      grant(needed.filter((one) => one !== missing));
      const told = await collectStream(stream, await connect(1)).then(
        (collected) => collected.gaps.map(({ detail }) => detail),
        (error: Error) => [error.message],
      );
      expect(told).toContainEqual(expect.stringContaining(missing));
    }
  });
});

describe('a list that ends early', () => {
  const none = { values: [], total: 0, startAt: 0, maxResults: 50, isLast: true };
  it('of projects is a gap over who holds a role there', async () => {
    simulator.faults.add({ kind: 'body', body: none, match: /\/project\/search\?.*orderBy/ });
    const { gaps } = await collectStream(streamOf('jira.project_role_actor'), await connect());
    expect(gaps).toContainEqual(expect.objectContaining({ scope: '*', reason: 'incomplete' }));
  });

  it('of audit records, filled up with what was shown before, is a gap', async () => {
    const record = { id: 1, created: '2026-01-01T00:00:00.000+0000' };
    const body = { offset: 0, limit: 1000, total: 3, records: [record, record, record] };
    simulator.faults.add({ kind: 'body', body, match: /\/auditing/ });
    const { gaps, rows } = await collectStream(streamOf('jira.audit_record'), await connect());
    expect(rows).toHaveLength(1);
    expect(gaps).toContainEqual(expect.objectContaining({ scope: '*', reason: 'incomplete' }));
  });

  it.each(['jira.issue', 'jira.issue_change'])('of %s hides nothing that the second search shows', async (name) => {
    simulator.faults.add({ kind: 'body', body: { issues: [], isLast: true }, match: /\/search\/jql/ });
    const { gaps, rows } = await collectStream(streamOf(name), await connect());
    expect(gaps).toEqual([]);
    expect(contentOf(streamOf(name), rows)).toEqual(truthOf(simulator.world, name));
  });

  it.each(['jira.issue', 'jira.issue_change'])('of %s is noticed in the second search', async (name) => {
    const match = /\/search\/jql/;
    const ofIds = Math.ceil(truthOf(simulator.world, 'jira.issue').length / 3);
    simulator.faults.add({ kind: 'delay', delayMs: 0, match, times: ofIds + 1 });
    simulator.faults.add({ kind: 'body', body: { issues: [], isLast: true }, match });
    const { gaps } = await collectStream(streamOf(name), await connect());
    expect(gaps.length).toBeGreaterThan(0);
    for (const { reason } of gaps) expect(reason).toBe('incomplete');
  });

  it('of matches leaves no issue without a purpose', async () => {
    const body = { matches: Object.keys(issues).map(() => ({ matchedIssues: [], errors: [] })) };
    simulator.faults.add({ kind: 'body', body, match: /\/jql\/match/ });
    const { gaps, rows } = await collectStream(streamOf('jira.issue'), await connect());
    expect(gaps.map(({ reason }) => reason)).toEqual(['incomplete', 'incomplete', 'incomplete']);
    for (const { purposes } of rows) expect(purposes).not.toEqual([]);
  });

  it.each([
    ['jira.group', /\/group\/bulk/, { ...none, total: 9 }],
    ['jira.audit_record', /\/auditing/, { offset: 0, limit: 1000, total: 9, records: [] }],
  ])('of %s contradicts its own total', async (name, match, body) => {
    simulator.faults.add({ kind: 'body', body, match });
    await expect(collectStream(streamOf(name), await connect())).rejects.toMatchObject({ code: 'malformed' });
  });

  it('of a project is held against a number that was asked for by itself', async () => {
    simulator.faults.add({ kind: 'body', body: none, match: /\/project\/search\?.*orderBy/ });
    const { expected } = await collectStream(streamOf('jira.project'), await connect());
    expect(expected.map(({ total }) => total)).toEqual([simulator.world.projects.length]);
  });
});

describe('a probe', () => {
  const context = { slice: { id: '' }, since: undefined, resume: undefined, signal: new AbortController().signal };
  const gone = { errorMessages: ['It does not exist or you do not have permission to view it.'], errors: {} };

  it.each(refusals.flatMap(([name]) => (streamOf(name).probe === undefined ? [] : [name])))(
    'of %s finds what is there, and takes no 404 of a gateway for an answer',
    async (name) => {
      const stream = streamOf(name);
      const client = await connect();
      const row = (await collectStream(stream, client)).rows[0] ?? fail();
      const found = stream.evidence.schema.parse(await stream.probe?.(client, row, context));
      expect(contentOf(stream, [found])).toEqual(contentOf(stream, [row]));
      simulator.faults.add({ kind: 'status', status: 404, body: '<html></html>', match: /./ });
      await expect(stream.probe?.(client, row, context)).rejects.toThrow();
    },
  );

  it.each([
    ['jira.user', /\/user\?/, true],
    ['jira.group_member', /\/user\/groups/, true],
    ['jira.project', /\/project\//, false],
    ['jira.project_role_actor', /\/role\//, false],
    ['jira.permission_scheme', /\/permissionscheme\//, false],
    ['jira.issue_purpose', /\/issue\//, false],
  ])("of %s: Jira's own 404 is an answer: %s %s", async (name, match, isAnswer) => {
    const stream = streamOf(name);
    const client = await connect();
    const row = (await collectStream(stream, client)).rows[0] ?? fail();
    simulator.faults.add({ kind: 'status', status: 404, body: gone, match });
    const probed = Promise.resolve(stream.probe?.(client, row, context));
    if (isAnswer) expect(await probed).toBeNull();
    else await expect(probed).rejects.toMatchObject({ code: 'not_found' });
  });

  it('tells that a group is gone, and that an issue has left its purpose', async () => {
    const client = await connect();
    const groups = streamOf('jira.group');
    const [group] = (await collectStream(groups, client)).rows;
    expect(await groups.probe?.(client, { ...group, groupId: 'another' }, context)).toBeNull();
    const purposes = streamOf('jira.issue_purpose');
    const other = simulator.world.issues.find(({ type }) => type !== 'Bug') ?? fail();
    expect(await purposes.probe?.(client, { purpose: 'security', issueId: other.id }, context)).toBeNull();
  });
});

describe('issues', () => {
  it('are read again only when they were updated since', async () => {
    const issue = simulator.world.issues.find(({ type }) => type === 'Bug') ?? fail();
    const before = issue.updatedAt;
    const since = new Date().toISOString();
    issue.updatedAt = since;
    for (const name of ['jira.issue', 'jira.issue_change']) {
      const { rows } = await collectStream(streamOf(name), await connect(), { since });
      expect(new Set(rows.map(({ issueId }) => issueId))).toEqual(new Set([issue.id]));
    }
    issue.updatedAt = before;
  });

  it('that go on being updated are shown all the same, and do not carry the cursor past the pass', async () => {
    const issue = simulator.world.issues.find(({ type }) => type === 'Bug') ?? fail();
    const before = issue.updatedAt;
    issue.updatedAt = '2999-01-01T00:00:00.000Z';
    const { rows } = await collectStream(streamOf('jira.issue'), await connect());
    const row = rows.find(({ issueId }) => issueId === issue.id);
    issue.updatedAt = before;
    expect(row?.updated).toBe('2999-01-01T00:00:00.000Z');
    expect(Date.parse(String(row?.readTo))).toBeLessThanOrEqual(Date.now());
  });

  it('carry nothing that people wrote', async () => {
    const { rows } = await collectStream(streamOf('jira.issue'), await connect());
    const names = Object.keys(rows[0] ?? fail());
    for (const text of ['summary', 'description', 'comment', 'environment']) expect(names).not.toContain(text);
  });

  it('are not asked for where no purpose is on', async () => {
    const settings = jira.settings.parse({ siteUrl: simulator.world.siteUrl, issues: { security: null } });
    const { email, secret: token } = simulator.world.tokens[0] ?? fail();
    const runtime = testRuntime({ connector: jira, endpoint: simulator.url });
    const client = await jira.connect({ credentials: { kind: 'api_token', email, token }, settings }, runtime);
    for (const name of ['jira.issue', 'jira.issue_change', 'jira.issue_purpose']) {
      expect((await collectStream(streamOf(name), client)).rows).toEqual([]);
    }
    expect(runtime.calls.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it('are refused with a sentence that names the setting when its JQL is wrong', async () => {
    const settings = jira.settings.parse({ siteUrl: simulator.world.siteUrl, issues: { security: 'no such (' } });
    const { email, secret: token } = simulator.world.tokens[0] ?? fail();
    const runtime = testRuntime({ connector: jira, endpoint: simulator.url });
    const client = await jira.connect({ credentials: { kind: 'api_token', email, token }, settings }, runtime);
    const message = expect.stringContaining('"issues"');
    await expect(collectStream(streamOf('jira.issue'), client)).rejects.toMatchObject({ message });
  });
});

describe('jira.audit_record', () => {
  it('reads again only what came since', async () => {
    const times = simulator.world.auditRecords.map(({ createdAt }) => createdAt).sort();
    const { rows } = await collectStream(streamOf('jira.audit_record'), await connect(), { since: times.at(-2) ?? '' });
    expect(rows.length).toBe(2);
  });
});

describe('check', () => {
  it('names the site by its immutable id, and what the user may see', async () => {
    const { cloudId, tokens } = simulator.world;
    expect(await jira.check(await connect())).toEqual({
      account: { id: cloudId, title: 'acme.atlassian.net' },
      quotaScope: `jira:${cloudId}`,
      grants: ['ADMINISTER', 'USER_PICKER', `user:${tokens[0]?.accountId}`],
    });
  });

  it('keeps what is sent as its credential out of the log', async () => {
    const settings = jira.settings.parse({ siteUrl: simulator.world.siteUrl });
    const hidden: string[] = [];
    const runtime = testRuntime({ connector: jira, endpoint: simulator.url });
    const credentials = { kind: 'api_token', email: 'a@example.com', token: 'planted' } as const;
    await jira.connect({ credentials, settings }, { ...runtime, protect: (secrets) => hidden.push(...secrets) });
    expect(hidden).toEqual([btoa('a@example.com:planted')]);
  });

  it('says that a token is wrong', async () => {
    const settings = jira.settings.parse({ siteUrl: simulator.world.siteUrl });
    const credentials = { kind: 'api_token', email: 'a@example.com', token: 'wrong' } as const;
    const runtime = testRuntime({ connector: jira, endpoint: simulator.url });
    const client = await jira.connect({ credentials, settings }, runtime);
    await expect(jira.check(client)).rejects.toMatchObject({ code: 'authentication_failed' });
  });
});

function streamOf(name: string): Stream<Jira> {
  return (jira.streams as readonly Stream<Jira>[]).find(({ evidence }) => evidence.name === name) ?? fail();
}

function fail(): never {
  throw new Error('there is no such thing in this test');
}
