import { generateJiraWorld, type JiraWorld, jiraTruth, startJira } from '@evidence-fleet/testbed';
import { resourcesOf } from './resource.ts';
import type { OpenWorld } from './world.ts';

const purposes = { change: 'type = Change OR labels = triaged', security: 'type = Bug AND labels = security' };

/** A small Jira with three items a page: three pages of each list, one resource of each kind that goes, comes and changes. */
export async function openJiraWorld(): Promise<OpenWorld> {
  const size = { users: 8, groups: 8, projects: 8, permissionSchemes: 8, issues: 16, auditRecords: 8 };
  const world = generateJiraWorld({ seed: 11, ...size, now: new Date() });
  const [token, narrow] = world.tokens;
  if (token === undefined || narrow === undefined) throw new Error('the world is empty');
  const jira = await startJira(world, { pageSize: 3 });
  return {
    world: {
      connector: 'jira',
      kind: 'api_token',
      secrets: { email: token.email, token: token.secret },
      settings: { siteUrl: world.siteUrl, issues: purposes },
      upstream: jira.url,
      narrowToken: Buffer.from(`${narrow.email}:${narrow.secret}`).toString('base64'),
    },
    changes: [
      // Jira does not tell what was deleted from what is hidden: the second pass that misses it decides.
      async () => removeHidden(world),
      async () => changeAll(world),
    ],
    resources: () =>
      resourcesOf(jiraTruth(world, purposes), ({ type, key }) => (type === 'jira.issue_purpose' ? String(key[0]) : '')),
    close: () => jira.close(),
  };
}

/** A project with its issues, an issue and a permission scheme are deleted. */
function removeHidden(world: JiraWorld): void {
  const [gone] = world.projects.splice(3, 1);
  world.issues = world.issues.filter(({ projectId }) => projectId !== gone?.id);
  world.issues.splice(4, 1);
  world.permissionSchemes.splice(3, 1);
}

/** Somebody leaves, somebody is gone for good, somebody comes; so with groups, projects, schemes and issues. */
function changeAll(world: JiraWorld): void {
  const instant = new Date().toISOString();
  const [owner, , third] = world.users;
  const gone = world.users.at(-1);
  const [group, project, scheme] = [world.groups[1], world.projects[0], world.permissionSchemes[0]];
  const bugs = world.issues.filter(({ type }) => type === 'Bug');
  const [first, second] = bugs;
  const [record] = world.auditRecords;
  if (!owner || !third || !gone || !group || !project || !scheme || !first || !second || !record) {
    throw new Error('the world is too small');
  }
  third.active = false;
  world.users.pop();
  for (const one of world.groups) one.memberIds = one.memberIds.filter((id) => id !== gone.accountId);
  world.users.push({ ...owner, accountId: '712020:new', displayName: 'New', globalPermissions: [] });
  group.memberIds = ['712020:new', ...group.memberIds.slice(1)];
  world.groups.splice(2, 1); // so few members that not too many are missing at once
  world.groups.push({ groupId: 'group-new', name: 'new', memberIds: [owner.accountId] });
  project.name = 'Renamed';
  for (const role of project.roles) role.actors = [{ userId: owner.accountId }];
  world.projects.push({ ...project, id: '19999', key: 'NEW', status: 'live', hiddenFrom: [] });
  scheme.grants = [{ permission: 'BROWSE_PROJECTS', holderType: 'anyone', holder: null }];
  world.permissionSchemes.push({ ...scheme, id: 19_999, name: 'new' });
  first.changes.push({ id: '999998', at: instant, authorId: owner.accountId, from: first.status, to: 'Done' });
  Object.assign(first, { status: 'Done', updatedAt: instant });
  Object.assign(second, { labels: ['other'], updatedAt: instant });
  world.issues.push({ ...first, id: '29999', key: 'PRJ0-999', createdAt: instant, updatedAt: instant, changes: [] });
  world.auditRecords.push({ ...record, id: 9999, createdAt: instant });
}
