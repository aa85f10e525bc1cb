import { fail, pass } from '../answer.ts';
import { defineControl } from '../control.ts';
import { every } from '../quantifiers.ts';

export const checksRequired = defineControl({
  id: 'checks-required',
  title: 'Changes pass checks before they are merged',
  description: 'The default branch of every repository that is not archived demands at least one status check.',
  severity: 'medium',
  satisfies: [
    'soc2:CC8.1',
    'iso27001:2022:A.8.29',
    'iso27001:2022:A.8.32',
    'iso27001:2013:A.14.2.2',
    'iso27001:2013:A.14.2.8',
  ],
  freshnessHours: 26,
  remediation: {
    github:
      'Add "Require status checks to pass" to the ruleset of the default branch and name the tests of the repository.',
  },
  tests: [
    every('github.branch_protection', {
      reads: ['requiredChecks'],
      resource: '{repository}@{branch}',
      judge({ requiredChecks }) {
        return requiredChecks.length > 0 ? pass : fail('Changes are merged without a check.');
      },
    }),
  ],
});
