/**
 * The ground truth behind the GitHub simulator: what exists, who may see it, and what is refused. Mutable on purpose: a test
 * changes it and syncs again. Times are ISO 8601 in seconds, as GitHub writes them.
 */
export interface GitHubWorld {
  readonly users: WorldUser[];
  readonly organizations: WorldOrganization[];
  readonly tokens: WorldToken[];
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
