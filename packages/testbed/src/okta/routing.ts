import { type Answer, ok } from '../github/routing.ts';
import type { OktaWorld, WorldRole } from './world.ts';

/** Who calls: a service app with the scopes of its token, or the owner of an API token, who has none. */
export interface Caller {
  readonly scopes: readonly string[] | null;
  readonly roles: readonly WorldRole['type'][];
  /** Of an API token. */
  readonly userId: string | null;
}

export interface Call {
  readonly world: OktaWorld;
  readonly caller: Caller;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Path and query as asked. */
  readonly path: string;
  /** Where clients reach the simulator; links in answers begin with it. */
  readonly apiUrl: string;
  /** The most that one page of a list holds; undefined: as many as Okta. */
  readonly mostPerPage: number | undefined;
}

/** Pattern, scope and handler, e.g. `/api/v1/groups/:id/users`. */
export type OktaRoutes = readonly (readonly [path: string, scope: string, handle: (call: Call) => Answer])[];

/** A refusal in Okta's form: https://developer.okta.com/docs/reference/error-codes/ */
export function refuse(status: number, errorCode: string, errorSummary: string): Answer {
  return { status, body: { errorCode, errorSummary, errorLink: errorCode, errorId: 'oae1', errorCauses: [] } };
}

export const notFound = (): Answer => refuse(404, 'E0000007', 'Not found: Resource not found');

export const denied = (): Answer =>
  refuse(403, 'E0000006', 'You do not have permission to perform the requested action');

/** Administrators of other roles are shown a part of each list, silently: here, the first half. */
export function shownTo<T>({ caller }: Call, items: readonly T[]): readonly T[] {
  const seesAll = caller.roles.some((role) => role === 'SUPER_ADMIN' || role === 'READ_ONLY_ADMIN');
  return seesAll ? items : items.slice(0, Math.ceil(items.length / 2));
}

/** By cursor: `after` is opaque to the client, and the Link header names the next page. */
export function byCursor<T>(call: Call, items: readonly T[], toBody: (item: T) => unknown): Answer {
  const { end, page, next } = cut(call, items);
  const self = `<${call.apiUrl}${call.path}>; rel="self"`;
  const link = end < items.length ? `${self}, <${next}>; rel="next"` : self;
  return ok(page.map(toBody), { link });
}

/** As `byCursor`, but with the next page in the body. */
export function byLink<T>(call: Call, items: readonly T[], toBody: (item: T) => unknown): Answer {
  const { end, page, next } = cut(call, items);
  return ok({ value: page.map(toBody), _links: end < items.length ? { next: { href: next } } : {} });
}

function cut<T>({ query, mostPerPage, apiUrl, path }: Call, items: readonly T[]) {
  const asked = Number(query.get('limit') ?? 20) || 20;
  const size = Math.min(mostPerPage ?? 1000, asked);
  const after = query.get('after');
  const start = after === null ? 0 : Number(Buffer.from(after, 'base64url').toString().replace('cursor:', ''));
  const end = start + size;
  const next = new URL(apiUrl + path);
  next.searchParams.set('after', Buffer.from(`cursor:${end}`).toString('base64url'));
  return { end, page: items.slice(start, end), next: next.href };
}
