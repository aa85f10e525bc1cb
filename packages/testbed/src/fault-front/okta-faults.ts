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

/** Paths in the connector's words; `list`: pages of resources, where silence is a statement. */
const routes: readonly { readonly path: string; readonly list?: boolean }[] = [
  { path: '/api/v1/org' },
  { path: '/api/v1/users', list: true },
  { path: '/api/v1/users/me' },
  { path: '/api/v1/users/{userId}' },
  { path: '/api/v1/users/{userId}/factors' },
  { path: '/api/v1/users/{userId}/groups' },
  { path: '/api/v1/users/{userId}/roles' },
  { path: '/api/v1/groups', list: true },
  { path: '/api/v1/groups/{groupId}' },
  { path: '/api/v1/groups/{groupId}/users', list: true },
  { path: '/api/v1/groups/{groupId}/roles' },
  { path: '/api/v1/apps', list: true },
  { path: '/api/v1/apps/{appId}' },
  { path: '/api/v1/apps/{appId}/users', list: true },
  { path: '/api/v1/apps/{appId}/users/{userId}' },
  { path: '/api/v1/iam/assignees/users' },
  { path: '/api/v1/api-tokens', list: true },
  { path: '/api/v1/api-tokens/{tokenId}' },
  { path: '/api/v1/policies', list: true },
  { path: '/api/v1/policies/{policyId}' },
  { path: '/api/v1/policies/{policyId}/rules' },
  { path: '/api/v1/authenticators', list: true },
  { path: '/api/v1/authenticators/{authenticatorId}' },
  { path: '/api/v1/zones', list: true },
  { path: '/api/v1/zones/{zoneId}' },
  { path: '/api/v1/logs', list: true },
];
const patterns = routes.map((route) => ({
  ...route,
  pattern: new RegExp(`^${route.path.replace(/\{\w+\}/g, '[^/]+')}$`),
}));

/** Parameters that make another question of the same path. */
const telling = ['filter', 'type'];

/** @param narrowToken of an administrator who is shown a part of each list */
export function oktaFaults({ narrowToken }: { readonly narrowToken: string }): FaultAdapter {
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
  const { pathname, searchParams } = new URL(request.path, 'http://okta');
  const route = patterns.find(({ pattern }) => pattern.test(pathname));
  if (route === undefined) return undefined;
  const asked = telling.flatMap((name) => (searchParams.has(name) ? [`${name}=${searchParams.get(name)}`] : []));
  const window = daysBetween(searchParams.get('since'), searchParams.get('until'));
  for (const name of ['since', 'until']) searchParams.delete(name); // they move with the clock, and one list is one list
  searchParams.sort();
  const site = `${pathname}?${searchParams}`;
  searchParams.delete('after');
  const operation = `${request.method} ${route.path}`;
  return {
    request,
    operation: asked.length === 0 ? operation : `${operation}?${asked.join('&')}`,
    site,
    list: route.list === true ? `${pathname}?${searchParams}` : undefined,
    window,
  };
}

const words: Readonly<Record<RefusalStatus, readonly [code: string, summary: string]>> = {
  401: ['E0000011', 'Invalid token provided'],
  403: ['E0000006', 'You do not have permission to perform the requested action'],
  404: ['E0000007', 'Not found: Resource not found'],
  429: ['E0000047', 'API call exceeded rate limit due to too many requests.'],
  500: ['E0000009', 'Internal Server Error'],
  502: ['E0000009', 'Internal Server Error'],
  503: ['E0000009', 'Internal Server Error'],
};

function refuse(_call: FrontCall, status: RefusalStatus, headers: Readonly<Record<string, string>> = {}): FrontAnswer {
  const [errorCode, errorSummary] = words[status];
  const answer = json({ errorCode, errorSummary, errorLink: errorCode, errorId: 'oae1', errorCauses: [] });
  return { ...answer, status, headers: { ...answer.headers, ...headers } };
}

function json(body: unknown): FrontAnswer {
  const headers = { 'content-type': 'application/json' };
  return { status: 200, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

const nextLink = /<([^>]*)>;\s*rel="next"/;

function page(call: FrontCall, answer: FrontAnswer): ListPage | undefined {
  if (call.list === undefined || answer.status !== 200) return undefined;
  const parsed: unknown = JSON.parse(answer.body);
  if (!Array.isArray(parsed)) return undefined;
  const items = parsed.map((item) => JSON.stringify(item));
  return {
    items,
    next: nextLink.exec(answer.headers.link ?? '')?.[1],
    write: (change) => ({
      ...answer,
      headers: change.next === undefined ? answer.headers : linked(answer.headers, change.next),
      body: `[${(change.items ?? items).join(',')}]`,
    }),
  };
}

/** With another next page, or as the last one. */
function linked(headers: FrontAnswer['headers'], next: string | null): FrontAnswer['headers'] {
  const { link, ...rest } = headers;
  const others = (link ?? '').split(', ').filter((one) => one !== '' && !one.includes('rel="next"'));
  const all = next === null ? others : [...others, `<${next}>; rel="next"`];
  return all.length === 0 ? rest : { ...rest, link: all.join(', ') };
}

/** https://developer.okta.com/docs/reference/rl-best-practices/ */
function throttle(name: string, limit: number, resetInS: number): FrontFault {
  return {
    name,
    fits: () => true,
    strike: ({ call }) => ({
      kind: 'answer',
      answer: refuse(call, 429, {
        'x-rate-limit-limit': String(limit),
        'x-rate-limit-remaining': '0',
        'x-rate-limit-reset': String(Math.ceil(Date.now() / 1000) + resetInS),
      }),
    }),
  };
}

const throttling: readonly FrontFault[] = [
  throttle('bucket used up', 600, 60),
  throttle('bucket used up, for 10 years', 600, 10 * 365 * 86_400),
  throttle('too many calls at once', 0, 0),
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

/** The call is answered as to an administrator who is shown a part of each list. */
function partialGrant(narrowToken: string): FrontFault {
  return {
    name: 'partial grant',
    fits: () => true,
    async strike({ call, ask }) {
      const { request } = call;
      const narrowed = { ...request, headers: { ...request.headers, authorization: `SSWS ${narrowToken}` } };
      return { kind: 'answer', answer: await ask(narrowed) };
    },
  };
}
