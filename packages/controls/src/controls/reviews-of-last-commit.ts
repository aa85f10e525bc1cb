import { fail, pass } from '../answer.ts';
import { defineControl } from '../control.ts';
import { every } from '../quantifiers.ts';

export const reviewsOfLastCommit = defineControl({
  id: 'reviews-of-last-commit',
  title: 'What is merged is what was reviewed',
  description:
    'Default branches ask for an approving review that counts for the last commit: a new one dismisses earlier approvals, or the last push needs an approval of its own.',
  severity: 'medium',
  satisfies: [
    'soc2:CC8.1',
    'iso27001:2022:A.8.32',
    'iso27001:2022:A.8.25',
    'iso27001:2013:A.14.2.1',
    'iso27001:2013:A.14.2.2',
  ],
  freshnessHours: 26,
  remediation: {
    github:
      'In the ruleset or rule of the default branch, under "Require a pull request before merging", turn on "Dismiss stale pull request approvals when new commits are pushed" or "Require approval of the most recent reviewable push".',
  },
  tests: [
    every('github.branch_protection', {
      reads: ['requiredApprovals', 'dismissesStaleReviews', 'requiresLastPushApproval'],
      resource: '{repository}@{branch}',
      judge(branch) {
        if (branch.requiredApprovals < 1) return fail('Pull requests need no approving review.');
        if (branch.dismissesStaleReviews || branch.requiresLastPushApproval) return pass;
        return fail('An approval also counts for commits that were pushed after it.');
      },
    }),
  ],
});
