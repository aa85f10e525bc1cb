import { fail, notApplicable, pass } from '../answer.ts';
import { defineControl } from '../control.ts';
import { every } from '../quantifiers.ts';

/** What a person knows is no second factor beside another thing that the person knows. */
const knowledge: ReadonlySet<string> = new Set(['okta_password', 'security_question']);

export const secondFactorEnrolled = defineControl({
  id: 'second-factor-enrolled',
  title: 'People have to enroll a second factor',
  description: 'Every active enrollment policy of Okta requires an authenticator beside the password.',
  severity: 'high',
  satisfies: ['soc2:CC6.1', 'iso27001:2022:A.8.5', 'iso27001:2013:A.9.4.2'],
  freshnessHours: 26,
  remediation: {
    okta: 'Security, "Authenticators", "Enrollment": set at least one authenticator other than the password to "Required".',
  },
  tests: [
    every('okta.mfa_enroll_policy', {
      reads: ['status', 'authenticators'],
      resource: '{name}',
      judge({ status, authenticators }) {
        if (status !== 'ACTIVE') return notApplicable('The policy is not active.');
        const isRequired = authenticators.some(({ key, enroll }) => enroll === 'REQUIRED' && !knowledge.has(key));
        return isRequired ? pass : fail('No authenticator beside the password is required.');
      },
    }),
  ],
});
