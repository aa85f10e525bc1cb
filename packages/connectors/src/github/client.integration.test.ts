import { type GitHubSimulator, generateGitHubWorld, startGitHub, testRuntime } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { User } from './answers.ts';
import { github } from './index.ts';

let simulator: GitHubSimulator;

beforeAll(async () => {
  simulator = await startGitHub(generateGitHubWorld({ members: 230, repositories: 3 }));
});
beforeEach(() => simulator.faults.clear());
afterAll(() => simulator.close());

async function connect(organizations = ['example-org-1'], token = simulator.tokens[0]?.secret ?? '') {
  const runtime = testRuntime({ connector: github, endpoint: simulator.url });
  const settings = github.settings.parse({ organizations });
  return { client: await github.connect({ credentials: { kind: 'token', token }, settings }, runtime), runtime };
}

async function listMembers() {
  const { client } = await connect();
  return Array.fromAsync(client.list('GET /orgs/{org}/members', { org: 'example-org-1' }, User));
}

describe('check', () => {
  it('names the account by its organizations, the quota by its user, and what was granted', async () => {
    const { client } = await connect();
    expect(await github.check(client)).toEqual({
      account: { id: '7000017', title: 'example-org-1' },
      quotaScope: 'user:20000000',
      grants: ['admin:org', 'admin:org_hook', 'repo', 'security_events'],
    });
  });

  it('tells when the token ends, in either spelling of GitHub, and nothing where that is not a time', async () => {
    const [token] = simulator.tokens;
    if (token === undefined) throw new Error('the world has no token');
    const endsAt = new Date(Math.ceil(Date.now() / 1000) * 1000 + 3_600_000);
    const told = async (header?: string) => {
      const headers = { 'github-authentication-token-expiration': header ?? '' };
      if (header !== undefined) simulator.faults.add({ kind: 'headers', match: /./, headers, times: 2 });
      return (await github.check((await connect()).client)).credentialExpiresAt;
    };
    token.endsAt = endsAt;
    expect(await told()).toEqual(endsAt);
    expect(await told('2031-05-06 09:08:07 +0200')).toEqual(new Date('2031-05-06T07:08:07Z'));
    expect(await told('never')).toBeUndefined();
    token.endsAt = new Date(Date.now() - 1);
    await expect(told()).rejects.toMatchObject({ code: 'authentication_failed' });
    delete token.endsAt;
    expect(await told()).toBeUndefined();
  });

  it('says that a token is wrong', async () => {
    const { client } = await connect(['example-org-1'], 'ghp_wrong');
    await expect(github.check(client)).rejects.toMatchObject({ name: 'ConnectorError', code: 'authentication_failed' });
  });

  it('says which organization cannot be seen', async () => {
    const { client } = await connect(['nobody-there']);
    const message = expect.stringContaining('nobody-there');
    await expect(github.check(client)).rejects.toMatchObject({ code: 'configuration_error', message });
  });
});

describe('settings', () => {
  it('pins the credential to one host', () => {
    const hostsOf = (settings: object) => github.hosts(github.settings.parse({ organizations: ['a'], ...settings }));
    expect(hostsOf({})).toEqual(['api.github.com']);
    expect(hostsOf({ apiUrl: 'https://ghe.example.com/api/v3' })).toEqual(['ghe.example.com']);
  });

  it.each([
    [{ organizations: [] }],
    [{ organizations: ['../x'] }],
    [{ organizations: ['acme', 'Acme'] }],
    [{ organizations: ['a'], apiUrl: 'http://ghe.example.com' }],
  ])('refuses %j', (settings) => {
    expect(github.settings.safeParse(settings).success).toBe(false);
  });
});

describe('pages', () => {
  it('follows every page to the last', async () => {
    expect(new Set((await listMembers()).map(({ id }) => id)).size).toBe(230);
  });

  it('takes up a listing at the page whose token it kept', async () => {
    const { client } = await connect();
    const pages = await Array.fromAsync(client.pages('GET /orgs/{org}/members', { org: 'example-org-1' }, User));
    const rest = client.pages('GET /orgs/{org}/members', { org: 'example-org-1' }, User, pages[1]?.token);
    expect(await Array.fromAsync(rest)).toEqual(pages.slice(1));
  });

  it('ends with an error when the next page is one already seen', async () => {
    simulator.faults.add({ kind: 'loop', match: /members.*[?&]page=2/ });
    await expect(listMembers()).rejects.toMatchObject({ code: 'malformed', message: expect.stringContaining('back') });
  });

  it('sends the token to no other host', async () => {
    simulator.faults.add({ kind: 'foreign-next', match: /members/, url: 'http://127.0.0.1:9/steal' });
    await expect(listMembers()).rejects.toMatchObject({ code: 'malformed', message: expect.stringContaining('host') });
  });

  it('does not take an empty answer for an empty list', async () => {
    simulator.faults.add({ kind: 'body', body: '', match: /members/ });
    await expect(listMembers()).rejects.toMatchObject({ code: 'malformed' });
  });

  it.each([
    ['a page of a proxy', { kind: 'html' }],
    ['an answer of another shape', { kind: 'body', body: [{ id: 'secret-value' }] }],
    ['no list at all', { kind: 'body', body: { message: 'secret-value' } }],
  ] as const)('refuses %s without quoting it', async (_name, fault) => {
    simulator.faults.add({ ...fault, match: /members/ });
    const failure: unknown = await listMembers().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'malformed' });
    expect(String(failure)).not.toMatch(/secret-value|sign in/);
  });

  it('hands the error of the guard through Octokit untouched', async () => {
    const headers = { 'retry-after': '7' };
    simulator.faults.add({ kind: 'status', status: 429, headers, match: /members/ });
    await expect(listMembers()).rejects.toMatchObject({ name: 'ConnectorError', code: 'rate_limited' });
  });
});

it('answers a spent budget by when it is full again', async () => {
  const token = simulator.tokens[0];
  if (token === undefined) throw new Error('the world has no token');
  const { client } = await connect();
  token.hourlyLimit = 0;
  const failure: unknown = await github.check(client).catch((error: unknown) => error);
  token.hourlyLimit = 5000;
  expect(failure).toMatchObject({ code: 'rate_limited', retryAt: expect.any(Date) });
});
