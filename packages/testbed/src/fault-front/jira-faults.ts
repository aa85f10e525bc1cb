import type {
  FaultAdapter,
  FrontAnswer,
  FrontCall,
  FrontFault,
  FrontRequest,
  ListPage,
  RefusalStatus,
} from './adapter.ts';

type Way = 'bare' | 'position' | 'offset' | 'token' | 'whole';

/**
 * Paths in the connector's words; `list`: how the pages of a list are told apart, where silence is a statement. A history of changes is none: it has
 * no total, and no reader can tell an issue without changes from one whose changes are left out.
 */
const routes: readonly { readonly path: string; readonly list?: Way }[] = [
  { path: '/_edge/tenant_info' },
  { path: '/rest/api/3/myself' },
  { path: '/rest/api/3/mypermissions' },
  { path: '/rest/api/3/serverInfo' },
  { path: '/rest/api/3/users/search', list: 'bare' },
  { path: '/rest/api/3/user' },
  { path: '/rest/api/3/user/groups' },
  { path: '/rest/api/3/group/bulk', list: 'position' },
  { path: '/rest/api/3/group/member', list: 'position' },
  { path: '/rest/api/3/project/search', list: 'position' },
  { path: '/rest/api/3/project/{id}' },
  { path: '/rest/api/3/project/{id}/role' },
  { path: '/rest/api/3/project/{id}/role/{id}' },
  { path: '/rest/api/3/permissionscheme', list: 'whole' },
  { path: '/rest/api/3/permissionscheme/{id}' },
  { path: '/rest/api/3/search/jql', list: 'token' },
  { path: '/rest/api/3/jql/match' },
  { path: '/rest/api/3/changelog/bulkfetch' },
  { path: '/rest/api/3/issue/{id}' },
  { path: '/rest/api/3/auditing/record', list: 'offset' },
];
const patterns = routes.map((route) => ({
  ...route,
  pattern: new RegExp(`^${route.path.replace(/\{\w+\}/g, '[^/]+')}$`),
}));

/** Under which name an answer holds its items. */
const itemsIn = { position: 'values', offset: 'records', token: 'issues', whole: 'permissionSchemes' } as const;

/** @param narrowToken what `Authorization: Basic` says of a user who holds no global permission */
export function jiraFaults({ narrowToken }: { readonly narrowToken: string }): FaultAdapter {
  return {
    read,
    refuse,
    page,
    self: ({ request }) => bodyOf(request).nextPageToken ?? Buffer.from('@0').toString('base64url'),
    otherShape: () => json({ unexpected: { shape: true } }),
    deep: () => json(`${'['.repeat(10_000)}${']'.repeat(10_000)}`),
    million: () => json(`[${'{"id":1},'.repeat(999_999)}{"id":1}]`),
    faults: [
      throttle('burst limit', 1),
      throttle('burst limit, for 10 years', 10 * 365 * 86_400),
      answeredTo('a stranger', ''),
      answeredTo('partial grant', `Basic ${narrowToken}`),
    ],
  };
}

interface Body {
  readonly jql?: string;
  readonly fields?: readonly string[];
  readonly nextPageToken?: string;
}

function bodyOf({ body }: FrontRequest): Body {
  return body === '' ? {} : JSON.parse(body); // whatever a client sent: the simulator reads the same text
}

function read(request: FrontRequest): FrontCall | undefined {
  const { pathname, searchParams } = new URL(request.path, 'http://jira');
  const route = patterns.find(({ pattern }) => pattern.test(pathname));
  if (route === undefined) return undefined;
  const { nextPageToken, ...asked } = bodyOf(request);
  // The window of a pass is another one each time; what matters is whether a pass goes back to the horizon.
  const question = JSON.stringify(asked).replace(/updated >= \\"([^"]*)\\"/g, (_, from) => reachOf(from));
  const from = searchParams.get('from');
  if (from !== null) searchParams.set('from', reachOf(from));
  searchParams.delete('to');
  const isCount = searchParams.get('maxResults') === '1';
  const kind = searchParams.get('action') ?? (isCount ? 'count' : asked.fields?.join() === 'id' ? 'ids' : '');
  const position = searchParams.get('startAt') ?? searchParams.get('offset') ?? nextPageToken ?? '0';
  for (const name of ['startAt', 'offset']) searchParams.delete(name);
  searchParams.sort();
  const list = `${pathname}?${searchParams}#${question}`;
  const operation = `${request.method} ${route.path}`;
  return {
    request,
    operation: kind === '' ? operation : `${operation}?${kind}`,
    site: position === '0' ? list : `${list}#${position}`,
    list: route.list === undefined || isCount ? undefined : list,
  };
}

