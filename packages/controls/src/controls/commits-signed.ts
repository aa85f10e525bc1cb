import { fail, pass } from '../answer.ts';
import { defineControl } from '../control.ts';
import { every } from '../quantifiers.ts';

export const commitsSigned = defineControl({
  id: 'commits-signed',
  title: 'Default branches take signed commits only',
  description:
    'The default branch of every repository that is not archived demands commits with a signature that GitHub can verify.',
  severity: 'low',
  satisfies: [
    'soc2:CC8.1',
    'iso27001:2022:A.8.4',
    'iso27001:2022:A.8.32',
    'iso27001:2013:A.9.4.5',
    'iso27001:2013:A.14.2.2',
  ],
  freshnessHours: 26,
  remediation: {
    github:
      'Add "Require signed commits" to a ruleset for default branches, best for the whole organization, once people and programs sign.',
  },
  tests: [
    every('github.branch_protection', {
      reads: ['requiresSignatures'],
      resource: '{repository}@{branch}',
      judge({ requiresSignatures }) {
        return requiresSignatures ? pass : fail('Commits without a verified signature are taken.');
      },
    }),
  ],
});
