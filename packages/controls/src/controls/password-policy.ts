import { fail, pass } from '../answer.ts';
import { defineControl } from '../control.ts';
import { every } from '../quantifiers.ts';

/** CIS Amazon Web Services Foundations Benchmark: 14 characters, 24 passwords remembered. */
const minimumLength = 14;
const passwordsRemembered = 24;

export const passwordPolicy = defineControl({
  id: 'password-policy',
  title: 'Passwords are long and not used again',
  description: `The account sets a password policy: at least ${minimumLength} characters, and none of the last ${passwordsRemembered} passwords.`,
  severity: 'medium',
  satisfies: ['soc2:CC6.1', 'iso27001:2022:A.5.17'],
  freshnessHours: 26,
  remediation: {
    aws: `IAM, "Account settings", "Password policy": set the minimum length to ${minimumLength} or more and prevent the reuse of ${passwordsRemembered} passwords.`,
  },
  tests: [
    every('aws.password_policy', {
      reads: ['exists', 'minimumLength', 'reusePrevention'],
      resource: 'AWS account {accountId}',
      judge(policy) {
        if (!policy.exists) return fail('The account has no password policy.');
        const lacks = [
          ...((policy.minimumLength ?? 0) < minimumLength
            ? [`passwords of ${policy.minimumLength ?? 'any'} characters are allowed, fewer than ${minimumLength}`]
            : []),
          ...((policy.reusePrevention ?? 0) < passwordsRemembered
            ? [`the last ${policy.reusePrevention ?? 0} passwords are refused, not ${passwordsRemembered}`]
            : []),
        ];
        return lacks.length === 0 ? pass : fail(`The policy is too weak: ${lacks.join('; ')}.`);
      },
    }),
  ],
});
