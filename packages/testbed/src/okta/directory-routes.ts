import { ok } from '../github/routing.ts';
import { appBody, appUserBody, factorBody, groupBody, roleBody, userBody } from './bodies.ts';
import { byCursor, byLink, type Call, notFound, type OktaRoutes, shownTo } from './routing.ts';
import { membersOf, rolesOfUser, type WorldApp, type WorldGroup, type WorldOktaUser } from './world.ts';

/** Users, groups, apps, and the roles of each: https://developer.okta.com/docs/api/openapi/okta-management/management/tag/User/ */
export const directoryRoutes: OktaRoutes = [
  ['/api/v1/users', 'okta.users.read', users],
  ['/api/v1/users/:id', 'okta.users.read', (call) => ofUser(call, (user) => ok(userBody(user)))],
  [
    '/api/v1/users/:id/factors',
    'okta.users.read',
    (call) => ofUser(call, ({ factors }) => ok(factors.map(factorBody))),
  ],
  ['/api/v1/users/:id/groups', 'okta.users.read', (call) => ofUser(call, (user) => groupsOf(call, user))],
  ['/api/v1/users/:id/roles', 'okta.roles.read', (call) => ofUser(call, (user) => rolesOf(call, user))],
  ['/api/v1/groups', 'okta.groups.read', groups],
  [
    '/api/v1/groups/:id',
    'okta.groups.read',
    (call) => ofGroup(call, (group) => ok(groupBody(call.world, group, false))),
  ],
  ['/api/v1/groups/:id/users', 'okta.groups.read', (call) => ofGroup(call, (group) => members(call, group))],
  [
    '/api/v1/groups/:id/roles',
    'okta.roles.read',
    (call) => ofGroup(call, ({ roles }) => ok(roles.map((role) => roleBody(role, 'GROUP')))),
  ],
  ['/api/v1/apps', 'okta.apps.read', (call) => byCursor(call, shownTo(call, call.world.apps), appBody)],
  ['/api/v1/apps/:id', 'okta.apps.read', (call) => ofApp(call, (app) => ok(appBody(app)))],
  [
    '/api/v1/apps/:id/users',
    'okta.apps.read',
    (call) => ofApp(call, (app) => byCursor(call, app.assignments, (one) => appUserBody(app, one))),
  ],
  ['/api/v1/apps/:id/users/:userId', 'okta.apps.read', (call) => ofApp(call, (app) => assignment(call, app))],
  ['/api/v1/iam/assignees/users', 'okta.roles.read', administrators],
];

/** Without a filter leavers are left out. */
function users(call: Call) {
  const [, status] = /^status eq "(\w+)"$/.exec(call.query.get('filter') ?? '') ?? [];
  const found = call.world.users.filter(
    (user) => !user.unlisted && (status === undefined ? user.status !== 'DEPROVISIONED' : user.status === status),
  );
  return byCursor(call, shownTo(call, found), userBody);
}

function groups(call: Call) {
  const [, type] = /^type eq "(\w+)"$/.exec(call.query.get('filter') ?? '') ?? [];
  const found = call.world.groups.filter((group) => type === undefined || group.type === type);
  return byCursor(call, shownTo(call, found), (one) =>
    groupBody(call.world, one, call.query.get('expand') === 'stats'),
  );
}

function members(call: Call, group: WorldGroup) {
  const people = new Map(call.world.users.map((user) => [user.id, user]));
  const found = membersOf(call.world, group).flatMap((id) => people.get(id) ?? []);
  return byCursor(call, found, userBody);
}

function groupsOf(call: Call, { id }: WorldOktaUser) {
  const found = call.world.groups.filter((group) => membersOf(call.world, group).includes(id));
  return ok(found.map((group) => groupBody(call.world, group, false)));
}

function rolesOf({ world }: Call, user: WorldOktaUser) {
  return ok(rolesOfUser(world, user).map((role) => roleBody(role, role.through)));
}

function administrators(call: Call) {
  const found = call.world.users.filter((user) => rolesOfUser(call.world, user).length > 0);
  return byLink(call, found, ({ id }) => ({ id, orn: `orn:okta:directory:${call.world.orgId}:users:${id}` }));
}

function assignment({ parameters }: Call, app: WorldApp) {
  const found = app.assignments.find(({ userId }) => userId === parameters.userId);
  return found === undefined ? notFound() : ok(appUserBody(app, found));
}

function ofUser(call: Call, handle: (user: WorldOktaUser) => ReturnType<typeof ok>) {
  const id = call.parameters.id === 'me' ? call.caller.userId : call.parameters.id;
  const user = call.world.users.find((one) => one.id === id);
  return user === undefined ? notFound() : handle(user);
}

function ofGroup(call: Call, handle: (group: WorldGroup) => ReturnType<typeof ok>) {
  const group = call.world.groups.find(({ id }) => id === call.parameters.id);
  return group === undefined ? notFound() : handle(group);
}

function ofApp(call: Call, handle: (app: WorldApp) => ReturnType<typeof ok>) {
  const app = call.world.apps.find(({ id }) => id === call.parameters.id);
  return app === undefined ? notFound() : handle(app);
}
