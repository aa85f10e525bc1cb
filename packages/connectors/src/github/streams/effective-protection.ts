import type { z } from 'zod';
import type { Protection, Repository, Rule } from '../answers.ts';
import type { branchProtection } from '../evidence.ts';

export type RepositoryAnswer = z.output<typeof Repository>;
type RuleParameters = NonNullable<z.output<typeof Rule>['parameters']>;

/**
 * What holds on a branch when the classic rule and all rulesets are laid over each other: GitHub applies every one, so the
 * strictest wins. https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/about-rulesets#about-rule-layering
 */
export function effectiveProtection(
  repo: RepositoryAnswer,
  classic: z.output<typeof Protection> | null,
  rules: readonly z.output<typeof Rule>[],
): z.input<typeof branchProtection.schema> {
  const review = classic?.required_pull_request_reviews;
  const bypass = review?.bypass_pull_request_allowances;
  const has = (type: string) => rules.some((rule) => rule.type === type);
  const pulls = rules
    .filter((rule) => rule.type === 'pull_request')
    .map((rule): RuleParameters => rule.parameters ?? {});
  const checks = classic?.required_status_checks;
  return {
    orgId: repo.owner.id,
    repoId: repo.id,
    repository: repo.full_name,
    branch: repo.default_branch,
    protected: classic !== null || rules.length > 0,
    requiresPullRequest: review !== undefined || pulls.length > 0,
    requiredApprovals: Math.max(
      review?.required_approving_review_count ?? 0,
      ...pulls.map((pull) => pull.required_approving_review_count ?? 0),
    ),
    requiresCodeOwnerReview:
      review?.require_code_owner_reviews === true || pulls.some((pull) => pull.require_code_owner_review === true),
    requiresLastPushApproval:
      review?.require_last_push_approval === true || pulls.some((pull) => pull.require_last_push_approval === true),
    dismissesStaleReviews:
      review?.dismiss_stale_reviews === true || pulls.some((pull) => pull.dismiss_stale_reviews_on_push === true),
    requiredChecks: distinct([
      ...(checks?.contexts ?? []),
      ...(checks?.checks ?? []).map(({ context }) => context),
      ...rules.flatMap((rule) => rule.parameters?.required_status_checks ?? []).map(({ context }) => context),
    ]),
    requiresSignatures: classic?.required_signatures?.enabled === true || has('required_signatures'),
    requiresLinearHistory: classic?.required_linear_history?.enabled === true || has('required_linear_history'),
    // A classic rule forbids both unless it says otherwise; without one, only a ruleset does.
    allowsForcePushes: (classic === null || classic.allow_force_pushes?.enabled === true) && !has('non_fast_forward'),
    allowsDeletions: (classic === null || classic.allow_deletions?.enabled === true) && !has('deletion'),
    enforcedForAdmins: classic === null ? null : classic.enforce_admins?.enabled === true,
    pullRequestBypassers: (bypass?.users ?? []).length + (bypass?.teams ?? []).length + (bypass?.apps ?? []).length,
    rulesetIds: distinct(rules.map((rule) => rule.ruleset_id)),
  };
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
