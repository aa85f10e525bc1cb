import { organizationBody } from '../bodies/organization-body.ts';
import { profileBody, userBody } from '../bodies/user-body.ts';
import { byPage } from '../paging.ts';
import {
  type Answer,
  type Call,
  hasScope,
  inOrganization,
  notFound,
  ok,
  type Routes,
  refuse,
  roleIn,
  userOf,
} from '../routing.ts';
import type { WorldMember, WorldOrganization } from '../world.ts';

export const organizationRoutes: Routes = [
  [
    '/user',
    (call) => {
      if (call.token.installation !== undefined) return refuse(403, 'Resource not accessible by integration');
      const user = userOf(call, call.token.userId);
      return user === null ? refuse(401, 'Bad credentials') : ok(profileBody(user, call.apiUrl));
    },
  ],
  ['/orgs/:org', organization],
  ['/orgs/:org/members', (call) => inOrganization(call, (organization) => members(call, organization))],
  [
    '/orgs/:org/memberships/:username',
    (call) => inOrganization(call, (organization) => membership(call, organization)),
    'members',
  ],
];

/** Public facts are told to every App, wherever it is installed. https://docs.github.com/en/rest/orgs/orgs#get-an-organization */
function organization(call: Call): Answer {
  const { apiUrl, token, parameters, world } = call;
  const found = world.organizations.find(({ login }) => login === parameters.org);
  if (token.installation !== undefined && found !== undefined && roleIn(call, found) === null)
    return ok(organizationBody(found, { apiUrl, isOwner: false }));
  return inOrganization(call, (one) => {
    const mayAll = token.installation?.permissions.organization_administration ?? token.installation === undefined;
    const isOwner = roleIn(call, one) === 'admin' && hasScope(call, 'admin:org') && mayAll !== false;
    return ok(organizationBody(one, { apiUrl, isOwner }));
  });
}

/** https://docs.github.com/en/rest/orgs/members#list-organization-members */
function members(call: Call, organization: WorldOrganization) {
  const filter = call.query.get('filter');
  const role = call.query.get('role');
  const isOwner = roleIn(call, organization) === 'admin' && call.token.installation === undefined;
  if (filter === '2fa_disabled' && !isOwner) {
    return refuse(422, 'Only owners can use this filter.');
  }
  // Without a scope for organizations only public members are shown, silently; in this world nobody is one.
  const isTold = call.token.installation?.permissions.members ?? call.token.installation === undefined;
  if (isTold === false || !hasScope(call, 'admin:org', 'write:org', 'read:org')) return byPage(call, [], () => null);
  const found = organization.members.filter((member) => {
    if (filter === '2fa_disabled' && member.twoFactor) return false;
    return role === null || role === 'all' || member.role === role;
  });
  return byPage(call, found, (member) => memberBody(call, member));
}

/** https://docs.github.com/en/rest/orgs/members#get-organization-membership-for-a-user */
function membership(call: Call, organization: WorldOrganization) {
  const { apiUrl, parameters, world } = call;
  const user = world.users.find(({ login }) => login === parameters.username);
  const member = organization.members.find(({ userId }) => userId === user?.id);
  if (user === undefined || member === undefined) return notFound();
  const { url, repos_url, events_url, hooks_url, issues_url, members_url, public_members_url, ...rest } =
    organizationBody(organization, { apiUrl, isOwner: false });
  const { login, id, node_id, avatar_url, description } = rest;
  const links = { url, repos_url, events_url, hooks_url, issues_url, members_url, public_members_url };
  return ok({
    url: `${url}/memberships/${user.login}`,
    state: 'active',
    role: member.role,
    organization_url: url,
    organization: { login, id, node_id, avatar_url, description, ...links },
    user: userBody(user, apiUrl),
  });
}

function memberBody(call: Call, { userId }: WorldMember) {
  const user = userOf(call, userId) ?? { id: userId, login: `ghost-${userId}` };
  return userBody(user, call.apiUrl);
}
