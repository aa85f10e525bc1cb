import type { Limit } from '@evidence-fleet/connector-sdk';

/** Paths as Okta documents them, and the OAuth scope that reads each. The first that matches wins. */
const known: readonly { readonly path: string; readonly scope: string }[] = [
  { path: '/api/v1/org', scope: 'okta.orgs.read' },
  { path: '/api/v1/users/{userId}/factors', scope: 'okta.users.read' },
  { path: '/api/v1/users/{userId}/groups', scope: 'okta.users.read' },
  { path: '/api/v1/users/{userId}/roles', scope: 'okta.roles.read' },
  { path: '/api/v1/users/{userId}', scope: 'okta.users.read' },
  { path: '/api/v1/users', scope: 'okta.users.read' },
  { path: '/api/v1/groups/{groupId}/users', scope: 'okta.groups.read' },
  { path: '/api/v1/groups/{groupId}/roles', scope: 'okta.roles.read' },
  { path: '/api/v1/groups/{groupId}', scope: 'okta.groups.read' },
  { path: '/api/v1/groups', scope: 'okta.groups.read' },
  { path: '/api/v1/apps/{appId}/users/{userId}', scope: 'okta.apps.read' },
  { path: '/api/v1/apps/{appId}/users', scope: 'okta.apps.read' },
  { path: '/api/v1/apps/{appId}', scope: 'okta.apps.read' },
  { path: '/api/v1/apps', scope: 'okta.apps.read' },
  { path: '/api/v1/iam/assignees/users', scope: 'okta.roles.read' },
  { path: '/oauth2/v1/clients/{clientId}/roles', scope: 'okta.roles.read' },
  { path: '/api/v1/api-tokens/{tokenId}', scope: 'okta.apiTokens.read' },
  { path: '/api/v1/api-tokens', scope: 'okta.apiTokens.read' },
  { path: '/api/v1/policies/{policyId}/rules', scope: 'okta.policies.read' },
  { path: '/api/v1/policies/{policyId}', scope: 'okta.policies.read' },
  { path: '/api/v1/policies', scope: 'okta.policies.read' },
  { path: '/api/v1/authenticators/{authenticatorId}', scope: 'okta.authenticators.read' },
  { path: '/api/v1/authenticators', scope: 'okta.authenticators.read' },
  { path: '/api/v1/zones/{zoneId}', scope: 'okta.networkZones.read' },
  { path: '/api/v1/zones', scope: 'okta.networkZones.read' },
  { path: '/api/v1/logs', scope: 'okta.logs.read' },
];
const patterns = known.map((one) => ({ ...one, pattern: new RegExp(`^${one.path.replace(/\{\w+\}/g, '[^/]+')}$`) }));

/** Every scope that the connector asks for, sorted. */
export const scopes: readonly string[] = [...new Set(known.map(({ scope }) => scope))].sort();

/** The operation of a request: its method and documented path. */
export function operation(method: string, url: URL): string | undefined {
  const path = patterns.find(({ pattern }) => pattern.test(url.pathname))?.path;
  return path === undefined ? undefined : `${method} ${path}`;
}

/** The OAuth scope that a path is read with. */
export function scopeOf(url: URL): string {
  return patterns.find(({ pattern }) => pattern.test(url.pathname))?.scope ?? 'that the call needs';
}

/**
 * Default buckets of an organization, calls a minute, as an Enterprise plan has them; every answer tells what this one has, and the
 * smaller wins. Operations are matched by prefix, so that longer paths stand before shorter ones.
 * https://developer.okta.com/docs/reference/rl-global-mgmt/
 */
export const limits: readonly Limit[] = [
  bucket('logs', 50, ['GET /api/v1/logs']),
  bucket('apps', 100, ['GET /api/v1/apps']),
  bucket('api', 600, ['GET /api/v1/users/{userId}/', 'GET /api/v1/groups/{groupId}/']),
  bucket('user', 1000, ['GET /api/v1/users/{userId}']),
  bucket('users', 600, ['GET /api/v1/users']),
  bucket('group', 600, ['GET /api/v1/groups/{groupId}']),
  bucket('groups', 600, ['GET /api/v1/groups']),
  bucket('clients', 100, ['GET /oauth2/v1/clients']),
  bucket('token', 600, ['POST /oauth2/v1/token']),
  bucket('other', 600),
];

function bucket(name: string, requests: number, operations?: readonly string[]): Limit {
  const docs = 'https://developer.okta.com/docs/reference/rl-global-mgmt/';
  return { name, requests, perMs: 60_000, docs, ...(operations && { operations }) };
}
