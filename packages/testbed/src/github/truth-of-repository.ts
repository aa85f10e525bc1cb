import type { WorldAlert, WorldProtection, WorldPullRequest, WorldRepository } from './world.ts';

/** One piece of evidence that a faultless sync must hold: its key, and every field that is hashed. */
export interface TrueEvidence {
  readonly type: string;
  readonly key: readonly (string | number)[];
  readonly material: Readonly<Record<string, unknown>>;
}

/** Where a resource stands: part of its material. */
export interface Named {
  readonly orgId: number;
  readonly repoId: number;
  readonly repository: string;
}

/** What stands where a branch has no classic rule. */
const unprotected: WorldProtection = {
  approvals: 0,
  codeOwners: false,
  lastPush: false,
  dismissStale: false,
  enforceAdmins: false,
  checks: [],
  signatures: false,
  linearHistory: false,
  forcePushes: true,
  deletions: true,
  bypassUserIds: [],
};

export function truthOfProtection(
  { protection, rulesets, defaultBranch }: WorldRepository,
  named: Named,
): TrueEvidence {
  const classic = protection ?? unprotected;
  // A ruleset without a single rule applies nothing, so GitHub does not name it.
  const active = rulesets.filter((one) => {
    return (
      one.approvals !== null ||
      one.checks.length > 0 ||
      one.signatures ||
      one.forbidsForcePushes ||
      one.forbidsDeletions
    );
  });
  const checks = new Set([...classic.checks, ...active.flatMap((ruleset) => ruleset.checks)]);
  return {
    type: 'github.branch_protection',
    key: [named.repoId, defaultBranch],
    material: {
      ...named,
      branch: defaultBranch,
      protected: protection !== null || active.length > 0,
      requiresPullRequest: protection !== null || active.some(({ approvals }) => approvals !== null),
      requiredApprovals: Math.max(classic.approvals, ...active.map(({ approvals }) => approvals ?? 0)),
      requiresCodeOwnerReview: classic.codeOwners,
      requiresLastPushApproval: classic.lastPush,
      dismissesStaleReviews: classic.dismissStale,
      requiredChecks: sorted([...checks]),
      requiresSignatures: classic.signatures || active.some(({ signatures }) => signatures),
      requiresLinearHistory: classic.linearHistory,
      allowsForcePushes: classic.forcePushes && !active.some(({ forbidsForcePushes }) => forbidsForcePushes),
      allowsDeletions: classic.deletions && !active.some(({ forbidsDeletions }) => forbidsDeletions),
      enforcedForAdmins: protection === null ? null : protection.enforceAdmins,
      pullRequestBypassers: classic.bypassUserIds.length,
      rulesetIds: sorted(active.map(({ id }) => id)),
    },
  };
}

export function truthOfAlert(alert: WorldAlert, named: Named): TrueEvidence {
  const { updatedAt: _moves, ...material } = alert;
  return { type: 'github.dependabot_alert', key: [named.repoId, alert.number], material: { ...named, ...material } };
}

export function truthOfPullRequest(
  pull: WorldPullRequest,
  { defaultBranch }: WorldRepository,
  { named, logins }: { readonly named: Named; readonly logins: ReadonlyMap<number, string> },
): TrueEvidence {
  const verdicts = pull.reviews.filter(({ state }) => state !== 'COMMENTED');
  const approving = verdicts.filter((review) => {
    return review.state === 'APPROVED' && verdicts.findLast(({ userId }) => userId === review.userId) === review;
  });
  const loginOf = (id: number | null) => (id === null ? null : logins.get(id));
  return {
    type: 'github.pull_request',
    key: [named.repoId, pull.number],
    material: {
      ...named,
      number: pull.number,
      title: pull.title,
      baseBranch: defaultBranch,
      headSha: pull.headSha,
      authorId: pull.authorId,
      authorLogin: loginOf(pull.authorId),
      createdAt: pull.createdAt,
      mergedAt: pull.mergedAt,
      mergeCommitSha: pull.mergeCommitSha,
      mergedById: pull.mergedById,
      mergedByLogin: loginOf(pull.mergedById),
      approverIds: sorted(approving.map(({ userId }) => userId)),
      lastCommitApproved: approving.some(({ commitSha }) => commitSha === pull.headSha),
      selfMerged: pull.authorId === null || pull.mergedById === null ? null : pull.authorId === pull.mergedById,
    },
  };
}

export function sorted<T extends string | number>(list: readonly T[]): T[] {
  const text = (item: T) => JSON.stringify(item);
  return list.toSorted((one, other) => (text(one) < text(other) ? -1 : text(one) > text(other) ? 1 : 0));
}
