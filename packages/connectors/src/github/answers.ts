import { z } from 'zod';

/**
 * The parts of GitHub's answers that the streams read; everything else is dropped at this door.
 * https://docs.github.com/en/rest?apiVersion=2022-11-28
 */
const id = z.int().positive();
const told = z.boolean().nullish();
/** Present with `enabled` on administrators' answers only. */
const feature = z.object({ status: z.string().optional() }).nullish();
const toggle = z.object({ enabled: z.boolean() }).optional();

export const User = z.object({ id, login: z.string() });

export const Organization = z.object({
  id,
  login: z.string(),
  name: z.string().nullish(),
  two_factor_requirement_enabled: told,
  default_repository_permission: z.string().nullish(),
  members_can_create_repositories: told,
  members_can_create_public_repositories: told,
  members_can_fork_private_repositories: told,
  web_commit_signoff_required: told,
  dependabot_alerts_enabled_for_new_repositories: told,
  secret_scanning_enabled_for_new_repositories: told,
  secret_scanning_push_protection_enabled_for_new_repositories: told,
  plan: z.object({ name: z.string() }).nullish(),
  created_at: z.string(),
  updated_at: z.string(),
  public_repos: z.int(),
  total_private_repos: z.int().optional(),
});

/** https://docs.github.com/en/rest/apps/apps#get-an-installation-for-the-authenticated-app */
export const Installation = z.object({ id, account: User });

/** https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app */
export const InstallationToken = z.object({
  token: z.string().min(1),
  expires_at: z.iso.datetime(),
  permissions: z.record(z.string(), z.string()).default({}),
  // What is not told is taken for the narrower.
  repository_selection: z.enum(['all', 'selected']).default('selected'),
});

export const Membership = z.object({ state: z.string(), role: z.string(), user: User });

export const Repository = z.object({
  id,
  name: z.string(),
  full_name: z.string(),
  owner: User,
  private: z.boolean(),
  visibility: z.enum(['public', 'private', 'internal']).optional(),
  archived: z.boolean(),
  disabled: z.boolean().optional(),
  fork: z.boolean(),
  is_template: z.boolean().optional(),
  default_branch: z.string(),
  allow_forking: told,
  web_commit_signoff_required: told,
  security_and_analysis: z
    .object({
      advanced_security: feature,
      secret_scanning: feature,
      secret_scanning_push_protection: feature,
      dependabot_security_updates: feature,
    })
    .nullish(),
  created_at: z.string(),
  updated_at: z.string(),
  pushed_at: z.string().nullable(),
  size: z.int(),
  stargazers_count: z.int(),
  watchers_count: z.int(),
  forks_count: z.int(),
  open_issues_count: z.int(),
});

export const Protection = z.object({
  // Every part of a protection may be missing; its address never is, and tells it from an answer to something else.
  url: z.string().endsWith('/protection'),
  required_status_checks: z
    .object({
      contexts: z.array(z.string()).default([]),
      checks: z.array(z.object({ context: z.string() })).default([]),
    })
    .optional(),
  enforce_admins: toggle,
  required_pull_request_reviews: z
    .object({
      required_approving_review_count: z.int().default(0),
      require_code_owner_reviews: z.boolean().default(false),
      dismiss_stale_reviews: z.boolean().default(false),
      require_last_push_approval: z.boolean().default(false),
      bypass_pull_request_allowances: z
        .object({ users: z.array(z.unknown()), teams: z.array(z.unknown()), apps: z.array(z.unknown()) })
        .partial()
        .optional(),
    })
    .optional(),
  required_signatures: toggle,
  required_linear_history: toggle,
  allow_force_pushes: toggle,
  allow_deletions: toggle,
});

export const Rule = z.object({
  type: z.string(),
  ruleset_id: id,
  parameters: z
    .object({
      required_approving_review_count: z.int(),
      require_code_owner_review: z.boolean(),
      dismiss_stale_reviews_on_push: z.boolean(),
      require_last_push_approval: z.boolean(),
      required_status_checks: z.array(z.object({ context: z.string() })),
    })
    .partial()
    .optional(),
});

export const DependabotAlert = z.object({
  number: z.int(),
  state: z.enum(['open', 'fixed', 'dismissed', 'auto_dismissed']),
  dependency: z.object({
    package: z.object({ ecosystem: z.string(), name: z.string() }),
    manifest_path: z.string(),
    scope: z.enum(['development', 'runtime']).nullish(),
  }),
  security_advisory: z.object({
    ghsa_id: z.string(),
    cve_id: z.string().nullable(),
    severity: z.enum(['low', 'medium', 'high', 'critical']),
  }),
  repository: z.object({ id, full_name: z.string() }),
  created_at: z.string(),
  updated_at: z.string(),
  fixed_at: z.string().nullable(),
  dismissed_at: z.string().nullable(),
  dismissed_reason: z.string().nullable(),
});

export const PullRequestSummary = z.object({
  number: id,
  updated_at: z.string(),
  merged_at: z.string().nullable(),
});

export const PullRequest = PullRequestSummary.extend({
  title: z.string(),
  base: z.object({ ref: z.string() }),
  head: z.object({ sha: z.string() }),
  user: User.nullable(),
  created_at: z.string(),
  merged_at: z.string(),
  merge_commit_sha: z.string().nullable(),
  merged_by: User.nullable(),
});

export const Review = z.object({ user: User.nullable(), state: z.string(), commit_id: z.string().nullable() });
