import { ConnectorError, type Runtime } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import { Organization } from './answers.ts';
import type { GitHubCredential } from './credential.ts';

export type Parameters = Readonly<Record<string, string | number>>;

/** One page of a listing. `token` reads this very page again: page numbers shift when a list shrinks, so a resumed listing overlaps. */
interface Page<Item> {
  readonly items: readonly Item[];
  readonly token: string;
}

/** Speaks GitHub's words and returns GitHub's shapes, each answer parsed; the streams translate them into evidence. */
export interface GitHub {
  /** Of GitHub Enterprise Server, whose ids are its own; null: GitHub.com. */
  readonly host: string | null;
  /** Logins of the organizations in scope. */
  readonly organizations: readonly string[];
  /** How far back a first pass over pull requests reaches, in days. */
  readonly pullRequestDays: number;
  /** How far back a first pass over workflow runs and commits reaches, in days. */
  readonly historyDays: number;
  readonly credential: Pick<GitHubCredential, 'isApp' | 'installation' | 'grant'>;
  /** @param route e.g. `GET /orgs/{org}`; parameters that the path does not name become the query. */
  get<S extends z.ZodType>(route: string, parameters: Parameters, schema: S): Promise<z.output<S>>;
  /** Every page by its `Link` header, one in memory at a time. @param from the token of an earlier page. */
  pages<S extends z.ZodType>(
    route: string,
    parameters: Parameters,
    item: S,
    from?: string,
  ): AsyncGenerator<Page<z.output<S>>>;
  /**
   * How many items a listing has by GitHub's own count: with one item a page, the number of its last page. null where GitHub names none.
   * To be asked before the listing is read: what is deleted meanwhile shifts its pages, and only an earlier count shows that.
   * https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
   */
  count(route: string, parameters: Parameters): Promise<number | null>;
  /** The item at a place of a listing, 1 being the first; undefined past its end. */
  at<S extends z.ZodType>(
    route: string,
    parameters: Parameters,
    asked: { readonly item: S; readonly place: number },
  ): Promise<z.output<S> | undefined>;
  /** Every item of every page. */
  list<S extends z.ZodType>(route: string, parameters: Parameters, item: S): AsyncGenerator<z.output<S>>;
  /** An organization's settings, read once a run. */
  organization(login: string): Promise<z.output<typeof Organization>>;
  /** Scopes of a classic token that every answer of this run has named; null for a fine-grained token, which is told none. */
  scopes(): readonly string[] | null;
  /** When the token ends, as the last answer told; null: it has no end, or is one of an App, which is minted anew for each run. */
  tokenEndsAt(): Date | null;
  /** GitHub's clock as of its last answer, so that a cursor never depends on ours. */
  clock(): Date;
}

/** The largest page GitHub serves. */
const pageSize = 100;

/** Listings that are one field of an object, beside its `total_count`. */
const wrapped: Readonly<Record<string, string>> = {
  'GET /installation/repositories': 'repositories',
  'GET /repos/{owner}/{repo}/actions/runs': 'workflow_runs',
};

/**
 * Loads @octokit/rest on first use and puts the engine's guard under it; nothing in Octokit retries or throttles.
 * @param options.apiUrl e.g. `https://api.github.com`, without a slash at the end
 */
