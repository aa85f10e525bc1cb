import { Expected } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { Group } from './answers.ts';
import type { Jira } from './client.ts';
import { pages } from './pages.ts';

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-groups/#api-rest-api-3-group-bulk-get */
export const groupPath = '/rest/api/3/group/bulk';

/** Every group; Jira's total comes first. */
export async function* listGroups(jira: Jira): AsyncGenerator<z.output<typeof Group> | Expected> {
  let isFirst = true;
  const listing = pages(
    jira,
    (_, startAt, send) => send({ url: groupPath, searchParams: { startAt, maxResults: 1000 } }),
    Group,
  );
  for await (const { items, total } of listing) {
    if (isFirst) yield new Expected(total);
    isFirst = false;
    yield* items;
  }
}
