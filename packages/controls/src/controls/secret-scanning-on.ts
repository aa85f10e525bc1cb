import { fail, notApplicable, pass, unknown } from '../answer.ts';
import { defineControl } from '../control.ts';
import { every } from '../quantifiers.ts';

export const secretScanningOn = defineControl({
  id: 'secret-scanning-on',
  title: 'Repositories are searched for secrets',
  description: 'Secret scanning is on in every repository that is not archived.',
  severity: 'medium',
  satisfies: ['soc2:CC7.1', 'iso27001:2022:A.8.28', 'iso27001:2022:A.8.25', 'iso27001:2013:A.14.2.1'],
  freshnessHours: 26,
  remediation: {
    github:
      'Organization settings, "Advanced Security": apply a configuration with secret scanning to all repositories.',
  },
  tests: [
    every('github.repository', {
      reads: ['archived', 'secretScanning'],
      resource: '{fullName}',
      judge({ archived, secretScanning }) {
        if (archived) return notApplicable('The repository is archived.');
        if (secretScanning === null) return unknown('GitHub tells only administrators whether secret scanning is on.');
        return secretScanning ? pass : fail('Secret scanning is off.');
      },
    }),
  ],
});
