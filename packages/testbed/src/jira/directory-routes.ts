import { type Answer, ok } from '../github/routing.ts';
import { auditBody, projectBody, roleBody, schemeBody, userBody } from './bodies.ts';
import { browses, type Call, denied, holds, type JiraRoutes, notFound, page, pageSize } from './routing.ts';
import type { WorldJiraUser, WorldProject } from './world.ts';

const api = '/rest/api/3';

/** The site, its people, groups and projects: https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/ */
export const directoryRoutes: JiraRoutes = [
  ['GET /_edge/tenant_info', ({ world }) => ok({ cloudId: world.cloudId }), 'open'],
  [`GET ${api}/serverInfo`, serverInfo, 'open'],
  [`GET ${api}/myself`, ({ caller }) => ok(caller && { ...userBody(caller), timeZone: caller.timeZone })],
  [`GET ${api}/mypermissions`, myPermissions],
  [`GET ${api}/users/search`, users],
  [`GET ${api}/user`, (call) => ofUser(call, (user) => ok(userBody(user)))],
  [`GET ${api}/user/groups`, (call) => ofUser(call, (user) => ok(groupsOf(call, user)))],
  [`GET ${api}/group/bulk`, groups],
  [`GET ${api}/group/member`, members],
  [`GET ${api}/project/search`, projects, 'open'],
  [`GET ${api}/project/:id`, (call) => ofProject(call, (project) => ok(projectBody(call.world, project)))],
  [`GET ${api}/project/:id/role`, (call) => ofAdministered(call, (project) => ok(roleAddresses(call, project)))],
  [`GET ${api}/project/:id/role/:roleId`, (call) => ofAdministered(call, (project) => role(call, project))],
  [`GET ${api}/permissionscheme`, ({ world }) => ok({ permissionSchemes: world.permissionSchemes.map(schemeBody) })],
  [`GET ${api}/permissionscheme/:id`, scheme],
  [`GET ${api}/auditing/record`, auditRecords],
];

function serverInfo({ world }: Call): Answer {
  const build = { buildNumber: world.buildNumber, version: '1001.0.0-SNAPSHOT', versionNumbers: [1001, 0, 0] };
  return ok({ baseUrl: world.siteUrl, deploymentType: 'Cloud', serverTitle: 'Jira', ...build });
}

function myPermissions(call: Call): Answer {
  const asked = (call.query.get('permissions') ?? '').split(',');
  const shown = asked.map((key) => {
    const havePermission = holds(call, key === 'ADMINISTER' ? 'ADMINISTER' : 'USER_PICKER');
    return [key, { id: '0', key, name: key, type: 'GLOBAL', description: key, havePermission }];
  });
  return ok({ permissions: Object.fromEntries(shown) });
}

/** Who may not browse users is shown none, silently. */
function users(call: Call): Answer {
  const found = holds(call, 'USER_PICKER') ? call.world.users.filter(({ unlisted }) => !unlisted) : [];
  const startAt = Number(call.query.get('startAt') ?? 0);
  const size = pageSize(call, Number(call.query.get('maxResults') ?? 50), 1000);
  return ok(found.slice(startAt, startAt + size).map(userBody));
}

function ofUser(call: Call, handle: (user: WorldJiraUser) => Answer): Answer {
  if (!holds(call, 'USER_PICKER')) return denied();
  const user = call.world.users.find(({ accountId }) => accountId === call.query.get('accountId'));
  return user === undefined ? notFound('user') : handle(user);
}

function groupsOf({ world }: Call, { accountId }: WorldJiraUser) {
  const found = world.groups.filter(({ memberIds }) => memberIds.includes(accountId));
  return found.map(({ groupId, name }) => ({ groupId, name }));
}

function groups(call: Call): Answer {
  if (!holds(call, 'USER_PICKER')) return denied();
  const wanted = call.query.getAll('groupId');
  const found = call.world.groups.filter(({ groupId }) => wanted.length === 0 || wanted.includes(groupId));
  return page(call, found, 1000, ({ groupId, name }) => ({ groupId, name }));
}

function members(call: Call): Answer {
  if (!holds(call, 'USER_PICKER')) return denied();
  const group = call.world.groups.find(({ groupId }) => groupId === call.query.get('groupId'));
  if (group === undefined) return notFound('group');
  const includesInactive = call.query.get('includeInactiveUsers') === 'true';
  const people = new Map(call.world.users.map((user) => [user.accountId, user]));
  const found = group.memberIds.flatMap((id) => people.get(id) ?? []);
  const shown = found.filter(({ active }) => active || includesInactive);
  return page(call, shown, 50, userBody);
}

/** Who administers Jira is shown every project, and may not browse each for it. */
function projects(call: Call): Answer {
  const { world, query } = call;
  const statuses = query.getAll('status').length === 0 ? ['live'] : query.getAll('status');
  const seesAll = holds(call, 'ADMINISTER') && query.get('action') !== 'browse';
  const found = world.projects.filter(
    (project) => statuses.includes(project.status) && (seesAll || browses(call, project)),
  );
  return page(call, found, 100, (project) => projectBody(world, project));
}

function ofProject(call: Call, handle: (project: WorldProject) => Answer): Answer {
  const project = call.world.projects.find(({ id }) => id === call.parameters.id);
  return browses(call, project) ? handle(project) : notFound('project');
}

function ofAdministered(call: Call, handle: (project: WorldProject) => Answer): Answer {
  const project = call.world.projects.find(({ id }) => id === call.parameters.id);
  return project !== undefined && holds(call, 'ADMINISTER') ? handle(project) : notFound('project');
}

function roleAddresses({ apiUrl }: Call, { id, roles }: WorldProject) {
  return Object.fromEntries(roles.map((one) => [one.name, `${apiUrl}${api}/project/${id}/role/${one.id}`]));
}

function role({ world, parameters }: Call, { roles }: WorldProject): Answer {
  const found = roles.find(({ id }) => String(id) === parameters.roleId);
  return found === undefined ? notFound('role') : ok(roleBody(world, found));
}

function scheme({ world, parameters }: Call): Answer {
  const found = world.permissionSchemes.find(({ id }) => String(id) === parameters.id);
  return found === undefined ? notFound('permission scheme') : ok(schemeBody(found));
}

/** The newest first. */
function auditRecords(call: Call): Answer {
  if (!holds(call, 'ADMINISTER')) return denied();
  const [from = '', to = '9'] = ['from', 'to'].map((name) => call.query.get(name) ?? undefined);
  const found = call.world.auditRecords
    .filter(({ createdAt }) => createdAt >= from && createdAt <= to)
    .sort((one, other) => (one.createdAt > other.createdAt ? -1 : 1));
  const offset = Number(call.query.get('offset') ?? 0);
  const limit = pageSize(call, Number(call.query.get('limit') ?? 1000), 1000);
  return ok({ offset, limit, total: found.length, records: found.slice(offset, offset + limit).map(auditBody) });
}
