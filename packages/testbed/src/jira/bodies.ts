import type {
  JiraWorld,
  WorldAuditRecord,
  WorldChange,
  WorldIssue,
  WorldJiraUser,
  WorldPermissionScheme,
  WorldProject,
  WorldProjectRole,
} from './world.ts';

/** What Jira shows of each thing: https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/ */
export function userBody({ accountId, accountType, active, displayName }: WorldJiraUser) {
  return { self: 'https://acme.atlassian.net/rest/api/3/user', accountId, accountType, active, displayName };
}

export function projectBody(world: JiraWorld, { status, leadId, ...project }: WorldProject) {
  const { id, key, name, type, style, isPrivate } = project;
  const lead = world.users.find(({ accountId }) => accountId === leadId);
  return {
    ...{ id, key, name, projectTypeKey: type, style, isPrivate, simplified: style === 'next-gen' },
    ...(status === 'archived' ? { archived: true } : {}),
    ...(status === 'deleted' ? { deleted: true } : {}),
    ...(lead === undefined ? {} : { lead: userBody(lead) }),
  };
}

export function roleBody(world: JiraWorld, { id, name, actors }: WorldProjectRole) {
  return {
    id,
    name,
    actors: actors.map((actor, index) => {
      if ('userId' in actor) {
        const displayName =
          world.users.find(({ accountId }) => accountId === actor.userId)?.displayName ?? 'Former user';
        const type = 'atlassian-user-role-actor';
        return { id: index + 1, displayName, type, actorUser: { accountId: actor.userId } };
      }
      const name = world.groups.find(({ groupId }) => groupId === actor.groupId)?.name ?? 'gone';
      const actorGroup = { groupId: actor.groupId, name, displayName: name };
      return { id: index + 1, displayName: name, name, type: 'atlassian-group-role-actor', actorGroup };
    }),
  };
}

export function schemeBody({ id, name, grants }: WorldPermissionScheme) {
  return {
    id,
    name,
    permissions: grants.map(({ permission, holderType, holder }, index) => ({
      id: id * 100 + index,
      permission,
      holder: { type: holderType, ...(holder === null ? {} : { parameter: `name of ${holder}`, value: holder }) },
    })),
  };
}

const categories = { 'To Do': 'new', 'In Progress': 'indeterminate', Done: 'done' } as const;
const statusIds = { 'To Do': '1', 'In Progress': '3', Done: '5' } as const;
/** Jira writes times with an offset. */
const withOffset = (time: string) => time.replace('Z', '+0000');

/** A paragraph a line; an address is a link on a word, as people write it. https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/ */
function documentOf(lines: readonly string[]) {
  const content = lines.map((line) =>
    line.startsWith('https://')
      ? { type: 'text', text: 'the alert', marks: [{ type: 'link', attrs: { href: line } }] }
      : { type: 'text', text: line },
  );
  return { version: 1, type: 'doc', content: content.map((one) => ({ type: 'paragraph', content: [one] })) };
}

/** With these fields; of `id` alone, nothing but the id. */
export function issueBody(issue: WorldIssue, wanted: readonly string[]) {
  if (wanted.every((name) => name === 'id')) return { id: issue.id };
  const fields: Readonly<Record<string, unknown>> = {
    project: { id: issue.projectId },
    issuetype: { name: issue.type },
    status: { name: issue.status, statusCategory: { key: categories[issue.status] } },
    priority: issue.priority === null ? null : { name: issue.priority },
    labels: issue.labels,
    created: withOffset(issue.createdAt),
    updated: withOffset(issue.updatedAt),
    resolution: issue.resolution === null ? null : { name: issue.resolution },
    resolutiondate: issue.resolvedAt === null ? null : withOffset(issue.resolvedAt),
    duedate: issue.dueDate,
    assignee: issue.assigneeId === null ? null : { accountId: issue.assigneeId },
    reporter: { accountId: issue.reporterId },
    summary: issue.summary,
    description: issue.description.length === 0 ? null : documentOf(issue.description),
  };
  const shown = Object.entries(fields).filter(([name]) => wanted.includes(name));
  return { id: issue.id, key: issue.key, fields: Object.fromEntries(shown) };
}

export function changeBody({ id, at, authorId, from, to }: WorldChange) {
  const ids = { from: statusIds[from], to: statusIds[to] };
  const item = { field: 'status', fieldId: 'status', fieldtype: 'jira', ...ids, fromString: from, toString: to };
  return { id, created: at, author: { accountId: authorId, active: true }, items: [item] };
}

export function auditBody({ id, createdAt, summary, authorId, objectId }: WorldAuditRecord) {
  return {
    ...{ id, created: createdAt, summary, authorKey: authorId, remoteAddress: '203.0.113.7' },
    ...{
      category: 'user management',
      eventSource: '',
      objectItem: { id: objectId, name: 'a group', typeName: 'GROUP' },
    },
    changedValues: [{ fieldName: 'Username', changedFrom: '', changedTo: 'a person' }],
  };
}
