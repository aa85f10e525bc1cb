import { z } from 'zod';

/**
 * The parts of Jira's answers that the streams read; everything else is dropped at this door. Texts that people write (summaries,
 * descriptions, comments) are not even asked for.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/
 */
const id = z.string().min(1);
const account = z.object({ accountId: id }).nullish();

/** https://support.atlassian.com/jira/kb/retrieve-my-atlassian-sites-cloud-id/ */
export const TenantInfo = z.object({ cloudId: id });

export const Myself = z.object({ accountId: id, timeZone: z.string().min(1) });

export const MyPermissions = z.object({ permissions: z.record(z.string(), z.object({ havePermission: z.boolean() })) });

export const ServerInfo = z.object({
  baseUrl: z.string(),
  deploymentType: z.string().nullish(),
  version: z.string().nullish(),
  buildNumber: z.int().nullish(),
  serverTitle: z.string().nullish(),
});

export const User = z.object({
  accountId: id,
  accountType: z.string().nullish(),
  active: z.boolean(),
  displayName: z.string().nullish(),
});

export const AccountId = z.object({ accountId: id });

export const Group = z.object({ groupId: id, name: z.string() });

export const Project = z.object({
  id,
  key: z.string(),
  name: z.string(),
  projectTypeKey: z.string().nullish(),
  style: z.string().nullish(),
  isPrivate: z.boolean().nullish(),
  archived: z.boolean().nullish(),
  deleted: z.boolean().nullish(),
  lead: account,
});

/** Names of roles and the address of each, which ends in its id. */
export const RoleAddresses = z.record(z.string(), z.string().regex(/\/role\/\d+$/));

export const Role = z.object({
  id: z.int(),
  name: z.string(),
  actors: z.array(
    z.union([
      z.object({ actorUser: z.object({ accountId: id }) }),
      z.object({ actorGroup: z.object({ groupId: id, name: z.string() }) }),
    ]),
  ),
});

export const PermissionScheme = z.object({
  id: z.int(),
  name: z.string(),
  scope: z.object({ project: z.object({ id }).nullish() }).nullish(),
  permissions: z.array(
    z.object({
      permission: z.string(),
      holder: z.object({ type: z.string(), parameter: z.string().nullish(), value: z.string().nullish() }),
    }),
  ),
});

export const PermissionSchemes = z.object({ permissionSchemes: z.array(PermissionScheme) });

export const IssueId = z.object({ id });

const named = z.object({ name: z.string() });

export const Issue = z.object({
  id,
  key: z.string(),
  fields: z.object({
    project: z.object({ id }),
    issuetype: named,
    status: named.extend({ statusCategory: z.object({ key: z.string() }) }),
    priority: named.nullish(),
    labels: z.array(z.string()),
    created: z.string(),
    updated: z.string(),
    resolution: named.nullish(),
    resolutiondate: z.string().nullish(),
    duedate: z.string().nullish(),
    assignee: account,
    reporter: account,
    summary: z.string().nullish(),
    /** A document in Atlassian's format: https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/ */
    description: z.unknown(),
  }),
});

export const Changelogs = z.object({
  issueChangeLogs: z.array(
    z.object({
      issueId: id,
      changeHistories: z.array(
        z.object({
          id,
          author: account,
          // In milliseconds since 1970, or as a date.
          created: z.union([z.number(), z.string()]),
          items: z.array(
            z.object({
              fieldId: z.string().nullish(),
              field: z.string(),
              from: z.string().nullish(),
              fromString: z.string().nullish(),
              to: z.string().nullish(),
              // A plain object answers `toString` with a function where the field is missing.
              toString: z.preprocess((value) => (typeof value === 'function' ? null : value), z.string().nullish()),
            }),
          ),
        }),
      ),
    }),
  ),
  nextPageToken: z.string().nullish(),
});

export const AuditRecords = z.object({
  total: z.int().nonnegative(),
  records: z.array(
    z.object({
      id: z.int(),
      created: z.string(),
      category: z.string().nullish(),
      eventSource: z.string().nullish(),
      summary: z.string().nullish(),
      authorKey: z.string().nullish(),
      authorAccountId: z.string().nullish(),
      remoteAddress: z.string().nullish(),
      objectItem: z
        .object({ id: z.string().nullish(), typeName: z.string().nullish(), name: z.string().nullish() })
        .nullish(),
      changedValues: z.array(z.object({ fieldName: z.string().nullish() })).nullish(),
    }),
  ),
});
