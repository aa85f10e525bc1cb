import { stream } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { Group } from '../answers.ts';
import type { Okta } from '../client.ts';
import { group } from '../evidence.ts';
import { nullIfGone, rowsOf } from '../listing.ts';

export const groups = stream(
  group,
  {
    permissions: ['okta.groups.read', 'okta.roles.read'],
    docs: [
      'https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Group/#tag/Group/operation/listGroups',
    ],
    calls: {
      reads: [{ pagesOf: 'groups', size: 200 }],
      proves: [1],
    },
    async probe(okta: Okta, { groupId }) {
      const found = await okta.get(`/api/v1/groups/${groupId}`, Group).catch(nullIfGone);
      return found && toRow(found);
    },
  },
  (okta: Okta, { resume }) => rowsOf(okta, groupListing, resume, toRow),
);

/** With the number of members of each. */
export const groupListing = { path: '/api/v1/groups', query: { limit: 200, expand: 'stats' }, item: Group } as const;

function toRow(one: z.output<typeof Group>): z.input<typeof group.schema> {
  return {
    groupId: one.id,
    name: one.profile.name,
    description: one.profile.description ?? null,
    type: one.type,
    createdAt: one.created,
    updatedAt: one.lastUpdated,
    membersUpdatedAt: one.lastMembershipUpdated ?? null,
    members: one._embedded?.stats?.usersCount ?? null,
  };
}
