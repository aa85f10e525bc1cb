import type { TrueEvidence } from '../github/truth-of-repository.ts';
import { type Condition, parseJql } from './jql.ts';
import type { JiraWorld, WorldIssue, WorldPermissionScheme } from './world.ts';

/** The JQL of each purpose that is collected; security by default, as the connector has it. */
export type WorldPurposes = Readonly<Record<string, string>>;
const defaultPurposes: WorldPurposes = { security: 'type = Bug AND labels = security' };

/**
 * What the ledger must hold of the site, worked out from the world without the connector's code. Unlisted users are not left out: they
 * exist. Lists whose order means nothing are sorted by their JSON, as the ledger has them.
 */
export function jiraTruth(world: JiraWorld, purposes: WorldPurposes = defaultPurposes): TrueEvidence[] {
  return [
    ...truthOfSite(world),
    ...world.users.map(({ accountId, accountType, active, displayName }) => ({
      type: 'jira.user',
      key: [accountId],
      material: { accountId, accountType, active, displayName },
    })),
    ...world.groups.flatMap(({ groupId, name, memberIds }) => [
      { type: 'jira.group', key: [groupId], material: { groupId, name } },
      ...memberIds.map((accountId) => ({
        type: 'jira.group_member',
        key: [groupId, accountId],
        material: { groupId, accountId },
      })),
    ]),
    ...truthOfProjects(world),
    ...truthOfIssues(world, purposes),
  ];
}

function truthOfSite({ cloudId, siteUrl, permissionSchemes, auditRecords }: JiraWorld): TrueEvidence[] {
  return [
    {
      type: 'jira.server_info',
      key: [cloudId],
      material: { cloudId, baseUrl: siteUrl, deploymentType: 'Cloud', title: 'Jira' },
    },
    ...permissionSchemes.map(({ id, name, grants }) => ({
      type: 'jira.permission_scheme',
      key: [id],
      material: { schemeId: id, name, projectId: null, grants: byJson(grants.map(inOrder)) },
    })),
    ...auditRecords.map(({ id, createdAt, summary, authorId, objectId }) => ({
      type: 'jira.audit_record',
      key: [id],
      material: {
        ...{ recordId: id, created: createdAt, category: 'user management', eventSource: null, summary, authorId },
        ...{ remoteAddress: '203.0.113.7', objectType: 'GROUP', objectId, changedFields: ['Username'] },
      },
    })),
  ];
}

function truthOfProjects({ projects }: JiraWorld): TrueEvidence[] {
  return projects.flatMap(({ id, key, name, type, style, isPrivate, status, leadId, roles }) => [
    {
      type: 'jira.project',
      key: [id],
      material: { projectId: id, projectKey: key, name, type, style, isPrivate, status, leadAccountId: leadId },
    },
    ...(status === 'deleted' ? [] : roles).flatMap((role) =>
      role.actors.map((actor) => {
        const [actorType, actorId] = 'userId' in actor ? ['user', actor.userId] : ['group', actor.groupId];
        return {
          type: 'jira.project_role_actor',
          key: [id, role.id, actorType ?? '', actorId ?? ''],
          material: { projectId: id, roleId: role.id, roleName: role.name, actorType, actorId },
        };
      }),
    ),
  ]);
}

function truthOfIssues(world: JiraWorld, purposes: WorldPurposes): TrueEvidence[] {
  const conditions = Object.entries(purposes).map(([purpose, jql]): [string, Condition] => {
    const condition = parseJql(world, jql, 'UTC');
    if (condition === null) throw new Error(`the simulator does not understand ${jql}`);
    return [purpose, condition];
  });
  return world.issues.flatMap((issue) => {
    const matched = conditions.flatMap(([purpose, condition]) => (condition(issue) ? [purpose] : [])).sort();
    if (matched.length === 0) return [];
    return [
      truthOfIssue(issue, matched),
      ...matched.map((purpose) => ({
        type: 'jira.issue_purpose',
        key: [purpose, issue.id],
        material: { purpose, issueId: issue.id },
      })),
      ...truthOfChanges(issue),
    ];
  });
}

const categories = { 'To Do': 'new', 'In Progress': 'indeterminate', Done: 'done' };

function truthOfIssue(issue: WorldIssue, purposes: readonly string[]): TrueEvidence {
  return {
    type: 'jira.issue',
    key: [issue.id],
    material: {
      ...{ issueId: issue.id, issueKey: issue.key, projectId: issue.projectId, type: issue.type },
      ...{ status: issue.status, statusCategory: categories[issue.status], priority: issue.priority },
      ...{ labels: issue.labels.toSorted(), purposes, created: issue.createdAt, resolution: issue.resolution },
      ...{ resolutionDate: issue.resolvedAt, dueDate: issue.dueDate },
      ...{ assigneeAccountId: issue.assigneeId, reporterAccountId: issue.reporterId },
      mentions: mentionsOf(issue),
    },
  };
}

/** As whoever made the world put them in. */
function mentionsOf({ summary, description }: WorldIssue): string[] {
  const [cve] = summary.split(' ').filter((word) => word.startsWith('CVE-'));
  const alerts = description.flatMap((line) =>
    line.startsWith('https://github.com/') ? [line.slice('https://github.com/'.length)] : [],
  );
  return [...alerts, ...(cve === undefined ? [] : [cve])].map((one) => one.toLowerCase()).toSorted();
}

const statusIds = { 'To Do': '1', 'In Progress': '3', Done: '5' };

function truthOfChanges({ id: issueId, changes }: WorldIssue): TrueEvidence[] {
  return changes.map(({ id, at, authorId, from, to }) => ({
    type: 'jira.issue_change',
    key: [issueId, id],
    material: {
      ...{ issueId, changeId: id, changed: at, authorAccountId: authorId },
      changes: [{ field: 'status', fromId: statusIds[from], from, toId: statusIds[to], to }],
    },
  }));
}

/** Fields by the alphabet, so that the JSON is the canonical one. */
function inOrder({ holder, holderType, permission }: WorldPermissionScheme['grants'][number]) {
  return { holder, holderType, permission };
}

function byJson<T>(list: readonly T[]): T[] {
  return list.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}
