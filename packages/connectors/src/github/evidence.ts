import { defineEvidence } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';

/** GitHub's ids are immutable; names and logins change hands, so no key holds one. */
const id = z.int().positive();
const when = z.iso.datetime();
/** null: GitHub does not tell this credential, or the plan has no such setting. Never to be read as false. */
const told = z.boolean().nullable();

export const organization = defineEvidence({
  name: 'github.organization',
  title: 'Security settings of an organization',
  version: 1,
  mode: 'snapshot',
  key: ['orgId'],
  schema: z.object({
    orgId: id,
    login: z.string(),
    name: z.string().nullable(),
    /** Members without a second factor are refused. Told to owners only. */
    twoFactorRequired: told,
    /** What every member may do with every repository: none, read, write or admin. */
    defaultRepositoryPermission: z.string().nullable(),
    membersCanCreateRepositories: told,
    membersCanCreatePublicRepositories: told,
    membersCanForkPrivateRepositories: told,
    /** Commits made in the browser have to be signed off. */
    webCommitSignoffRequired: told,
    /** Defaults for repositories created from now on. */
    newRepositoriesDependabotAlerts: told,
    /** Default for repositories created from now on. */
    newRepositoriesSecretScanning: told,
    /** Default for repositories created from now on. */
    newRepositoriesPushProtection: told,
    /** What the organization pays for; null: told to owners only. */
    plan: z.string().nullable(),
    createdAt: when,
    updatedAt: when,
    publicRepositories: z.int(),
    /** null: told to members only. */
    privateRepositories: z.int().nullable(),
  }),
  observed: ['updatedAt', 'publicRepositories', 'privateRepositories'],
});

export const orgMember = defineEvidence({
  name: 'github.org_member',
  title: 'Organization members, their role and second factor',
  version: 1,
  mode: 'snapshot',
  key: ['orgId', 'userId'],
  schema: z.object({
    orgId: id,
    userId: id,
    login: z.string(),
    /** admin: an owner of the organization. */
    role: z.enum(['admin', 'member']),
    /** null: only an owner's credential is told who has no second factor. */
    twoFactor: told,
  }),
});

export const repository = defineEvidence({
  name: 'github.repository',
  title: 'Repositories, their visibility and security features',
  version: 1,
  mode: 'snapshot',
  key: ['repoId'],
  schema: z.object({
    orgId: id,
    repoId: id,
    fullName: z.string(),
    visibility: z.enum(['public', 'private', 'internal']),
    archived: z.boolean(),
    /** GitHub has switched it off. */
    disabled: z.boolean(),
    fork: z.boolean(),
    /** Others may be made from it. */
    template: z.boolean(),
    defaultBranch: z.string(),
    allowForking: told,
    /** Commits made in the browser have to be signed off. */
    webCommitSignoffRequired: told,
    /** Security features are told to administrators of the repository only. */
    advancedSecurity: told,
    secretScanning: told,
    /** A push that holds a secret is refused. */
    secretScanningPushProtection: told,
    /** Dependabot opens pull requests that mend vulnerable dependencies. */
    dependabotSecurityUpdates: told,
    createdAt: when,
    updatedAt: when,
    /** null: nothing was ever pushed. */
    pushedAt: when.nullable(),
    sizeKb: z.int(),
    stargazers: z.int(),
    watchers: z.int(),
    forks: z.int(),
    openIssues: z.int(),
  }),
  observed: ['updatedAt', 'pushedAt', 'sizeKb', 'stargazers', 'watchers', 'forks', 'openIssues'],
});

