import { ConnectorError, Gap } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import { IssueId } from './answers.ts';
import type { Jira } from './client.ts';
import { jqlTime } from './jql-time.ts';
import { purposesOf } from './settings.ts';

interface Search<S extends z.ZodType> {
  readonly jql: string;
  readonly item: S;
  /** Without fields Jira shows ids alone, up to 5,000 a page. */
  readonly fields: readonly string[];
  readonly pageSize: number;
  /** The token of the page to begin with. */
  readonly from?: string | undefined;
}

/**
 * Every page of a search, the oldest issue first: an order that no update changes.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/#api-rest-api-3-search-jql-post
 */
async function* search<S extends z.ZodType>(
  jira: Jira,
  { jql, item, fields, pageSize, from }: Search<S>,
): AsyncGenerator<{ readonly items: z.output<S>[]; readonly next: string | undefined }> {
  const Found = z.object({
    issues: z.array(item),
    nextPageToken: z.string().nullish(),
    isLast: z.boolean().nullish(),
  });
  const seen = new Set<string | undefined>();
  let token = from;
  do {
    if (seen.has(token)) throw new ConnectorError('malformed', 'The pages of a search lead back to an earlier one.');
    seen.add(token);
    const asked = { jql: `${jql} ORDER BY created ASC, key ASC`, fields: [...fields], maxResults: pageSize };
    const page = { ...asked, ...(token === undefined ? {} : { nextPageToken: token }) };
    const found = await jira.ask((api) => api.issueSearch.searchAndReconsileIssuesUsingJqlPost(page), Found);
    token = found.nextPageToken ?? undefined;
    if (token === undefined && found.isLast === false) {
      throw new ConnectorError('malformed', 'A search has more issues and does not say where.');
    }
    yield { items: found.issues, next: token };
  } while (token !== undefined);
}

/** The ids of all issues that match. */
export async function* searchIds(jira: Jira, jql: string): AsyncGenerator<string> {
  const pages = search(jira, { jql, item: IssueId, fields: ['id'], pageSize: 5000 });
  for await (const { items } of pages) for (const { id } of items) yield id;
}

/** An update may become visible to searches later than younger ones; what is read twice for it costs little. */
const overlapMs = 15 * 60_000;

/** What one pass reads. It ends nowhere; what is updated after `until` belongs to the next pass, too. */
interface Window {
  readonly from: string;
  /** The beginning of the pass by Jira's clock, ISO 8601. */
  readonly until: string;
  /** Issues shown by earlier attempts at this pass. */
  readonly shown: number;
  readonly token: string | undefined;
}

async function openWindow(jira: Jira, since: string | undefined, resume: string | undefined): Promise<Window> {
  const { timeZone } = await jira.myself();
  const [, until, from, shown, token] = /^([^|]+)\|([^|]+)\|(\d+)\|(.+)$/s.exec(resume ?? '') ?? [];
  if (until !== undefined && from !== undefined) return { until, from, shown: Number(shown), token };
  const now = jira.clock();
  const horizonMs = now.getTime() - jira.settings.issueDays * 86_400_000;
  const fromMs = since === undefined ? horizonMs : Date.parse(since) - overlapMs;
  return { until: now.toISOString(), from: jqlTime(new Date(fromMs), timeZone), shown: 0, token: undefined };
}

/** What was updated since the last pass, page by page; `checkpoint` goes on behind the page. */
interface TouchedPage<Item> {
  readonly items: readonly Item[];
  readonly checkpoint: string | undefined;
  /** The beginning of the pass by Jira's clock, ISO 8601. */
  readonly until: string;
}

/**
 * Issues of all purposes that were updated since the last pass. Searched twice, for ids and for what is read, because a search states no
 * total: what the second does not show of the first is missing. What it shows beside the first is there, and is shown.
 */
export async function* touchedIssues<S extends z.ZodType<{ readonly id: string }>>(
  jira: Jira,
  { since, resume }: { readonly since: string | undefined; readonly resume: string | undefined },
  { item, fields, pageSize }: Pick<Search<S>, 'item' | 'fields' | 'pageSize'>,
): AsyncGenerator<TouchedPage<z.output<S>> | Gap> {
  const conditions = purposesOf(jira.settings).map(([, condition]) => `(${condition})`);
  if (conditions.length === 0) return;
  const { from, until, token, ...before } = await openWindow(jira, since, resume);
  const jql = `(${conditions.join(' OR ')}) AND updated >= "${from}"`;
  const ids = new Set(await Array.fromAsync(searchIds(jira, jql)));
  const seen = new Set<string>();
  let { shown } = before;
  for await (const page of search(jira, { jql, item, fields, pageSize, from: token })) {
    // A page may show one once more, because the list moved on while it was read.
    const items = page.items.filter(({ id }) => seen.size < seen.add(id).size);
    shown += items.filter(({ id }) => ids.has(id)).length;
    const checkpoint = page.next === undefined ? undefined : `${until}|${from}|${shown}|${page.next}`;
    yield { items, checkpoint, until };
  }
  if (shown >= ids.size) return;
  const detail = `One search found ${ids.size} issues and another ${shown} of them: the list is incomplete.`;
  yield new Gap('*', 'incomplete', detail);
}

/** Jira writes times with an offset, e.g. `2026-11-28T07:35:00.000+0100`. */
export function inUtc(text: string | number): string {
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time.toISOString();
  throw new ConnectorError('malformed', 'Jira names a time that is none.');
}
