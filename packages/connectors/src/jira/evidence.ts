import { defineEvidence } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import { purposes } from './settings.ts';

/** Jira's ids are immutable; keys of issues and projects and names of groups change, so no evidence key holds one. */
const id = z.string().min(1);
/** UTC, in milliseconds, so that the strings compare like the times. */
const when = z.iso.datetime();
const text = z.string().nullable();

export const serverInfo = defineEvidence({
  name: 'jira.server_info',
  title: 'The site and its kind of deployment',
  version: 1,
  mode: 'snapshot',
  key: ['cloudId'],
  schema: z.object({
    cloudId: id,
    baseUrl: z.string(),
    deploymentType: text,
    title: text,
    /** Moves with every release of Atlassian's. */
    version: text,
    buildNumber: z.int().nullable(),
  }),
  observed: ['version', 'buildNumber'],
});

export const user = defineEvidence({
  name: 'jira.user',
  title: 'Accounts that the site knows, leavers and apps included',
  version: 1,
  mode: 'snapshot',
  key: ['accountId'],
  schema: z.object({
    accountId: id,
    /** atlassian: a person; app; customer: of a service desk. */
    accountType: text,
    active: z.boolean(),
    /** null: hidden by the privacy settings of the person. */
    displayName: text,
  }),
});

export const group = defineEvidence({
  name: 'jira.group',
  title: 'Groups',
  version: 1,
  mode: 'snapshot',
  key: ['groupId'],
  schema: z.object({ groupId: id, name: z.string() }),
});

export const groupMember = defineEvidence({
  name: 'jira.group_member',
  title: 'Who is a member of which group, inactive accounts included',
  version: 1,
  mode: 'snapshot',
  key: ['groupId', 'accountId'],
  schema: z.object({ groupId: id, accountId: id }),
});

export const project = defineEvidence({
  name: 'jira.project',
  title: 'Projects, archived and deleted ones included',
  version: 1,
  mode: 'snapshot',
  key: ['projectId'],
  schema: z.object({
    projectId: id,
    projectKey: z.string(),
    name: z.string(),
    /** software, service_desk or business. */
    type: text,
    /** classic: company-managed; next-gen: team-managed. */
    style: text,
    isPrivate: z.boolean().nullable(),
    /** deleted: in the trash, from which Jira takes it for good after 60 days. */
    status: z.enum(['live', 'archived', 'deleted']),
    leadAccountId: text,
  }),
});

export const projectRoleActor = defineEvidence({
  name: 'jira.project_role_actor',
  title: 'Who holds which role in a project',
  version: 1,
  mode: 'snapshot',
  key: ['projectId', 'roleId', 'actorType', 'actorId'],
  schema: z.object({
    projectId: id,
    roleId: z.int(),
    roleName: z.string(),
    actorType: z.enum(['user', 'group']),
    /** An account id or a group id. */
    actorId: id,
  }),
});

export const permissionScheme = defineEvidence({
  name: 'jira.permission_scheme',
  title: 'Permission schemes and whom they grant what',
  version: 1,
  mode: 'snapshot',
  key: ['schemeId'],
  schema: z.object({
    schemeId: z.int(),
    name: z.string(),
    /** Of a team-managed project's own scheme. */
    projectId: text,
    grants: z.array(
      z.object({
        /** The holder's id, where its type has one. */
        holder: text,
        /** anyone, applicationRole, group, projectRole, user, … */
        holderType: z.string(),
        permission: z.string(),
      }),
    ),
  }),
  unordered: ['grants'],
});

export const issue = defineEvidence({
  name: 'jira.issue',
  title: 'Issues of the configured purposes, without anything that people wrote into them',
  version: 1,
  mode: 'incremental',
  key: ['issueId'],
  cursor: 'readTo',
  schema: z.object({
    issueId: id,
    issueKey: z.string(),
    projectId: id,
    type: z.string(),
    status: z.string(),
    /** new, indeterminate (in progress) or done. */
    statusCategory: z.string(),
    priority: text,
    labels: z.array(z.string()),
    /** Whose JQL it matched when it was last updated; whether it does so today is told by `jira.issue_purpose`. */
    purposes: z.array(z.enum(purposes)),
    created: when,
    resolution: text,
    resolutionDate: when.nullable(),
    dueDate: text,
    assigneeAccountId: text,
    reporterAccountId: text,
    /** Alerts and vulnerabilities that summary or description name, in small letters; of what people wrote nothing else is kept. */
    mentions: z.array(z.string()),
    /** Moves with every comment. */
    updated: when,
    /** `updated`, or the beginning of the pass where that is earlier: what is updated while a pass goes on belongs to the next one, too. */
    readTo: when,
  }),
  observed: ['updated', 'readTo'],
  unordered: ['labels', 'purposes', 'mentions'],
});

export const issuePurpose = defineEvidence({
  name: 'jira.issue_purpose',
  title: 'Which issues match the JQL of a purpose today',
  version: 1,
  mode: 'snapshot',
  key: ['purpose', 'issueId'],
  schema: z.object({ purpose: z.enum(purposes), issueId: id }),
});

export const issueChange = defineEvidence({
  name: 'jira.issue_change',
  title: 'Changes of status and resolution: who, when, from what to what',
  version: 1,
  mode: 'event',
  key: ['issueId', 'changeId'],
  cursor: 'changed',
  schema: z.object({
    issueId: id,
    changeId: id,
    changed: when,
    /** null: an anonymous or deleted author. */
    authorAccountId: text,
    changes: z.array(
      z.object({
        field: z.enum(['status', 'resolution']),
        fromId: text,
        from: text,
        toId: text,
        to: text,
      }),
    ),
  }),
  unordered: ['changes'],
});

export const auditRecord = defineEvidence({
  name: 'jira.audit_record',
  title: 'Records of the audit log',
  version: 1,
  mode: 'event',
  key: ['recordId'],
  cursor: 'created',
  schema: z.object({
    recordId: z.int(),
    created: when,
    category: text,
    eventSource: text,
    /** What happened, in Jira's own words. */
    summary: text,
    authorId: text,
    remoteAddress: text,
    objectType: text,
    objectId: text,
    /** Names of the fields that changed, without their values: these may hold anything that people wrote. */
    changedFields: z.array(z.string()),
  }),
  unordered: ['changedFields'],
});
