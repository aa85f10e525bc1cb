import { stream } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import { Group } from '../answers.ts';
import type { Jira } from '../client.ts';
import { group } from '../evidence.ts';
import { groupPath, listGroups } from '../groups.ts';
import { permissions } from '../operations.ts';

/** One group by its id, or none. */
const Found = z.union([
  z.object({ total: z.literal(1), values: z.tuple([Group]) }),
  z.object({ total: z.literal(0), values: z.tuple([]) }),
]);

export const groups = stream(
  group,
  {
    permissions: [permissions.users],
    docs: [
      'https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-groups/#api-rest-api-3-group-bulk-get',
    ],
    calls: { reads: [{ pagesOf: 'groups', size: 1000 }] },
    async probe(jira: Jira, { groupId }) {
      // A user without the permission is refused by a 403, so that "0 of 0" is an answer.
      const { values } = await jira.ask((_, send) => send({ url: groupPath, searchParams: { groupId } }), Found);
      return values[0] ?? null;
    },
  },
  async function* (jira: Jira) {
    for await (const one of listGroups(jira)) yield one;
  },
);
