import { type Answer, type Call, ok } from './routing.ts';

/** By page number: `page`, `per_page` up to 100, and a Link header as GitHub writes it. */
export function byPage<T>(call: Call, items: readonly T[], toBody: (item: T) => unknown): Answer {
  const size = pageSize(call);
  const page = Math.max(1, Number(call.query.get('page') ?? 1) || 1);
  const last = Math.max(1, Math.ceil(items.length / size));
  const links: [string, string][] = [];
  const at = (number: number) => linkTo(call, { page: String(number) });
  if (page > 1) links.push(['prev', at(page - 1)], ['first', at(1)]);
  if (page < last) links.push(['next', at(page + 1)], ['last', at(last)]);
  return ok(items.slice((page - 1) * size, page * size).map(toBody), linkHeader(links));
}

/** By page number, the items being one field of an object beside their number. */
export function wrappedPage<T>(call: Call, items: readonly T[], field: string, toBody: (item: T) => unknown): Answer {
  const page = byPage(call, items, toBody);
  return { ...page, body: { total_count: items.length, [field]: page.body } };
}

/** By cursor: `after` holds where the next page begins, opaque to the client. */
export function byCursor<T>(call: Call, items: readonly T[], toBody: (item: T) => unknown): Answer {
  const size = pageSize(call);
  const after = call.query.get('after');
  const start = after === null ? 0 : Number(Buffer.from(after, 'base64').toString().replace('cursor:', ''));
  const end = start + size;
  const next = () => linkTo(call, { after: Buffer.from(`cursor:${end}`).toString('base64') });
  return ok(items.slice(start, end).map(toBody), linkHeader(end < items.length ? [['next', next()]] : []));
}

function pageSize({ query, mostPerPage }: Call): number {
  return Math.min(mostPerPage, Math.max(1, Number(query.get('per_page') ?? 30) || 30));
}

function linkTo({ apiUrl, path }: Call, change: Readonly<Record<string, string>>): string {
  const url = new URL(apiUrl + path);
  for (const [name, value] of Object.entries(change)) url.searchParams.set(name, value);
  return url.href;
}

function linkHeader(links: readonly (readonly [string, string])[]): Record<string, string> {
  return links.length === 0 ? {} : { link: links.map(([rel, url]) => `<${url}>; rel="${rel}"`).join(', ') };
}
