import { fail, notApplicable, pass, unknown } from '../answer.ts';
import { defineControl } from '../control.ts';
import { every } from '../quantifiers.ts';

export const secondFactorRequired = defineControl({
  id: 'second-factor-required',
  title: 'A second factor is required, not only used',
  description:
    'The organization at GitHub refuses members without a second factor, and every active session policy of Okta asks for one in each rule that lets people in.',
  severity: 'high',
  satisfies: ['soc2:CC6.1', 'iso27001:2022:A.8.5', 'iso27001:2013:A.9.4.2'],
  freshnessHours: 26,
  remediation: {
    github: 'Organization settings, "Authentication security": require two-factor authentication for everyone.',
    okta: 'Security, "Global session policy": edit each rule that allows access and require a second factor.',
  },
  tests: [
    every('github.organization', {
      reads: ['twoFactorRequired'],
      resource: '{login}',
      judge({ twoFactorRequired }) {
        if (twoFactorRequired === null) return unknown('GitHub tells only owners whether a second factor is required.');
        return twoFactorRequired ? pass : fail('Members without a second factor are let in.');
      },
    }),
    every('okta.sign_on_policy', {
      reads: ['status', 'rules'],
      resource: '{name}',
      judge({ status, rules }) {
        if (status !== 'ACTIVE') return notApplicable('The policy is not active.');
        const lettingIn = rules.filter((rule) => rule.status === 'ACTIVE' && rule.access === 'ALLOW');
        const lax = lettingIn.find(({ requiresFactor }) => requiresFactor === false);
        if (lax) return fail(`The rule "${lax.name}" lets people in without a second factor.`);
        if (lettingIn.some(({ requiresFactor }) => requiresFactor === null))
          return unknown('Okta does not tell of each rule whether it requires a second factor.');
        return pass;
      },
    }),
  ],
});
