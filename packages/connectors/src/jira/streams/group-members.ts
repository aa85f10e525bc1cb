import { Gap, stream } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import { AccountId, Group } from '../answers.ts';
import type { Jira } from '../client.ts';
import { eachOfList } from '../each-of-list.ts';
import { nullIfGone } from '../errors.ts';
import { groupMember } from '../evidence.ts';
import { listGroups } from '../groups.ts';
import { permissions } from '../operations.ts';
import { pages } from '../pages.ts';

export const groupMembers = stream(
  groupMember,
  {
    permissions: [permissions.users],
    docs: [
      'https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-groups/#api-rest-api-3-group-member-get',
      'https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/#api-rest-api-3-user-groups-get',
    ],
    calls: {
      reads: [
        { pagesOf: 'groups', size: 1000 },
        { pagesOfEach: 'members of a group', size: 50 },
      ],
    },
    async probe(jira: Jira, { groupId, accountId }) {
      const groups = await jira.ask((api) => api.users.getUserGroups({ accountId }), z.array(Group)).catch(nullIfGone);
      return groups?.some((one) => one.groupId === groupId) ? { groupId, accountId } : null;
    },
  },
  (jira: Jira, { resume }) =>
    eachOfList(resume, {
      list: listGroups(jira),
      what: 'groups',
      idOf: ({ groupId }) => groupId,
      scopeOf: ({ groupId }) => `group:${groupId}`,
      rowsOf: ({ groupId }) => membersOf(jira, groupId),
    }),
);

async function* membersOf(jira: Jira, groupId: string) {
  const shown = new Set<string>();
  let total = 0;
  const page = { groupId, includeInactiveUsers: true, maxResults: 50 };
  for await (const one of pages(
    jira,
    (api, startAt) => api.groups.getUsersFromGroup({ ...page, startAt }),
    AccountId,
  )) {
    total = Math.max(total, one.total);
    for (const { accountId } of one.items) {
      if (shown.has(accountId)) continue; // somebody joined or left while the list was read
      shown.add(accountId);
      yield { groupId, accountId };
    }
  }
  if (shown.size >= total) return;
  const detail = `Jira counts ${total} members of this group and listed ${shown.size}: the list is incomplete.`;
  yield new Gap(`group:${groupId}`, 'incomplete', detail);
}
