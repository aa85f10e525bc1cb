import { fail, pass } from '../answer.ts';
import { defineControl } from '../control.ts';
import { every } from '../quantifiers.ts';

export const leakedSecretsRevoked = defineControl({
  id: 'leaked-secrets-revoked',
  title: 'Secrets found in code are dealt with',
  description: 'No alert about a secret in a repository is open.',
  severity: 'critical',
  satisfies: [
    'soc2:CC6.1',
    'soc2:CC7.1',
    'iso27001:2022:A.8.28',
    'iso27001:2022:A.5.17',
    'iso27001:2013:A.9.2.4',
    'iso27001:2013:A.9.3.1',
  ],
  freshnessHours: 26,
  remediation: {
    github:
      'Revoke the secret where it was issued, then close the alert in the "Security" tab of the repository with what was done.',
  },
  tests: [
    every('github.secret_scanning_alert', {
      reads: ['state', 'validity'],
      resource: '{secretType} in {repository}',
      judge({ state, validity }) {
        if (state === 'resolved') return pass;
        return fail(validity === 'active' ? 'A secret in the code still works.' : 'The alert is open.');
      },
    }),
  ],
});
