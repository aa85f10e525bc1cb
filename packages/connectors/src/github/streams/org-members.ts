import { ConnectorError, Gap, nullIf, stream } from '@evidence-fleet/connector-sdk';
import { Membership, User } from '../answers.ts';
import type { GitHub, Parameters } from '../client.ts';
import { orgMember } from '../evidence.ts';
import { organizationOf, organizationSlices, silentlyPartial } from '../organizations.ts';

export const orgMembers = stream(
  orgMember,
  {
    slices: organizationSlices,
    permissions: [
      'classic: read:org, held by an owner of the organization',
      'fine-grained: organization Members: read',
    ],
    docs: [
      'https://docs.github.com/en/rest/orgs/members#list-organization-members',
      'https://docs.github.com/en/rest/orgs/members#get-organization-membership-for-a-user',
    ],
    async probe(github: GitHub, lastKnown, { slice }) {
      const org = await organizationOf(github, slice);
      const route = 'GET /orgs/{org}/memberships/{username}';
      const asked = { org: org.login, username: lastKnown.login };
      // Whoever may list the members is told plainly who is none: this 404 is an answer.
      const membership = await github.get(route, asked, Membership).catch(nullIf('not_found'));
      if (membership?.state !== 'active') return null;
      if (membership.user.id !== lastKnown.userId) {
        throw new ConnectorError('not_found', 'The login belongs to another account now; the listing has to tell.');
      }
      const without = await withoutSecondFactor(github, org.login);
      const twoFactor = without === null ? null : !without.has(lastKnown.userId);
      return { ...lastKnown, role: roleOf(membership.role === 'admin'), twoFactor };
    },
  },
  async function* (github: GitHub, { slice }) {
    const org = await organizationOf(github, slice);
    yield* silentlyPartial(github, 'members');
    // Everybody first: who joins later is in none of the lists below and must not pass for a member with a second factor.
    const members = await Array.fromAsync(github.list(route, { org: org.login }, User));
    const admins = await idsOf(github, { org: org.login, role: 'admin' });
    const without = await withoutSecondFactor(github, org.login);
    if (without === null) {
      const detail = 'Only an owner is told who has no second factor: use the token of an owner of the organization.';
      yield new Gap(`two-factor:${org.id}`, 'permission_denied', detail);
    }
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

/** User ids, or null where GitHub does not tell this credential. */
function withoutSecondFactor(github: GitHub, login: string): Promise<Set<number> | null> {
  return idsOf(github, { org: login, filter: '2fa_disabled' }).catch(nullIf('permission_denied'));
}

async function idsOf(github: GitHub, parameters: Parameters): Promise<Set<number>> {
  const ids = new Set<number>();
  for await (const { id } of github.list(route, parameters, User)) ids.add(id);
  return ids;
}