const monthMs = 30 * 86_400_000;

/** `far` on a first pass, `near` on a later one. */
function reachOf(from: string): string {
  return Date.now() - Date.parse(from) > monthMs ? 'far' : 'near';
}

const words: Readonly<Record<RefusalStatus, string>> = {
  401: 'Client must be authenticated to access this resource.',
  403: 'You are not authorized to perform this action.',
  404: 'The resource does not exist or you do not have permission to view it.',
  429: 'Rate limit exceeded.',
  500: 'Internal server error',
  502: 'Internal server error',
  503: 'Internal server error',
};

function refuse(_call: FrontCall, status: RefusalStatus, headers: Readonly<Record<string, string>> = {}): FrontAnswer {
  const answer = json({ errorMessages: [words[status]], errors: {} });
  return { ...answer, status, headers: { ...answer.headers, ...headers } };
}

function json(body: unknown): FrontAnswer {
  const headers = { 'content-type': 'application/json' };
  return { status: 200, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

function page(call: FrontCall, answer: FrontAnswer): ListPage | undefined {
  if (call.list === undefined || answer.status !== 200) return undefined;
  const way = patterns.find(({ pattern }) => pattern.test(call.request.path.split('?')[0] ?? ''))?.list;
  const parsed: unknown = JSON.parse(answer.body);
  if (way === undefined || typeof parsed !== 'object' || parsed === null) return undefined;
  const whole: Readonly<Record<string, unknown>> = { ...parsed };
  const list: unknown = way === 'bare' ? parsed : whole[itemsIn[way]];
  if (!Array.isArray(list)) return undefined;
  const items = list.map((item) => JSON.stringify(item));
  return {
    items,
    next: nextOf(way, whole, list.length),
    write(change) {
      const changed = (change.items ?? items).map((item): unknown => JSON.parse(item));
      const body = way === 'bare' ? changed : { ...relinked(way, whole, change.next), [itemsIn[way]]: changed };
      return { ...answer, body: JSON.stringify(body) };
    },
  };
}

/** A client by position makes the next page up by itself, and goes on as long as the total says. */
function nextOf(way: Way, { nextPageToken, total, startAt, offset }: Record<string, unknown>, shown: number) {
  if (way === 'token') return typeof nextPageToken === 'string' ? nextPageToken : undefined;
  const end = Number(startAt ?? offset ?? 0) + shown;
  return total !== undefined && end < Number(total) ? String(end) : undefined;
}

/** With another next page, or as the last one. */
function relinked(way: Way, whole: Record<string, unknown>, next: string | null | undefined): Record<string, unknown> {
  if (next === undefined) return whole;
  const { nextPageToken: _, ...rest } = whole;
  if (next === null) return { ...rest, isLast: true };
  return way === 'token' ? { ...rest, isLast: false, nextPageToken: next } : { ...rest, isLast: false };
}

/** https://developer.atlassian.com/cloud/jira/platform/rate-limiting/ */
function throttle(name: string, seconds: number): FrontFault {
  return {
    name,
    fits: () => true,
    strike: ({ call }) => ({
      kind: 'answer',
      answer: refuse(call, 429, {
        'x-ratelimit-limit': '100',
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': new Date(Date.now() + seconds * 1000).toISOString(),
        'ratelimit-reason': 'jira-burst-based',
      }),
    }),
  };
}

/** The call is answered as to somebody else. */
function answeredTo(name: string, authorization: string): FrontFault {
  return {
    name,
    fits: () => true,
    async strike({ call, ask }) {
      const { request } = call;
      return { kind: 'answer', answer: await ask({ ...request, headers: { ...request.headers, authorization } }) };
    },
  };
}