export const branchProtection = defineEvidence({
  name: 'github.branch_protection',
  title: 'Protection of default branches, by classic rules and rulesets together',
  version: 1,
  mode: 'snapshot',
  key: ['repoId', 'branch'],
  schema: z.object({
    orgId: id,
    repoId: id,
    repository: z.string(),
    branch: z.string(),
    /** A classic rule or an active ruleset applies to the branch. */
    protected: z.boolean(),
    /** Nobody pushes to the branch directly. */
    requiresPullRequest: z.boolean(),
    /** Approving reviews needed before a merge; 0 where none is. */
    requiredApprovals: z.int().nonnegative(),
    /** Owners of the code that is touched have to approve. */
    requiresCodeOwnerReview: z.boolean(),
    /** Somebody else than who pushed last has to approve. */
    requiresLastPushApproval: z.boolean(),
    /** An approval ends with the next push. */
    dismissesStaleReviews: z.boolean(),
    /** Names of checks that have to pass. */
    requiredChecks: z.array(z.string()),
    /** Commits have to be signed. */
    requiresSignatures: z.boolean(),
    /** No merge commits. */
    requiresLinearHistory: z.boolean(),
    /** History may be rewritten. */
    allowsForcePushes: z.boolean(),
    allowsDeletions: z.boolean(),
    /** The classic rule binds administrators too; null where no classic rule exists (a ruleset names its own bypass list). */
    enforcedForAdmins: told,
    /** People, teams and apps that a classic rule lets merge without a pull request. */
    pullRequestBypassers: z.int().nonnegative(),
    /** Rulesets that apply to the branch, of the repository, the organization or the enterprise. */
    rulesetIds: z.array(id),
  }),
  unordered: ['requiredChecks', 'rulesetIds'],
});

export const dependabotAlert = defineEvidence({
  name: 'github.dependabot_alert',
  title: 'Known vulnerabilities in dependencies, open, fixed and dismissed',
  version: 1,
  mode: 'snapshot',
  key: ['repoId', 'number'],
  schema: z.object({
    orgId: id,
    repoId: id,
    repository: z.string(),
    number: z.int().positive(),
    state: z.enum(['open', 'fixed', 'dismissed', 'auto_dismissed']),
    severity: z.enum(['low', 'medium', 'high', 'critical']),
    /** GitHub's advisory. */
    ghsaId: z.string(),
    cveId: z.string().nullable(),
    ecosystem: z.string(),
    packageName: z.string(),
    /** The file that names the package. */
    manifestPath: z.string(),
    /** Where the package is used; null: GitHub does not say. */
    scope: z.enum(['development', 'runtime']).nullable(),
    createdAt: when,
    fixedAt: when.nullable(),
    dismissedAt: when.nullable(),
    /** As the person who dismissed it chose, e.g. `tolerable_risk`. */
    dismissedReason: z.string().nullable(),
    updatedAt: when,
  }),
  observed: ['updatedAt'],
});

export const pullRequest = defineEvidence({
  name: 'github.pull_request',
  title: 'Merged pull requests: who wrote, approved and merged them',
  version: 1,
  mode: 'incremental',
  key: ['repoId', 'number'],
  cursor: 'updatedAt',
  schema: z.object({
    orgId: id,
    repoId: id,
    repository: z.string(),
    number: id,
    title: z.string(),
    baseBranch: z.string(),
    /** The last commit that was merged. */
    headSha: z.string(),
    /** null: the account was deleted. */
    authorId: id.nullable(),
    authorLogin: z.string().nullable(),
    createdAt: when,
    mergedAt: when,
    /** What the merge made of it on the base branch. */
    mergeCommitSha: z.string().nullable(),
    mergedById: id.nullable(),
    mergedByLogin: z.string().nullable(),
    /** Whose latest verdict is an approval, by user id. */
    approverIds: z.array(id),
    /** One of these approvals was given on the last commit, not on an earlier one. */
    lastCommitApproved: z.boolean(),
    /** Author and merger are one person; null where either account is unknown. */
    selfMerged: told,
    /** Moves with every comment; the cursor, and no change of the evidence. */
    updatedAt: when,
  }),
  observed: ['updatedAt'],
  unordered: ['approverIds'],
});
