import { Expected, stream } from '@evidence-fleet/connector-sdk';
import { User } from '../answers.ts';
import type { GitHub } from '../client.ts';
import { outsideCollaborator } from '../evidence-access.ts';
import { organizationOf, organizationSlices, silentlyPartial } from '../organizations.ts';
import { ownerOnly } from '../owner-only.ts';
import { permissionsOf } from '../permissions.ts';
import { withoutSecondFactor } from '../second-factor.ts';

const route = 'GET /orgs/{org}/outside_collaborators';

/** Without a probe, because GitHub has no question that tells whether somebody is one. */
export const outsideCollaborators = stream(
  outsideCollaborator,
  {
    slices: organizationSlices,
    permissions: permissionsOf('github.outside_collaborator'),
    docs: ['https://docs.github.com/en/rest/orgs/outside-collaborators#list-outside-collaborators-for-an-organization'],
    calls: {
      reads: [
        { pagesOf: 'outside collaborators', size: 100 },
        { pagesOf: 'outside collaborators without a second factor', size: 100 },
      ],
      proves: [3],
    },
  },
  async function* (github: GitHub, { slice }) {
    const org = await organizationOf(github, slice);
    // Everybody first: who joins later is not in the list below and must not pass for somebody with a second factor.
    const total = await github.count(route, { org: org.login });
    if (total !== null) yield new Expected(total);
    const people = await Array.fromAsync(github.list(route, { org: org.login }, User));
    const { without, gap } = await withoutSecondFactor(github, org, { route, who: 'outside collaborators' });
    if (gap !== null) yield gap;
    yield* silentlyPartial(github, 'members');
    yield* ownerOnly(github, org.login, 'all outside collaborators');
    for (const { id, login } of people) {
      yield { orgId: org.id, userId: id, login, twoFactor: without === null ? null : !without.has(id) };
    }
  },
);
