import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { generateGitHubWorld } from '../github/generate.ts';
import { type GitHubSimulator, startGitHub } from '../github/server.ts';
import { until } from '../until.ts';
import { faultsOf } from './faults.ts';
import { type FaultFront, startFaultFront } from './front.ts';
import { githubFaults } from './github-faults.ts';

const narrowToken = 'ghp_narrow';
const adapter = githubFaults({ narrowToken });
const list = '/orgs/example-org-1/members?per_page=3';

describe('a fault front', () => {
  let github: GitHubSimulator;
  let front: FaultFront;
  let token: string;
  beforeAll(async () => {
    const world = generateGitHubWorld({ members: 8 });
    token = world.tokens[0]?.secret ?? '';
    for (const one of world.tokens.slice(0, 1))
      world.tokens.push({ ...one, secret: narrowToken, scopes: ['read:user'] });
    github = await startGitHub(world, { pageSize: 3 });
    front = await startFaultFront({ adapter, upstream: github.url, foreignUrl: 'http://127.0.0.1:9' });
  });
  afterEach(() => front.reset());
  afterAll(async () => {
    await front.close();
    await github.close();
  });

  const get = (path: string) => fetch(new URL(path, front.url), { headers: { authorization: `token ${token}` } });
  const nextOf = (answer: Response) => /<([^>]*)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1] ?? '';

  function plan(name: string, { site, times = 1 }: { site: string; times?: number }): void {
    const fault = faultsOf(adapter).find((one) => one.name === name);
    if (fault === undefined) throw new Error(`there is no fault "${name}"`);
    front.plan({ fault, operation: 'GET /orgs/{org}/members', site, times });
  }

  it('passes calls through, its links leading back to it, and says what was called', async () => {
    const first = await get(list);
    const second = await get(nextOf(first));
    expect(new URL(nextOf(first)).origin).toBe(front.url);
    expect([(await first.json()).length, (await second.json()).length]).toEqual([3, 3]);
    expect(front.sites).toMatchObject([
      { operation: 'GET /orgs/{org}/members', isPage: true, isFirstPage: true, hasNext: true },
      { isFirstPage: false, hasNext: true },
    ]);
  });

  it('asks the provider once for one call', async () => {
    await get(list);
    const before = github.requests.length;
    await get(list);
    expect(github.requests).toHaveLength(before);
  });

  it('is wrong as often as it is told, at one call only', async () => {
    plan('empty page', { site: list });
    expect(await (await get(list)).json()).toEqual([]);
    expect(await (await get(list)).json()).toHaveLength(3);
    plan('500', { site: list, times: 2 });
    const statuses = [await get(list), await get('/user'), await get(list), await get(list)].map(
      ({ status }) => status,
    );
    expect(statuses).toEqual([500, 200, 500, 200]);
  });

  it('keeps or drops the next page, moves pages and repeats items', async () => {
    const whole: { id: number }[] = await (await get(list)).json();
    plan('empty page', { site: list });
    expect(nextOf(await get(list))).not.toBe('');
    plan('empty page, the end', { site: list });
    expect(nextOf(await get(list))).toBe('');
    plan('shrunken list', { site: list });
    expect(await (await get(list)).json()).toEqual(whole.slice(0, 1));
    plan('looping next page', { site: list });
    expect(nextOf(await get(list))).toBe(front.url + list);
  });

  it('answers as to a token with fewer scopes', async () => {
    plan('partial grant', { site: list });
    const answer = await get(list);
    expect(answer.headers.get('x-oauth-scopes')).toBe('read:user');
    expect(await answer.json()).toEqual([]);
  });

  it.each(['reset', 'reset in the body', 'truncated'])('breaks the connection: %s', async (name) => {
    plan(name, { site: list });
    await expect(get(list).then((answer) => answer.text())).rejects.toThrow();
  });

  it('ends a truncated body as if it were whole where no length was announced', async () => {
    plan('truncated, no length', { site: list });
    const text = await (await get(list)).text();
    expect(text.length).toBeGreaterThan(0);
    expect(() => JSON.parse(text)).toThrow();
  });

  it('lets go of what it holds open when the fault is lifted', async () => {
    plan('no answer', { site: list });
    const waiting = get(list).then(
      () => 'answered',
      () => 'broken',
    );
    await until('the call has come', () => front.struck > 0);
    front.lift();
    expect(await waiting).toBe('broken');
  });
});
