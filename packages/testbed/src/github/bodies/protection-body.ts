import { type Call, userOf } from '../routing.ts';
import type { WorldOrganization, WorldProtection, WorldRepository, WorldRuleset } from '../world.ts';
import { userBody } from './user-body.ts';

/** `branch-protection`, as it is answered for the default branch. */
export function protectionBody(
  call: Call,
  place: { readonly organization: WorldOrganization; readonly repository: WorldRepository },
  protection: WorldProtection,
) {
  const { organization, repository } = place;
  const branch = encodeURIComponent(repository.defaultBranch);
  const url = `${call.apiUrl}/repos/${organization.login}/${repository.name}/branches/${branch}/protection`;
  const bypassers = protection.bypassUserIds.flatMap((id) => userOf(call, id) ?? []);
  return {
    url,
    required_status_checks: {
      url: `${url}/required_status_checks`,
      strict: true,
      contexts: protection.checks,
      contexts_url: `${url}/required_status_checks/contexts`,
      checks: protection.checks.map((context) => ({ context, app_id: null })),
    },
    required_pull_request_reviews: {
      url: `${url}/required_pull_request_reviews`,
      dismiss_stale_reviews: protection.dismissStale,
      require_code_owner_reviews: protection.codeOwners,
      required_approving_review_count: protection.approvals,
      require_last_push_approval: protection.lastPush,
      bypass_pull_request_allowances: {
        users: bypassers.map((user) => userBody(user, call.apiUrl)),
        teams: [],
        apps: [],
      },
    },
    required_signatures: { url: `${url}/required_signatures`, enabled: protection.signatures },
    enforce_admins: { url: `${url}/enforce_admins`, enabled: protection.enforceAdmins },
    required_linear_history: { enabled: protection.linearHistory },
    allow_force_pushes: { enabled: protection.forcePushes },
    allow_deletions: { enabled: protection.deletions },
    block_creations: { enabled: false },
    required_conversation_resolution: { enabled: false },
    lock_branch: { enabled: false },
    allow_fork_syncing: { enabled: false },
  };
}

/** `repository-rule-detailed`, one for each rule of a ruleset. */
export function ruleBodies(ruleset: WorldRuleset, organization: WorldOrganization, repository: WorldRepository) {
  const origin = {
    ruleset_source_type: ruleset.source,
    ruleset_source: ruleset.source === 'Organization' ? organization.login : `${organization.login}/${repository.name}`,
    ruleset_id: ruleset.id,
  };
  const rules: { type: string; parameters?: object }[] = [];
  if (ruleset.forbidsDeletions) rules.push({ type: 'deletion' });
  if (ruleset.forbidsForcePushes) rules.push({ type: 'non_fast_forward' });
  if (ruleset.signatures) rules.push({ type: 'required_signatures' });
  if (ruleset.approvals !== null) rules.push({ type: 'pull_request', parameters: pullParameters(ruleset.approvals) });
  if (ruleset.checks.length > 0) rules.push({ type: 'required_status_checks', parameters: checkParameters(ruleset) });
  return rules.map((rule) => ({ ...rule, ...origin }));
}

function pullParameters(approvals: number) {
  return {
    required_approving_review_count: approvals,
    dismiss_stale_reviews_on_push: false,
    require_code_owner_review: false,
    require_last_push_approval: false,
    required_review_thread_resolution: false,
  };
}

function checkParameters({ checks }: WorldRuleset) {
  return {
    strict_required_status_checks_policy: true,
    required_status_checks: checks.map((context) => ({ context })),
  };
}
