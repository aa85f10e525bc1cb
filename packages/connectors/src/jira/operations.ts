import type { Limit } from '@evidence-fleet/connector-sdk';

const access = 'access to Jira';
const users = 'Browse users and groups (global permission)';
const administer = 'Administer Jira (global permission)';
const browse = 'Browse projects, in every project';
export const permissions = { access, users, administer, browse } as const;

/** Paths as Jira documents them, and the permission that reads each, in Jira's words. The first that matches wins. */
const known: readonly { readonly path: string; readonly permission: string }[] = [
  { path: '/_edge/tenant_info', permission: access },
  { path: '/rest/api/3/myself', permission: access },
  { path: '/rest/api/3/mypermissions', permission: access },
  { path: '/rest/api/3/serverInfo', permission: access },
  { path: '/rest/api/3/users/search', permission: users },
  { path: '/rest/api/3/user', permission: users },
  { path: '/rest/api/3/user/groups', permission: users },
  { path: '/rest/api/3/group/bulk', permission: users },
  { path: '/rest/api/3/group/member', permission: users },
  { path: '/rest/api/3/project/search', permission: administer },
  { path: '/rest/api/3/project/{projectIdOrKey}', permission: administer },
  { path: '/rest/api/3/project/{projectIdOrKey}/role', permission: administer },
  { path: '/rest/api/3/project/{projectIdOrKey}/role/{id}', permission: administer },
  { path: '/rest/api/3/permissionscheme', permission: administer },
  { path: '/rest/api/3/permissionscheme/{schemeId}', permission: administer },
  { path: '/rest/api/3/search/jql', permission: browse },
  { path: '/rest/api/3/jql/match', permission: browse },
  { path: '/rest/api/3/changelog/bulkfetch', permission: browse },
  { path: '/rest/api/3/issue/{issueIdOrKey}', permission: browse },
  { path: '/rest/api/3/auditing/record', permission: administer },
];
const patterns = known.map((one) => ({ ...one, pattern: new RegExp(`^${one.path.replace(/\{\w+\}/g, '[^/]+')}$`) }));

/** The operation of a request: its method and documented path. */
export function operation(method: string, url: Pick<URL, 'pathname'>): string | undefined {
  const path = patterns.find(({ pattern }) => pattern.test(url.pathname))?.path;
  return path === undefined ? undefined : `${method} ${path}`;
}

/** The permission that a path is read with. */
export function permissionOf(url: Pick<URL, 'pathname'>): string {
  return patterns.find(({ pattern }) => pattern.test(url.pathname))?.permission ?? access;
}

const docs = 'https://developer.atlassian.com/cloud/jira/platform/rate-limiting/';

/** Jira limits each endpoint of a site by calls a second; calls with an API token have no hourly quota. All endpoints together keep to the limit of one. */
export const limits: readonly Limit[] = [{ name: 'burst', requests: 100, perMs: 1000, docs }];
