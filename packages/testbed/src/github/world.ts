/**
 * The ground truth behind the GitHub simulator: what exists, who may see it, and what is refused. Mutable on purpose: a test
 * changes it and syncs again. Times are ISO 8601 in seconds, as GitHub writes them.
 */
export interface GitHubWorld {
  readonly users: WorldUser[];
  readonly organizations: WorldOrganization[];
  readonly tokens: WorldToken[];
  /** Of GitHub Apps. */
  readonly installations: WorldInstallation[];
}

export interface WorldUser {
  readonly id: number;
  login: string;
}

export interface WorldToken {
  readonly secret: string;
  readonly userId: number;
  /** Classic scopes; null: a fine-grained token, which is told none. */
  scopes: string[] | null;
  /** Calls an hour, for all tokens of the user together. */
  hourlyLimit: number;
  /** After this it is refused, and before it every answer tells of it; without it, it has no end. */
  endsAt?: Date;
  /** What the token was minted for; without it, it is a person's. */
  readonly installation?: WorldInstallation;
}

/** A GitHub App in one organization. */
export interface WorldInstallation {
  readonly id: number;
  readonly appId: number;
  /** PEM, to check what the App signs. */
  readonly publicKey: string;
  readonly organizationId: number;
  /** `{ members: 'read' }` */
  permissions: Record<string, string>;
  /** null: all of them. */
  repositoryIds: number[] | null;
  suspended: boolean;
  /** An hour at GitHub. */
  tokenLifetimeMs: number;
}

export interface WorldOrganization {
  readonly id: number;
  login: string;
  name: string | null;
  plan: string;
  twoFactorRequired: boolean;
  defaultRepositoryPermission: 'none' | 'read' | 'write' | 'admin';
  membersCanCreatePublicRepositories: boolean;
  newRepositoriesDependabotAlerts: boolean;
  createdAt: string;
  updatedAt: string;
  members: WorldMember[];
  repositories: WorldRepository[];
  teams: WorldTeam[];
  /** They are users, and no members. */
  outsideCollaborators: WorldOutsider[];
  webhooks: WorldWebhook[];
  /** The organization's alerts are refused to everybody. */
  deniedAlerts: boolean;
}

export interface WorldMember {
  readonly userId: number;
  role: 'admin' | 'member';
  twoFactor: boolean;
}

export interface WorldRepository {
  readonly id: number;
  name: string;
  visibility: 'public' | 'private' | 'internal';
  archived: boolean;
  fork: boolean;
  template: boolean;
  defaultBranch: string;
  /** Nothing was ever pushed: the default branch has a name and does not exist. */
  empty: boolean;
  secretScanning: boolean;
  pushProtection: boolean;
  securityUpdates: boolean;
  createdAt: string;
  updatedAt: string;
  pushedAt: string | null;
  sizeKb: number;
  stargazers: number;
  forks: number;
  openIssues: number;
  /** Classic protection of the default branch. */
  protection: WorldProtection | null;
  /** Active rulesets that apply to the default branch. */
  rulesets: WorldRuleset[];
  alerts: WorldAlert[];
  pullRequests: WorldPullRequest[];
  /** Everybody who may do something with it, whatever the grant. */
  collaborators: WorldCollaborator[];
  webhooks: WorldWebhook[];
  workflowRuns: WorldWorkflowRun[];
  /** Of the default branch. */
  commits: WorldCommit[];
  codeAlerts: WorldCodeAlert[];
  secretAlerts: WorldSecretAlert[];
  /** Refusals: status that GitHub answers. */
  denied: { protection?: 403 | 404; pulls?: 403 | 404 };
  /** Missing from the listing though it exists: an incomplete listing, as an index that lags behind gives it. */
  unlisted: boolean;
}

export interface WorldProtection {
  approvals: number;
  codeOwners: boolean;
  lastPush: boolean;
  dismissStale: boolean;
  enforceAdmins: boolean;
  checks: string[];
  signatures: boolean;
  linearHistory: boolean;
  forcePushes: boolean;
  deletions: boolean;
  bypassUserIds: number[];
}

/** One of an organization stands with every repository that it applies to. */
export interface WorldRuleset {
  readonly id: number;
  source: 'Repository' | 'Organization';
  approvals: number | null;
  checks: string[];
  signatures: boolean;
  forbidsForcePushes: boolean;
  forbidsDeletions: boolean;
}

export interface WorldAlert {
  readonly number: number;
  state: 'open' | 'fixed' | 'dismissed' | 'auto_dismissed';
  severity: 'low' | 'medium' | 'high' | 'critical';
  ghsaId: string;
  cveId: string | null;
  ecosystem: string;
  packageName: string;
  manifestPath: string;
  scope: 'development' | 'runtime' | null;
  createdAt: string;
  updatedAt: string;
  fixedAt: string | null;
  dismissedAt: string | null;
  dismissedReason: 'tolerable_risk' | 'not_used' | null;
}

export interface WorldPullRequest {
  readonly id: number;
  readonly number: number;
  title: string;
  state: 'open' | 'closed';
  headSha: string;
  /** null: the account was deleted. */
  authorId: number | null;
  mergedById: number | null;
  mergeCommitSha: string | null;
  createdAt: string;
  updatedAt: string;
  mergedAt: string | null;
  reviews: WorldReview[];
}

export interface WorldReview {
  readonly id: number;
  userId: number;
  state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED';
  commitSha: string;
}

export interface WorldTeam {
  readonly id: number;
  slug: string;
  name: string;
  privacy: 'closed' | 'secret';
  parentId: number | null;
  members: { readonly userId: number; role: 'maintainer' | 'member' }[];
}

interface WorldOutsider {
  readonly userId: number;
  twoFactor: boolean;
}

export interface WorldCollaborator {
  readonly userId: number;
  role: 'read' | 'triage' | 'write' | 'maintain' | 'admin';
}

export interface WorldWebhook {
  readonly id: number;
  active: boolean;
  events: string[];
  /** Whole, with whatever secrets its path has. */
  url: string;
  hasSecret: boolean;
  verifiesCertificate: boolean;
  createdAt: string;
  updatedAt: string;
}

export interface WorldWorkflowRun {
  readonly id: number;
  readonly workflowId: number;
  event: 'push' | 'pull_request' | 'schedule';
  status: 'queued' | 'in_progress' | 'completed';
  /** null until it has ended. */
  conclusion: 'success' | 'failure' | 'cancelled' | null;
  attempt: number;
  actorId: number;
  headSha: string;
  createdAt: string;
  updatedAt: string;
}

export interface WorldCommit {
  readonly sha: string;
  /** null: the address belongs to no account. */
  authorId: number | null;
  committedAt: string;
  verified: boolean;
  reason: 'valid' | 'unsigned' | 'unknown_key';
}

export interface WorldCodeAlert {
  readonly number: number;
  state: 'open' | 'dismissed' | 'fixed';
  ruleId: string;
  securitySeverity: 'low' | 'medium' | 'high' | 'critical' | null;
  path: string;
  createdAt: string;
  updatedAt: string;
  fixedAt: string | null;
  dismissedAt: string | null;
  dismissedReason: 'false positive' | "won't fix" | null;
}

export interface WorldSecretAlert {
  readonly number: number;
  state: 'open' | 'resolved';
  secretType: string;
  /** The secret itself, which must end nowhere. */
  secret: string;
  resolution: 'revoked' | 'false_positive' | null;
  resolvedAt: string | null;
  validity: 'active' | 'inactive' | 'unknown';
  createdAt: string;
  updatedAt: string;
}
