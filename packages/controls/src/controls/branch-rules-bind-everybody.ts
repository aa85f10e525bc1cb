import { fail, notApplicable, pass } from '../answer.ts';
import { defineControl } from '../control.ts';
import { every } from '../quantifiers.ts';

export const branchRulesBindEverybody = defineControl({
  id: 'branch-rules-bind-everybody',
  title: 'Branch rules bind administrators too',
  description:
    'Where a classic rule protects a default branch, administrators have to keep it, and nobody may merge without a pull request. Rulesets name who may bypass them elsewhere.',
  severity: 'medium',
  satisfies: [
    'soc2:CC8.1',
    'soc2:CC6.3',
    'iso27001:2022:A.8.32',
    'iso27001:2022:A.8.4',
    'iso27001:2013:A.9.4.5',
    'iso27001:2013:A.14.2.2',
  ],
  freshnessHours: 26,
  remediation: {
    github:
      'Repository settings, "Branches", the rule: turn on "Do not allow bypassing the above settings" and empty the list of those who may bypass required pull requests.',
  },
  tests: [
    every('github.branch_protection', {
      reads: ['enforcedForAdmins', 'pullRequestBypassers'],
      resource: '{repository}@{branch}',
      judge({ enforcedForAdmins, pullRequestBypassers }) {
        if (enforcedForAdmins === null) return notApplicable('No classic rule protects the default branch.');
        if (!enforcedForAdmins) return fail('Administrators may ignore the rule.');
        return pullRequestBypassers > 0 ? fail('Some may merge without a pull request.') : pass;
      },
    }),
  ],
});
