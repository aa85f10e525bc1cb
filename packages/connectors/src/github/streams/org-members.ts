import { ConnectorError, Expected, nullIf, stream } from '@evidence-fleet/connector-sdk';
import { Membership, User } from '../answers.ts';
import type { GitHub } from '../client.ts';
import { orgMember } from '../evidence.ts';
import { organizationOf, organizationSlices, shortOf, silentlyPartial } from '../organizations.ts';
import { permissionsOf } from '../permissions.ts';
import { idsOf, withoutSecondFactor } from '../second-factor.ts';

export const orgMembers = stream(
  orgMember,
  {
    slices: organizationSlices,
    permissions: permissionsOf('github.org_member'),
    docs: [
      'https://docs.github.com/en/rest/orgs/members#list-organization-members',
      'https://docs.github.com/en/rest/orgs/members#get-organization-membership-for-a-user',
    ],
    calls: {
      reads: [
        { pagesOf: 'members', size: 100 },
        { pagesOf: 'owners', size: 100 },
        { pagesOf: 'members without a second factor', size: 100 },
      ],
      proves: [3],
    },
    async probe(github: GitHub, lastKnown, { slice }) {
      const org = await organizationOf(github, slice);
      const membershipRoute = 'GET /orgs/{org}/memberships/{username}';
      const asked = { org: org.login, username: lastKnown.login };
      // Whoever may list the members is told plainly who is none: this 404 is an answer.
      const membership = await github.get(membershipRoute, asked, Membership).catch(nullIf('not_found'));
      if (membership?.state !== 'active') return null;
      if (membership.user.id !== lastKnown.userId) {
        throw new ConnectorError('not_found', 'The login belongs to another account now; the listing has to tell.');
      }
      const { without } = await withoutSecondFactor(github, org, { route, who: 'members' });
      const twoFactor = without === null ? null : !without.has(lastKnown.userId);
      return { ...lastKnown, role: roleOf(membership.role === 'admin'), twoFactor };
    },
  },
  async function* (github: GitHub, { slice }) {
    const org = await organizationOf(github, slice);
    // Everybody first: who joins later is in none of the lists below and must not pass for a member with a second factor.
    const total = await github.count(route, { org: org.login });
    if (total !== null) yield new Expected(total);
    const members = await Array.fromAsync(github.list(route, { org: org.login }, User));
    const owners = { org: org.login, role: 'admin' };
    const ownersTotal = await github.count(route, owners);
    const admins = await idsOf(github, route, owners);
    const missingOwners = [...shortOf(ownersTotal, admins.size, 'owners')];
    if (missingOwners.length > 0) return yield* missingOwners; // nobody's role is known
    const { without, gap } = await withoutSecondFactor(github, org, { route, who: 'members' });
    if (gap !== null) yield gap;
    yield* silentlyPartial(github, 'members');
    for (const { id, login } of members) {
      const twoFactor = without === null ? null : !without.has(id);
      yield { orgId: org.id, userId: id, login, role: roleOf(admins.has(id)), twoFactor };
    }
  },
);

const route = 'GET /orgs/{org}/members';

function roleOf(isAdmin: boolean): 'admin' | 'member' {
  return isAdmin ? 'admin' : 'member';
}
