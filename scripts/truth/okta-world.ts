import { generateOktaWorld, type OktaWorld, oktaTruth, startOkta } from '@evidence-fleet/testbed';
import { resourcesOf } from './resource.ts';
import type { OpenWorld } from './world.ts';

/** A small Okta with three items a page: three pages of each list, one resource of each kind that goes, comes and changes. */
export async function openOktaWorld(): Promise<OpenWorld> {
  const size = { users: 10, groups: 8, apps: 8, policies: 8, zones: 8, events: 8 };
  const world = generateOktaWorld({ seed: 11, ...size, now: new Date() });
  const [token] = world.tokens;
  const narrow = world.users.find(({ roles }, nth) => nth > 0 && roles.length === 0);
  if (token === undefined || narrow === undefined) throw new Error('the world is empty');
  Object.assign(narrow, { status: 'ACTIVE', roles: [{ id: 'narrow-role', type: 'USER_ADMIN' }] });
  const narrowToken = 'narrow-token-of-a-lesser-administrator';
  world.tokens.push({ ...token, id: '00Tnarrow', secret: narrowToken, userId: narrow.id });
  const okta = await startOkta(world, { pageSize: 3 });
  return {
    world: {
      connector: 'okta',
      kind: 'ssws',
      secrets: { token: token.secret },
      settings: { orgUrl: world.orgUrl },
      upstream: okta.url,
      narrowToken,
    },
    changes: [async () => changeAll(world)],
    resources: () => resourcesOf(oktaTruth(world), () => ''),
    close: () => okta.close(),
  };
}

/** Somebody leaves, somebody is gone for good, somebody comes; so with groups, apps, tokens, policies, zones and authenticators. */
function changeAll(world: OktaWorld): void {
  const instant = new Date().toISOString();
  const [owner, second, third] = world.users;
  const gone = world.users.at(-1);
  const [group, app, zone, policy, token] = [
    world.groups[2],
    world.apps[1],
    world.zones[1],
    world.policies[1],
    world.tokens[1],
  ];
  const event = world.events[0];
  if (!owner || !second || !third || !gone || !group || !app || !zone || !policy || !token || !event) {
    throw new Error('the world is too small');
  }
  world.users.pop();
  for (const one of world.groups) one.memberIds = one.memberIds.filter((id) => id !== gone.id);
  for (const one of world.apps) one.assignments = one.assignments.filter(({ userId }) => userId !== gone.id);
  second.factors = [];
  world.users.push({ ...owner, id: '00unew', login: 'new@example.com', roles: [], factors: [] });
  group.memberIds = ['00unew', ...group.memberIds.slice(1)];
  world.groups.splice(4, 1);
  world.groups.push({ ...group, id: '00gnew', name: 'new', memberIds: [owner.id], roles: [] });
  app.assignments = [{ userId: '00unew', scope: 'USER' }, ...app.assignments.slice(1)];
  world.apps.splice(4, 1);
  world.apps.push({ ...app, id: '0oanew', label: 'New', assignments: [] });
  world.tokens.splice(2, 1);
  world.tokens.push({ ...token, id: '00Tnew', secret: 'secret-of-the-new-token' });
  for (const type of ['PASSWORD', 'OKTA_SIGN_ON', 'MFA_ENROLL'] as const) {
    const at = world.policies.findIndex((one) => one.type === type);
    world.policies.splice(at, 1);
  }
  policy.minimumLength = 20;
  world.zones.splice(4, 1);
  zone.gateways = ['203.0.113.0/24'];
  world.authenticators.splice(1, 1);
  owner.roles.push({ id: 'new-role', type: 'APP_ADMIN' });
  world.events.push({ ...event, uuid: 'new-event', published: instant });
}
