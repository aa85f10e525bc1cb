import { fail, notApplicable, pass } from '../answer.ts';
import { defineControl } from '../control.ts';
import { every } from '../quantifiers.ts';

export const vulnerableDependenciesUpdated = defineControl({
  id: 'vulnerable-dependencies-updated',
  title: 'Dependencies with grave vulnerabilities are updated',
  description: 'No alert about a vulnerability of high or critical severity in a dependency is open.',
  severity: 'high',
  satisfies: ['soc2:CC7.1', 'iso27001:2022:A.8.8', 'iso27001:2013:A.12.6.1'],
  freshnessHours: 26,
  remediation: {
    github: 'Update the package, or dismiss the alert in the "Security" tab of the repository with the reason.',
  },
  tests: [
    every('github.dependabot_alert', {
      reads: ['state', 'severity'],
      resource: '{packageName} of {repository}, in {manifestPath}',
      judge({ state, severity }) {
        if (severity !== 'high' && severity !== 'critical') return notApplicable('Not of high or critical severity.');
        return state === 'open' ? fail(`A vulnerability of ${severity} severity is open.`) : pass;
      },
    }),
  ],
});
