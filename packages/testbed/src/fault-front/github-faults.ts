import type {
  FaultAdapter,
  FrontAnswer,
  FrontCall,
  FrontFault,
  FrontRequest,
  ListPage,
  RefusalStatus,
  Struck,
} from './adapter.ts';
import { daysBetween, plainHttp } from './faults.ts';

/** Paths in the connector's words; `list`: pages of resources, or of members by a property, where silence is a statement. */
const routes: readonly { readonly pattern: RegExp; readonly operation: string; readonly list?: boolean }[] = [
  ...[
    'GET /orgs/{org}/code-scanning/alerts',
    'GET /orgs/{org}/hooks',
    'GET /orgs/{org}/outside_collaborators',
    'GET /orgs/{org}/secret-scanning/alerts',
    'GET /orgs/{org}/teams',
    'GET /orgs/{org}/teams/{team_slug}/members',
    'GET /repos/{owner}/{repo}/actions/runs',
    'GET /repos/{owner}/{repo}/collaborators',
    'GET /repos/{owner}/{repo}/commits',
    'GET /repos/{owner}/{repo}/hooks',
    'GET /repos/{owner}/{repo}/rulesets',
  ].map((operation) => ({ pattern: patternOf(operation), operation, list: true })),
  ...[
    'GET /organizations/{org_id}/team/{team_id}',
    'GET /organizations/{org_id}/team/{team_id}/memberships/{username}',
    'GET /orgs/{org}/hooks/{hook_id}',
    'GET /repos/{owner}/{repo}/collaborators/{username}/permission',
    'GET /repos/{owner}/{repo}/hooks/{hook_id}',
    'GET /repos/{owner}/{repo}/rulesets/{ruleset_id}',
  ].map((operation) => ({ pattern: patternOf(operation), operation })),
  { pattern: /^\/user$/, operation: 'GET /user' },
  { pattern: /^\/orgs\/[^/]+$/, operation: 'GET /orgs/{org}' },
  { pattern: /^\/orgs\/[^/]+\/members$/, operation: 'GET /orgs/{org}/members', list: true },
  { pattern: /^\/orgs\/[^/]+\/memberships\/[^/]+$/, operation: 'GET /orgs/{org}/memberships/{username}' },
  { pattern: /^\/orgs\/[^/]+\/repos$/, operation: 'GET /orgs/{org}/repos', list: true },
  { pattern: /^\/orgs\/[^/]+\/dependabot\/alerts$/, operation: 'GET /orgs/{org}/dependabot/alerts', list: true },
  { pattern: /^\/repositories\/\d+$/, operation: 'GET /repositories/{id}' },
  { pattern: /^\/repos\/[^/]+\/[^/]+\/pulls$/, operation: 'GET /repos/{owner}/{repo}/pulls', list: true },
  { pattern: /^\/repos\/[^/]+\/[^/]+\/pulls\/\d+$/, operation: 'GET /repos/{owner}/{repo}/pulls/{pull_number}' },
  {
    pattern: /^\/repos\/[^/]+\/[^/]+\/pulls\/\d+\/reviews$/,
    operation: 'GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews',
  },
  {
    pattern: /^\/repos\/[^/]+\/[^/]+\/branches\/[^/]+\/protection$/,
    operation: 'GET /repos/{owner}/{repo}/branches/{branch}/protection',
  },
  {
    pattern: /^\/repos\/[^/]+\/[^/]+\/rules\/branches\/[^/]+$/,
    operation: 'GET /repos/{owner}/{repo}/rules/branches/{branch}',
  },
];

function patternOf(operation: string): RegExp {
  return new RegExp(`^${operation.replace('GET ', '').replace(/\{\w+\}/g, '[^/]+')}$`);
}

/** Parameters that make another question of the same path. */
const telling = ['role', 'filter', 'state'];

/** @param narrowToken a token of the same user with fewer scopes, for the partial grant */
export function githubFaults({ narrowToken }: { readonly narrowToken: string }): FaultAdapter {
  return {
    read,
    refuse,
    page,
    self: ({ request }, frontUrl) => frontUrl + request.path,
    otherShape: () => json({ unexpected: { shape: true } }),
    deep: () => json(`${'['.repeat(10_000)}${']'.repeat(10_000)}`),
    million: () => json(`[${'{"id":1},'.repeat(999_999)}{"id":1}]`),
    faults: [...throttling, ...links, partialGrant(narrowToken)],
  };
}

