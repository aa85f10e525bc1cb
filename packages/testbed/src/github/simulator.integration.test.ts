import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { generateGitHubWorld } from './generate.ts';
import { type GitHubSimulator, startGitHub } from './server.ts';
import { githubTruth } from './truth.ts';

const size = {
  seed: 11,
  organizations: 2,
  repositories: 40,
  members: 30,
  pullRequests: 20,
  now: new Date('2026-03-01T00:00:00Z'),
};
let simulator: GitHubSimulator;

beforeAll(async () => {
  simulator = await startGitHub(generateGitHubWorld(size));
});
beforeEach(() => simulator.faults.clear());
afterAll(() => simulator.close());

function ask(path: string, token = simulator.tokens[0]?.secret) {
  return fetch(simulator.url + path, { headers: { authorization: `Bearer ${token}` } });
}

describe('a generated world', () => {
  it('is the same for the same arguments, and another for another seed', () => {
    expect(generateGitHubWorld(size)).toEqual(generateGitHubWorld(size));
    expect(generateGitHubWorld(size)).not.toEqual(generateGitHubWorld({ ...size, seed: 12 }));
  });

  it('has controls that fail, and a true key for each piece of evidence', () => {
    const truth = githubTruth(generateGitHubWorld(size));
    expect(new Set(truth.map(({ type, key }) => `${type} ${key.join('/')}`)).size).toBe(truth.length);
    const some = (type: string, field: string, value: unknown) =>
      truth.some((one) => one.type === type && one.material[field] === value);
    expect(some('github.org_member', 'twoFactor', false)).toBe(true);
    expect(some('github.branch_protection', 'protected', false)).toBe(true);
    expect(some('github.pull_request', 'selfMerged', true)).toBe(true);
  });

  it('keeps its truth when all that moves by itself has moved', () => {
    const sorted = () =>
      githubTruth(simulator.world)
        .map((one) => JSON.stringify(one))
        .sort();
    const before = sorted();
    simulator.churn();
    expect(sorted()).toEqual(before);
  });
});

describe('the simulator', () => {
  it('counts the calls of a user and links its pages', async () => {
    const first = await ask('/orgs/example-org-1/repos?per_page=25');
    const second = await ask('/orgs/example-org-1/repos?per_page=25&page=2');
    const remaining = (answer: Response) => Number(answer.headers.get('x-ratelimit-remaining'));
    expect(remaining(first) - remaining(second)).toBe(1);
    expect(first.headers.get('link')).toContain('page=2>; rel="next"');
    expect(second.headers.get('link')).toContain('rel="prev"');
    expect(await second.json()).toHaveLength(15);
  });

  it('shows an organization to its members only, and nothing without a token', async () => {
    expect((await ask('/orgs/example-org-2/repos')).status).toBe(404);
    expect((await ask('/user', 'ghp_unknown')).status).toBe(401);
  });

  it('says what it was asked, and never by whom', async () => {
    simulator.requests.length = 0;
    await ask('/user');
    expect(simulator.requests).toEqual([{ method: 'GET', path: '/user', status: 200, at: expect.any(Number) }]);
  });

  it.each(['reset', 'truncate'] as const)('breaks off: %s', async (kind) => {
    simulator.faults.add({ kind, match: /^\/user$/ });
    await expect(ask('/user').then((answer) => answer.text())).rejects.toThrow();
    expect((await ask('/user')).status).toBe(200); // once
  });

  it('refuses as often as it is told', async () => {
    simulator.faults.add({ kind: 'status', status: 503, headers: { 'retry-after': '1' }, times: 2, match: /user/ });
    const statuses = [await ask('/user'), await ask('/user'), await ask('/user')].map(({ status }) => status);
    expect(statuses).toEqual([503, 503, 200]);
  });
});
