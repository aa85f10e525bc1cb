import { fail, pass } from '../answer.ts';
import { defineControl } from '../control.ts';
import { every } from '../quantifiers.ts';

export const defaultBranchesProtected = defineControl({
  id: 'default-branches-protected',
  title: 'Default branches are protected and changes reviewed',
  description:
    'The default branch of every repository that is not archived takes changes only by pull request with at least one approving review, by classic rules or rulesets.',
  severity: 'high',
  satisfies: [
    'soc2:CC8.1',
    'iso27001:2022:A.8.32',
    'iso27001:2022:A.8.4',
    'iso27001:2013:A.9.4.5',
    'iso27001:2013:A.12.1.2',
    'iso27001:2013:A.14.2.2',
  ],
  freshnessHours: 26,
  remediation: {
    github:
      'Add a ruleset for default branches, best for the whole organization: "Require a pull request before merging" with at least one approval. Archive repositories that are not in use.',
  },
  tests: [
    // Archived and empty repositories are no evidence of this type: nothing can be merged there.
    every('github.branch_protection', {
      reads: ['protected', 'requiresPullRequest', 'requiredApprovals'],
      resource: '{repository}@{branch}',
      judge(branch) {
        if (!branch.protected) return fail('The default branch is not protected.');
        if (!branch.requiresPullRequest) return fail('Changes need no pull request.');
        if (branch.requiredApprovals < 1) return fail('Pull requests need no approving review.');
        return pass;
      },
    }),
  ],
});