function read(request: FrontRequest): FrontCall | undefined {
  const { pathname, searchParams } = new URL(request.path, 'http://github');
  const route = routes.find(({ pattern }) => pattern.test(pathname));
  if (route === undefined) return undefined;
  const asked = telling.flatMap((name) => (searchParams.has(name) ? [`${name}=${searchParams.get(name)}`] : []));
  // A page of one item is asked for its number of pages: how many there are in all.
  if (searchParams.get('per_page') === '1') asked.push('per_page=1');
  const window = daysBetween(searchParams.get('since'), new Date().toISOString());
  searchParams.delete('since'); // it moves with the clock, and one list is one list
  searchParams.sort();
  const site = `${pathname}?${searchParams}`;
  for (const name of ['page', 'after']) searchParams.delete(name);
  return {
    request,
    operation: asked.length === 0 ? route.operation : `${route.operation}?${asked.join('&')}`,
    site,
    list: route.list === true ? `${pathname}?${searchParams}` : undefined,
    window,
  };
}

const words: Readonly<Record<RefusalStatus, string>> = {
  401: 'Bad credentials',
  403: 'Resource not accessible by personal access token',
  404: 'Not Found',
  429: 'Too many requests',
  500: 'Server Error',
  502: 'Server Error',
  503: 'Service unavailable',
};

function refuse(_call: FrontCall, status: RefusalStatus, headers: Readonly<Record<string, string>> = {}): FrontAnswer {
  const body = { message: words[status], documentation_url: 'https://docs.github.com/rest', status: String(status) };
  return { ...json(body), status, headers: { ...json(body).headers, ...headers } };
}

function json(body: unknown): FrontAnswer {
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  return { status: 200, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

const nextLink = /<([^>]*)>;\s*rel="next"/;

function page(call: FrontCall, answer: FrontAnswer): ListPage | undefined {
  if (call.list === undefined || answer.status !== 200) return undefined;
  const parsed: unknown = JSON.parse(answer.body);
  const { list, wrap } = listIn(parsed);
  if (list === undefined) return undefined;
  const items = list.map((item) => JSON.stringify(item));
  const next = nextLink.exec(answer.headers.link ?? '')?.[1];
  return {
    items,
    next,
    write: (change) => ({
      ...answer,
      headers: change.next === undefined ? answer.headers : linked(answer.headers, change.next),
      body: wrap(`[${(change.items ?? items).join(',')}]`),
    }),
  };
}

/** A list is the answer itself, or one field of it. */
function listIn(answer: unknown): { list: readonly unknown[] | undefined; wrap: (list: string) => string } {
  if (Array.isArray(answer)) return { list: answer, wrap: (list) => list };
  const field = Object.entries(answer ?? {}).find(([, value]) => Array.isArray(value));
  if (field === undefined) return { list: undefined, wrap: String };
  const [name, list] = field;
  return { list, wrap: (text) => JSON.stringify({ ...Object(answer), [name]: JSON.parse(text) }) };
}

/** With another next page, or as the last one. */
function linked(headers: FrontAnswer['headers'], next: string | null): FrontAnswer['headers'] {
  const { link, ...rest } = headers;
  const others = (link ?? '').split(', ').filter((one) => one !== '' && !/rel="(?:next|last)"/.test(one));
  const all = next === null ? others : [`<${next}>; rel="next"`, ...others];
  return all.length === 0 ? rest : { ...rest, link: all.join(', ') };
}

/** https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit */
function throttle(name: string, message: string, headers: () => Record<string, string>): FrontFault {
  return {
    name,
    fits: () => true,
    strike: () => ({
      kind: 'answer',
      answer: { ...json({ message }), status: 403, headers: { ...json('').headers, ...headers() } },
    }),
  };
}

const secondary = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
const primary = 'API rate limit exceeded for user ID 1.';
const spent = (resetInS: number) => ({
  'x-ratelimit-limit': '5000',
  'x-ratelimit-remaining': '0',
  'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + resetInS),
  'x-ratelimit-resource': 'core',
});

const throttling: readonly FrontFault[] = [
  throttle('secondary rate limit', secondary, () => ({})),
  throttle('secondary rate limit, seconds', secondary, () => ({ 'retry-after': '60' })),
  throttle('primary rate limit', primary, () => spent(1800)),
  throttle('primary rate limit, in 10 years', primary, () => spent(10 * 365 * 86_400)),
];

function nextAt(name: string, where: (at: Struck) => string): FrontFault {
  return {
    name,
    onPages: true,
    fits: ({ isPage }) => isPage,
    strike: (at) => ({ kind: 'answer', answer: at.page?.write({ next: where(at) }) ?? at.answer }),
  };
}

const links: readonly FrontFault[] = [
  nextAt('next page at another host', ({ foreignUrl, call }) => foreignUrl + call.request.path),
  nextAt('next page over http', ({ foreignUrl, call }) => plainHttp(foreignUrl) + call.request.path),
];

/** The call is answered as to a token with fewer scopes: narrower `x-oauth-scopes`, and the shorter lists that go with them. */
function partialGrant(narrowToken: string): FrontFault {
  return {
    name: 'partial grant',
    fits: () => true,
    async strike({ call, ask }) {
      const { request } = call;
      const narrowed = { ...request, headers: { ...request.headers, authorization: `token ${narrowToken}` } };
      return { kind: 'answer', answer: await ask(narrowed) };
    },
  };
}
