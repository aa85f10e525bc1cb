import { defineConnector } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import { jiraCalls } from './calls.ts';
import { createJira } from './client.ts';
import { mapError, readQuota } from './errors.ts';
import { limits, operation } from './operations.ts';
import { settings } from './settings.ts';
import { auditRecords } from './streams/audit-records.ts';
import { groupMembers } from './streams/group-members.ts';
import { groups } from './streams/groups.ts';
import { issueChanges } from './streams/issue-changes.ts';
import { issuePurposes } from './streams/issue-purposes.ts';
import { issues } from './streams/issues.ts';
import { permissionSchemes } from './streams/permission-schemes.ts';
import { projectRoleActors } from './streams/project-role-actors.ts';
import { projects } from './streams/projects.ts';
import { serverInfos } from './streams/server-info.ts';
import { users } from './streams/users.ts';
import { held } from './view.ts';

/** One Jira Cloud site, read with the API token of a user. */
export const jira = defineConnector({
  id: 'jira',
  title: 'Jira Cloud',
  version: 1,
  auth: {
    api_token: {
      title: 'API token of a user',
      secrets: z.object({ email: z.email(), token: z.string().trim().min(1) }),
      // After a year at most. https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/
      ends: 'untold',
    },
  },
  settings,
  scopeSettings: ['siteUrl', 'issues'],
  limits,
  calls: jiraCalls,
  concurrency: 4,
  schedule: { defaultHours: 6, minHours: 1, maxHours: 24 },
  hosts: ({ siteUrl }) => [new URL(siteUrl).hostname],
  connect({ credentials, settings }, runtime) {
    const apiUrl = (runtime.endpoint ?? new URL(settings.siteUrl).origin).replace(/\/+$/, '');
    return createJira({ settings, email: credentials.email, token: credentials.token, apiUrl }, runtime);
  },
  /** What a user is shown depends on the user as much as on global permissions, so both are part of the proof of absence. */
  check: async (client) => {
    const cloudId = await client.cloudId();
    const { accountId } = await client.myself();
    const grants = [`user:${accountId}`, ...(await held(client))];
    return {
      account: { id: cloudId, title: new URL(client.settings.siteUrl).hostname },
      quotaScope: `jira:${cloudId}`,
      grants: grants.sort(),
    };
  },
  mapError,
  readQuota,
  operation,
  streams: [
    auditRecords,
    groupMembers,
    groups,
    issueChanges,
    issuePurposes,
    issues,
    permissionSchemes,
    projectRoleActors,
    projects,
    serverInfos,
    users,
  ],
});
