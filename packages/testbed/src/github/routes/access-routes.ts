import { collaboratorBody, teamBody, webhookBody } from '../bodies/access-body.ts';
import { userBody } from '../bodies/user-body.ts';
import { byPage } from '../paging.ts';
import {
  type Answer,
  type Call,
  hasScope,
  inOrganization,
  inRepository,
  isAdmin,
  notFound,
  ok,
  type Routes,
  refuse,
  roleIn,
  userOf,
} from '../routing.ts';
import type { WorldOrganization, WorldTeam, WorldWebhook } from '../world.ts';

export const accessRoutes: Routes = [
  ['/orgs/:org/teams', (call) => inOrganization(call, (organization) => teams(call, organization)), 'members'],
  [
    '/orgs/:org/teams/:slug/members',
    (call) => inOrganization(call, (organization) => members(call, organization)),
    'members',
  ],
  [
    '/organizations/:orgId/team/:teamId',
    (call) => inTeam(call, (organization, team) => ok(teamBody(call, organization, team))),
    'members',
  ],
  [
    '/organizations/:orgId/team/:teamId/memberships/:username',
    (call) => inTeam(call, (_, team) => membership(call, team)),
    'members',
  ],
  [
    '/orgs/:org/outside_collaborators',
    (call) => inOrganization(call, (organization) => outsiders(call, organization)),
    'members',
  ],
  ['/repos/:owner/:repo/collaborators', collaborators, 'metadata'],
  ['/repos/:owner/:repo/collaborators/:username/permission', permission, 'metadata'],
  ['/orgs/:org/hooks', (call) => organizationHooks(call, (hooks) => listed(call, hooks)), 'organization_hooks'],
  ['/orgs/:org/hooks/:id', (call) => organizationHooks(call, (hooks) => one(call, hooks)), 'organization_hooks'],
  ['/repos/:owner/:repo/hooks', (call) => repositoryHooks(call, (hooks) => listed(call, hooks)), 'repository_hooks'],
  ['/repos/:owner/:repo/hooks/:id', (call) => repositoryHooks(call, (hooks) => one(call, hooks)), 'repository_hooks'],
];

/** Secret teams are shown to owners and Apps only, silently. https://docs.github.com/en/rest/teams/teams#list-teams */
function teams(call: Call, organization: WorldOrganization): Answer {
  if (!hasScope(call, 'admin:org', 'write:org', 'read:org')) return notFound();
  const shown = organization.teams.filter(
    ({ privacy }) => privacy === 'closed' || roleIn(call, organization) === 'admin',
  );
  return byPage(call, shown, (team) => teamBody(call, organization, team));
}

/** https://docs.github.com/en/rest/teams/members#list-team-members */
function members(call: Call, organization: WorldOrganization): Answer {
  const team = organization.teams.find(({ slug }) => slug === call.parameters.slug);
  if (team === undefined || !hasScope(call, 'admin:org', 'write:org', 'read:org')) return notFound();
  const role = call.query.get('role') ?? 'all';
  const found = team.members.filter((member) => role === 'all' || member.role === role);
  return byPage(call, found, ({ userId }) => bodyOf(call, userId));
}

function inTeam(call: Call, handle: (organization: WorldOrganization, team: WorldTeam) => Answer): Answer {
  const organization = call.world.organizations.find(({ id }) => id === Number(call.parameters.orgId));
  const team = organization?.teams.find(({ id }) => id === Number(call.parameters.teamId));
  if (organization === undefined || team === undefined || roleIn(call, organization) === null) return notFound();
  return handle(organization, team);
}

function membership(call: Call, team: WorldTeam): Answer {
  const user = call.world.users.find(({ login }) => login === call.parameters.username);
  const member = team.members.find(({ userId }) => userId === user?.id);
  return member === undefined ? notFound() : ok({ url: call.apiUrl + call.path, state: 'active', role: member.role });
}

/** https://docs.github.com/en/rest/orgs/outside-collaborators#list-outside-collaborators-for-an-organization */
function outsiders(call: Call, organization: WorldOrganization): Answer {
  if (!hasScope(call, 'admin:org', 'write:org', 'read:org')) return byPage(call, [], () => null);
  const isFiltered = call.query.get('filter') === '2fa_disabled';
  if (isFiltered && (roleIn(call, organization) !== 'admin' || call.token.installation !== undefined))
    return refuse(422, 'Only owners can use this filter.');
  const found = organization.outsideCollaborators.filter(({ twoFactor }) => !isFiltered || !twoFactor);
  return byPage(call, found, ({ userId }) => bodyOf(call, userId));
}

/** https://docs.github.com/en/rest/collaborators/collaborators#list-repository-collaborators */
function collaborators(call: Call): Answer {
  return inRepository(call, (repository, organization) => {
    if (!isAdmin(call, organization)) return refuse(403, 'Must have push access to view repository collaborators.');
    return byPage(call, repository.collaborators, (collaborator) => {
      const user = userOf(call, collaborator.userId) ?? { id: collaborator.userId, login: 'ghost' };
      return collaboratorBody(call, user, collaborator);
    });
  });
}

/** https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user */
function permission(call: Call): Answer {
  return inRepository(call, (repository) => {
    const user = call.world.users.find(({ login }) => login === call.parameters.username);
    if (user === undefined) return notFound();
    const known = repository.collaborators.find(({ userId }) => userId === user.id);
    const role = known?.role ?? (repository.visibility === 'public' ? 'read' : 'none');
    const legacy = { triage: 'read', maintain: 'write', read: 'read', write: 'write', admin: 'admin', none: 'none' };
    const body = { ...userBody(user, call.apiUrl), role_name: role };
    return ok({ permission: legacy[role], role_name: role, user: body });
  });
}

interface Hooks {
  readonly hooks: readonly WorldWebhook[];
  toBody(hook: WorldWebhook): object;
}

/** https://docs.github.com/en/rest/orgs/webhooks#list-organization-webhooks */
function organizationHooks(call: Call, handle: (hooks: Hooks) => Answer): Answer {
  return inOrganization(call, (organization) => {
    if (roleIn(call, organization) !== 'admin' || !hasScope(call, 'admin:org_hook')) return notFound();
    const place = { organization, repository: null };
    return handle({ hooks: organization.webhooks, toBody: (hook) => webhookBody(call, place, hook) });
  });
}

/** https://docs.github.com/en/rest/repos/webhooks#list-repository-webhooks */
function repositoryHooks(call: Call, handle: (hooks: Hooks) => Answer): Answer {
  return inRepository(call, (repository, organization) => {
    if (roleIn(call, organization) !== 'admin' || !hasScope(call, 'repo', 'read:repo_hook')) return notFound();
    const place = { organization, repository };
    return handle({ hooks: repository.webhooks, toBody: (hook) => webhookBody(call, place, hook) });
  });
}

function listed(call: Call, { hooks, toBody }: Hooks): Answer {
  return byPage(call, hooks, toBody);
}

function one(call: Call, { hooks, toBody }: Hooks): Answer {
  const found = hooks.find(({ id }) => id === Number(call.parameters.id));
  return found === undefined ? notFound() : ok(toBody(found));
}

function bodyOf(call: Call, userId: number) {
  return userBody(userOf(call, userId) ?? { id: userId, login: `ghost-${userId}` }, call.apiUrl);
}