export async function createGitHub(
  options: Pick<GitHub, 'host' | 'organizations' | 'pullRequestDays' | 'historyDays'> & {
    readonly credential: GitHubCredential;
    readonly apiUrl: string;
  },
  runtime: Runtime,
): Promise<GitHub> {
  const { Octokit } = await import('@octokit/rest');
  const octokit = new Octokit({
    baseUrl: options.apiUrl,
    request: { fetch: runtime.fetch, parseSuccessResponseBody: false },
    // Octokit's own lines would carry whole paths; the engine meters every call already.
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  });
  const organizations = new Map<string, Promise<z.output<typeof Organization>>>();
  let lastAnswerAt: Date | undefined;
  let scopes: readonly string[] | null = null;
  let tokenEndsAt: Date | null = null;

  async function request(address: string): Promise<{ data: unknown; headers: Headers }> {
    // Octokit reads `:word` in an address as a placeholder; a page token may hold a colon.
    const url = address.replace(/:(?=[a-z])/gi, '%3A');
    const authorization = await options.credential.authorization();
    try {
      const headersOfRequest = { authorization, 'x-github-api-version': '2022-11-28' };
      const answer = await octokit.request({ method: 'GET', url, headers: headersOfRequest });
      const headers = new Headers(Object.entries(answer.headers).map(([name, value]) => [name, String(value)]));
      const date = Date.parse(headers.get('date') ?? '');
      if (!Number.isNaN(date)) lastAnswerAt = new Date(date);
      scopes = narrowed(scopes, headers.get('x-oauth-scopes'));
      tokenEndsAt = endOf(headers);
      return { data: await read(answer.data), headers };
    } catch (error) {
      throw unwrapped(error);
    }
  }

  const urlOf = (route: string, parameters: Parameters) => octokit.request.endpoint(route, parameters).url;

  async function get<S extends z.ZodType>(route: string, parameters: Parameters, schema: S) {
    return parseAnswer(schema, (await request(urlOf(route, parameters))).data, route);
  }

  async function* pages<S extends z.ZodType>(route: string, parameters: Parameters, item: S, from?: string) {
    const first = urlOf(route, { ...parameters, per_page: pageSize });
    const seen = new Set<string>();
    let url: string | undefined = from === undefined ? first : pinned(from, first, route);
    while (url !== undefined) {
      if (seen.has(url))
        throw new ConnectorError('malformed', `GitHub's pages of ${route} lead back to an earlier one.`);
      seen.add(url);
      const { data, headers } = await request(url);
      const { pathname, search } = new URL(url);
      yield { items: parseAnswer(listOf(item, route), data, route), token: pathname + search };
      const next = linkTo('next', headers);
      url = next === undefined ? undefined : pinned(next, first, route);
    }
  }

  async function count(route: string, parameters: Parameters): Promise<number | null> {
    const { data, headers } = await request(urlOf(route, { ...parameters, per_page: 1 }));
    if (wrapped[route] !== undefined) return parseAnswer(Total, data, route).total_count;
    const { length } = parseAnswer(z.array(z.unknown()), data, route);
    if (linkTo('next', headers) === undefined) return length;
    const last = Number(URL.parse(linkTo('last', headers) ?? '')?.searchParams.get('page'));
    return Number.isInteger(last) && last > 0 ? last : null;
  }

  return {
    host: options.host,
    organizations: options.organizations,
    pullRequestDays: options.pullRequestDays,
    historyDays: options.historyDays,
    credential: options.credential,
    get,
    pages,
    count,
    async at(route, parameters, { item, place }) {
      const { data } = await request(urlOf(route, { ...parameters, per_page: 1, page: place }));
      return parseAnswer(listOf(item, route), data, route)[0];
    },
    async *list(route, parameters, item) {
      for await (const page of pages(route, parameters, item)) yield* page.items;
    },
    organization(login) {
      const read = organizations.get(login) ?? get('GET /orgs/{org}', { org: login }, Organization);
      organizations.set(login, read);
      read.catch(() => organizations.delete(login)); // a failure is not remembered; the caller sees it through `read`
      return read;
    },
    scopes: () => scopes,
    tokenEndsAt: () => (options.credential.isApp ? null : tokenEndsAt),
    clock: () => lastAnswerAt ?? new Date(),
  };
}

function ignore(): void {}

/**
 * Octokit's own reading tries every number for one that is too large to be exact, at several times the cost of parsing; `z.int()` refuses such
 * a number. What is no JSON stays text, for `parseAnswer` to name.
 */
async function read(body: ConstructorParameters<typeof Response>[0]): Promise<unknown> {
  const text = await new Response(body).text();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const Total = z.object({ total_count: z.int().nonnegative() });

/** The items of a page, wherever its route has them. */
function listOf<S extends z.ZodType>(item: S, route: string): z.ZodType<z.output<S>[]> {
  const field = wrapped[route];
  if (field === undefined) return item.array();
  return z.object({ [field]: item.array() }).transform((page) => page[field] ?? []);
}

/** What was granted a moment ago may be taken away: a listing is as whole as the narrowest grant that answered a part of it. */
function narrowed(before: readonly string[] | null, named: string | null): readonly string[] | null {
  if (named === null) return before;
  const now = named.split(/[\s,]+/).filter(Boolean);
  return before === null ? now : before.filter((scope) => now.includes(scope));
}

/**
 * `2026-10-07 19:07:53 UTC`, or with an offset in place of the zone; told of personal access tokens that end.
 * https://github.blog/changelog/2021-07-26-expiration-options-for-personal-access-tokens/
 */
function endOf(headers: Headers): Date | null {
  const told = headers.get('github-authentication-token-expiration') ?? '';
  const [, date, time, zone = ''] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) (UTC|[+-]\d{4})$/.exec(told) ?? [];
  const end = Date.parse(`${date}T${time}${zone === 'UTC' ? 'Z' : zone}`);
  return Number.isNaN(end) ? null : new Date(end);
}

/** https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api#using-link-headers */
function linkTo(relation: 'next' | 'last', headers: Headers): string | undefined {
  return new RegExp(`<([^>]*)>\\s*;[^,]*rel="?${relation}"?`).exec(headers.get('link') ?? '')?.[1];
}

/** Octokit wraps whatever its fetch throws into an HttpError with status 500; the engine must see its own error again. */
function unwrapped(error: unknown): unknown {
  return error instanceof Error && error.name === 'HttpError' && error.cause !== undefined ? error.cause : error;
}

/** The next page carries our token, so it must be where the first one was. */
function pinned(url: string, first: string, route: string): string {
  const next = new URL(url, first);
  if (next.origin === new URL(first).origin) return next.href;
  throw new ConnectorError('malformed', `The next page of ${route} points at another host; it was not followed.`);
}

function parseAnswer<S extends z.ZodType>(schema: S, data: unknown, route: string): z.output<S> {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const place = parsed.error.issues[0]?.path.map(String).join('.') || 'its root';
  throw new ConnectorError('malformed', `GitHub's answer to ${route} is not as documented, at ${place}.`);
}
