import { fail, notApplicable, pass, unknown } from '../answer.ts';
import { defineControl } from '../control.ts';
import { every } from '../quantifiers.ts';

export const codeWeaknessesMended = defineControl({
  id: 'code-weaknesses-mended',
  title: 'Grave weaknesses found in code are mended',
  description: 'No alert of code scanning on a default branch with high or critical security severity is open.',
  severity: 'high',
  satisfies: ['soc2:CC7.1', 'iso27001:2022:A.8.28', 'iso27001:2022:A.8.29', 'iso27001:2013:A.14.2.8'],
  freshnessHours: 26,
  remediation: {
    github: 'Mend the code, or dismiss the alert in the "Security" tab of the repository with the reason.',
  },
  tests: [
    every('github.code_scanning_alert', {
      reads: ['state', 'securitySeverity'],
      resource: 'code scanning alert in {repository}',
      judge({ state, securitySeverity: severity }) {
        if (severity !== 'high' && severity !== 'critical') return notApplicable('Not of high or critical severity.');
        if (state === null) return unknown('GitHub does not tell whether the alert is open.');
        return state === 'open' ? fail(`A weakness of ${severity} severity is open.`) : pass;
      },
    }),
  ],
});
