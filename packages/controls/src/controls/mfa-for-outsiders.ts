import { fail, pass, unknown } from '../answer.ts';
import { defineControl } from '../control.ts';
import { every } from '../quantifiers.ts';

export const mfaForOutsiders = defineControl({
  id: 'mfa-for-outsiders',
  title: 'People from outside sign in with a second factor',
  description:
    'Every person who is no member of a GitHub organization and may use one of its repositories has a second factor.',
  severity: 'high',
  satisfies: ['soc2:CC6.1', 'soc2:CC6.2', 'iso27001:2022:A.8.5', 'iso27001:2013:A.9.4.2'],
  freshnessHours: 26,
  remediation: {
    github:
      'Ask the person to turn on two-factor authentication, or take the person out of the repositories. Requiring it for the organization covers people from outside, too.',
  },
  tests: [
    every('github.outside_collaborator', {
      reads: ['twoFactor'],
      resource: '{login}',
      judge({ twoFactor }) {
        if (twoFactor === null) return unknown('GitHub tells only owners of the organization who has a second factor.');
        return twoFactor ? pass : fail('Has no second factor.');
      },
    }),
  ],
});
