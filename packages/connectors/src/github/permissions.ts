/** What an evidence type needs to be read. */
interface Access {
  /** Scopes of a classic personal access token. https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps */
  readonly scopes: readonly [Scope, ...Scope[]];
  /** Permissions of a GitHub App or a fine-grained token, all to read. https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps */
  readonly app: readonly [AppPermission, ...AppPermission[]];
  /** What a scope alone does not say. */
  readonly note?: string;
}

export type Scope = 'admin:org' | 'admin:org_hook' | 'read:org' | 'read:repo_hook' | 'repo' | 'security_events';

/** By the name that a manifest uses: where it is set, and its title there. */
export const appPermissions = {
  actions: 'repository Actions',
  administration: 'repository Administration',
  contents: 'repository Contents',
  members: 'organization Members',
  metadata: 'repository Metadata',
  organization_administration: 'organization Administration',
  organization_hooks: 'organization Webhooks',
  pull_requests: 'repository Pull requests',
  repository_hooks: 'repository Webhooks',
  secret_scanning_alerts: 'repository Secret scanning alerts',
  security_events: 'repository Code scanning alerts',
  vulnerability_alerts: 'repository Dependabot alerts',
} as const;

export type AppPermission = keyof typeof appPermissions;

const owner = 'held by an owner of the organization';

/** Least privilege by evidence type. */
export const access = {
  'github.branch_protection': { scopes: ['repo'], app: ['metadata', 'administration'] },
  'github.code_scanning_alert': { scopes: ['security_events'], app: ['security_events'], note: owner },
  'github.collaborator': { scopes: ['read:org', 'repo'], app: ['metadata'], note: owner },
  'github.commit_signature': { scopes: ['repo'], app: ['metadata', 'contents'] },
  'github.dependabot_alert': { scopes: ['security_events'], app: ['vulnerability_alerts'] },
  'github.org_member': { scopes: ['read:org'], app: ['members'], note: owner },
  'github.organization': { scopes: ['admin:org'], app: ['organization_administration'], note: 'read:org tells less' },
  'github.outside_collaborator': { scopes: ['read:org'], app: ['members'], note: owner },
  'github.pull_request': { scopes: ['repo'], app: ['metadata', 'pull_requests'] },
  'github.repository': { scopes: ['repo'], app: ['metadata', 'administration'] },
  'github.ruleset': { scopes: ['repo'], app: ['metadata'], note: 'who may bypass is told to administrators only' },
  'github.secret_scanning_alert': { scopes: ['security_events'], app: ['secret_scanning_alerts'], note: owner },
  'github.team': { scopes: ['read:org'], app: ['members'], note: owner },
  'github.team_member': { scopes: ['read:org'], app: ['members'], note: owner },
  'github.webhook': {
    scopes: ['admin:org_hook', 'read:repo_hook', 'repo'],
    app: ['metadata', 'organization_hooks', 'repository_hooks'],
    note: owner,
  },
  'github.workflow_run': { scopes: ['repo'], app: ['metadata', 'actions'] },
} as const satisfies Readonly<Record<string, Access>>;

export type GitHubEvidence = keyof typeof access;

/** The permissions of an evidence type as `fleet connectors show` prints them. */
export function permissionsOf(evidence: GitHubEvidence): readonly string[] {
  const { scopes, app, note }: Access = access[evidence];
  return [
    `classic: ${scopes.join(', ')}${note === undefined ? '' : ` (${note})`}`,
    `App or fine-grained: ${app.map((permission) => `${appPermissions[permission]}: read`).join(', ')}`,
  ];
}
