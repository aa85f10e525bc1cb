import { ConnectorError, type Runtime } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import type { Session } from './session.ts';

export type Query = Readonly<Record<string, string | number>>;

/** One page of a listing. `token` reads the page behind it; undefined: this is the last one. */
interface Page<Item> {
  readonly items: readonly Item[];
  readonly token: string | undefined;
}

/** Speaks Okta's words and returns Okta's shapes, each answer parsed; the streams translate them into evidence. */
export interface Okta {
  /** How far back a first pass over the system log reaches, in days. */
  readonly logDays: number;
  /** The service app's client id; null: an API token, which speaks for a user. */
  readonly clientId: string | null;
  get<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>>;
  /** Every page by its `Link` header, one in memory at a time. @param from the token of an earlier page. */
  pages<S extends z.ZodType>(path: string, query: Query, item: S, from?: string): AsyncGenerator<Page<z.output<S>>>;
  /** Every item of every page. */
  list<S extends z.ZodType>(path: string, query: Query, item: S): AsyncGenerator<z.output<S>>;
  /** Scopes granted to the service app; null: an API token has none. */
  granted(): readonly string[] | null;
  /** Okta's clock as of its last answer, so that a cursor never depends on ours. */
  clock(): Date;
}

/** @param options.apiUrl e.g. `https://acme.okta.com`, without a slash at the end */
export function createOkta(
  options: Pick<Okta, 'logDays' | 'clientId'> & { readonly apiUrl: string; readonly session: Session },
  runtime: Runtime,
): Okta {
  const { apiUrl, session } = options;
  let lastAnswerAt: Date | undefined;

  async function request(url: string): Promise<{ data: unknown; headers: Headers }> {
    const headers = { authorization: await session.authorization(), accept: 'application/json' };
    const answer = await runtime.fetch(url, { headers });
    const date = Date.parse(answer.headers.get('date') ?? '');
    if (!Number.isNaN(date)) lastAnswerAt = new Date(date);
    return { data: await answer.json().catch(() => null), headers: answer.headers };
  }

  async function* pages<S extends z.ZodType>(path: string, query: Query, item: S, from?: string) {
    const first = new URL(apiUrl + path);
    for (const [name, value] of Object.entries(query)) first.searchParams.set(name, String(value));
    const seen = new Set<string>();
    let url: string | undefined = from === undefined ? first.href : pinned(from, first);
    while (url !== undefined) {
      if (seen.has(url)) throw new ConnectorError('malformed', `Okta's pages of ${path} lead back to an earlier one.`);
      seen.add(url);
      const { data, headers } = await request(url);
      const items = parseAnswer(z.array(item), data, path);
      const next = nextLink(headers);
      url = next === undefined ? undefined : pinned(next, first);
      yield { items, token: url === undefined ? undefined : afterOrigin(url) };
    }
  }

  return {
    logDays: options.logDays,
    clientId: options.clientId,
    get: async (path, schema) => parseAnswer(schema, (await request(apiUrl + path)).data, path),
    pages,
    async *list(path, query, item) {
      for await (const page of pages(path, query, item)) yield* page.items;
    },
    granted: session.granted,
    clock: () => lastAnswerAt ?? new Date(),
  };
}

/** https://developer.okta.com/docs/api/#link-header */
function nextLink(headers: Headers): string | undefined {
  return /<([^>]*)>\s*;[^,]*rel="?next"?/.exec(headers.get('link') ?? '')?.[1];
}

/** The next page carries our token, so it must be where the first one was. */
function pinned(url: string, first: URL): string {
  const next = new URL(url, first);
  if (next.origin === first.origin && next.pathname === first.pathname) return next.href;
  throw new ConnectorError('malformed', `The next page of ${first.pathname} points elsewhere; it was not followed.`);
}

function afterOrigin(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

/** Names the field that is wrong, never its value, nor an id in the path. */
function parseAnswer<S extends z.ZodType>(schema: S, data: unknown, path: string): z.output<S> {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const place = parsed.error.issues[0]?.path.map(String).join('.') || 'its root';
  throw new ConnectorError('malformed', `Okta's answer to ${path.split('?')[0]} is not as documented, at ${place}.`);
}
