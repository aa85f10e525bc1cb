import { Checkpoint, each, Gap, stream } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { type Group, UserId } from '../answers.ts';
import type { Okta } from '../client.ts';
import { groupMember } from '../evidence.ts';
import { nullIfGone } from '../listing.ts';
import { silentlyPartial } from '../view.ts';
import { groupListing } from './groups.ts';

export const groupMembers = stream(
  groupMember,
  {
    permissions: ['okta.groups.read', 'okta.users.read', 'okta.roles.read'],
    docs: [
      'https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Group/#tag/Group/operation/listGroupUsers',
      'https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserResources/#tag/UserResources/operation/listUserGroups',
    ],
    calls: {
      reads: [
        { pagesOf: 'groups', size: 200 },
        { pagesOfEach: 'members of a group', size: 200 },
      ],
      proves: [1],
    },
    async probe(okta: Okta, { groupId, userId }) {
      const groups = okta.list(`/api/v1/users/${userId}/groups`, {}, UserId);
      const ids = await Array.fromAsync(groups, ({ id }) => id).catch(nullIfGone);
      return ids?.includes(groupId) ? { groupId, userId } : null;
    },
  },
  async function* (okta: Okta, { resume }) {
    const { path, query, item } = groupListing;
    for await (const { items, token } of okta.pages(path, query, item, resume)) {
      yield* each(
        items,
        ({ id }) => ({ scope: `group:${id}` }),
        (group) => membersOf(okta, group),
        { concurrency: 4 },
      );
      if (token !== undefined) yield new Checkpoint(token);
    }
    yield* silentlyPartial(okta);
  },
);

async function* membersOf(okta: Okta, group: z.output<typeof Group>) {
  let shown = 0;
  for await (const { id } of okta.list(`/api/v1/groups/${group.id}/users`, { limit: 200 }, UserId)) {
    shown += 1;
    yield { groupId: group.id, userId: id };
  }
  const total = group._embedded?.stats?.usersCount ?? null;
  if (total === null || shown >= total) return;
  const detail = `Okta counts ${total} members of this group and listed ${shown}: the list is incomplete.`;
  yield new Gap(`group:${group.id}`, 'incomplete', detail);
}
