import { alertBody } from '../bodies/alert-body.ts';
import { protectionBody, ruleBodies } from '../bodies/protection-body.ts';
import { repositoryBody } from '../bodies/repository-body.ts';
import { byCursor, byPage, wrappedPage } from '../paging.ts';
import {
  type Call,
  hasScope,
  inOrganization,
  inRepository,
  isAdmin,
  isVisible,
  notFound,
  ok,
  type Routes,
  refuse,
  roleIn,
} from '../routing.ts';
import type { WorldOrganization, WorldRepository } from '../world.ts';

export const repositoryRoutes: Routes = [
  ['/orgs/:org/repos', (call) => inOrganization(call, (organization) => repositories(call, organization))],
  [
    '/orgs/:org/dependabot/alerts',
    (call) => inOrganization(call, (organization) => alerts(call, organization)),
    'vulnerability_alerts',
  ],
  ['/installation/repositories', granted],
  ['/repositories/:id', (call) => repositoryById(call)],
  [
    '/repos/:owner/:repo',
    (call) => inRepository(call, (repository, organization) => ok(bodyOf(call, repository, organization))),
  ],
  [
    '/repos/:owner/:repo/branches/:branch/protection',
    (call) => inRepository(call, (repository, organization) => protection(call, repository, organization)),
    'administration',
  ],
  [
    '/repos/:owner/:repo/rules/branches/:branch',
    (call) =>
      inRepository(call, (repository, organization) => {
        const isDefault = call.parameters.branch === repository.defaultBranch;
        const active = isDefault ? repository.rulesets : [];
        const rules = active.flatMap((ruleset) => ruleBodies(ruleset, organization, repository));
        return byPage(call, rules, (rule) => rule);
      }),
  ],
];

/** Sorted by creation, as the client must ask for it. https://docs.github.com/en/rest/repos/repos#list-organization-repositories */
function repositories(call: Call, organization: WorldOrganization) {
  const listed = organization.repositories.filter((one) => !one.unlisted && isVisible(call, one, organization));
  if (call.query.get('sort') === 'created') {
    const sign = call.query.get('direction') === 'asc' ? 1 : -1;
    listed.sort((one, other) => sign * (compare(one.createdAt, other.createdAt) || one.id - other.id));
  }
  return byPage(call, listed, (repository) => bodyOf(call, repository, organization));
}

/** https://docs.github.com/en/rest/apps/installations#list-repositories-accessible-to-the-app-installation */
function granted(call: Call) {
  const { installation } = call.token;
  const organization = call.world.organizations.find(({ id }) => id === installation?.organizationId);
  if (installation === undefined || organization === undefined)
    return refuse(403, 'You must authenticate with an installation access token in order to list repositories.');
  const { repositoryIds } = installation;
  const listed = organization.repositories.filter(({ id }) => repositoryIds === null || repositoryIds.includes(id));
  return wrappedPage(call, listed, 'repositories', (repository) => bodyOf(call, repository, organization));
}

function repositoryById(call: Call) {
  const id = Number(call.parameters.id);
  for (const organization of call.world.organizations) {
    const repository = organization.repositories.find((one) => one.id === id);
    if (repository && isVisible(call, repository, organization)) return ok(bodyOf(call, repository, organization));
  }
  return notFound();
}

function bodyOf(call: Call, repository: WorldRepository, organization: WorldOrganization) {
  return repositoryBody(repository, organization, { apiUrl: call.apiUrl, isAdmin: isAdmin(call, organization) });
}

/** https://docs.github.com/en/rest/branches/branch-protection#get-branch-protection */
function protection(call: Call, repository: WorldRepository, organization: WorldOrganization) {
  const { denied } = repository;
  if (denied.protection === 403) {
    const headers = { 'x-accepted-github-permissions': 'administration=read' };
    return refuse(403, 'Resource not accessible by personal access token', headers);
  }
  if (denied.protection === 404 || !isAdmin(call, organization)) return notFound();
  if (repository.empty || call.parameters.branch !== repository.defaultBranch) return refuse(404, 'Branch not found');
  if (repository.protection === null) return refuse(404, 'Branch not protected');
  return ok(protectionBody(call, { organization, repository }, repository.protection));
}

/** https://docs.github.com/en/rest/dependabot/alerts#list-dependabot-alerts-for-an-organization */
function alerts(call: Call, organization: WorldOrganization) {
  const isTold = roleIn(call, organization) === 'admin' && hasScope(call, 'repo', 'security_events');
  if (organization.deniedAlerts || !isTold) {
    const headers = { 'x-accepted-github-permissions': 'vulnerability_alerts=read' };
    return refuse(403, 'You are not authorized to perform this operation.', headers);
  }
  const all = organization.repositories.flatMap((repository) => {
    return repository.alerts.map((alert) => ({ alert, place: { organization, repository } }));
  });
  const sign = call.query.get('direction') === 'asc' ? 1 : -1;
  all.sort((one, other) => {
    const byTime = sign * compare(one.alert.createdAt, other.alert.createdAt);
    return byTime || one.place.repository.id - other.place.repository.id || one.alert.number - other.alert.number;
  });
  return byCursor(call, all, ({ alert, place }) => alertBody(alert, place, call.apiUrl));
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
