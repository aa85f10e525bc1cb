import { type Answer, fail, notApplicable, pass, unknown } from '../answer.ts';
import { defineControl } from '../control.ts';
import { every } from '../quantifiers.ts';

/** CIS Amazon Web Services Foundations Benchmark: 14 characters, 24 passwords remembered. */
const minimumLength = 14;
const passwordsRemembered = 24;

export const passwordPolicy = defineControl({
  id: 'password-policy',
  title: 'Passwords are long and not used again',
  description: `The AWS account, and every active password policy of Okta, asks for at least ${minimumLength} characters, and none of the last ${passwordsRemembered} passwords.`,
  severity: 'medium',
  satisfies: ['soc2:CC6.1', 'iso27001:2022:A.5.17', 'iso27001:2013:A.9.4.3'],
  freshnessHours: 26,
  remediation: {
    aws: `IAM, "Account settings", "Password policy": set the minimum length to ${minimumLength} or more and prevent the reuse of ${passwordsRemembered} passwords.`,
    okta: `Security, "Authenticators", "Password": set the minimum length of the policy to ${minimumLength} or more and enforce a history of ${passwordsRemembered} passwords.`,
  },
  tests: [
    every('aws.password_policy', {
      reads: ['exists', 'minimumLength', 'reusePrevention'],
      resource: 'AWS account {accountId}',
      judge(policy) {
        if (!policy.exists) return fail('The account has no password policy.');
        return answerFor(policy.minimumLength ?? 0, policy.reusePrevention ?? 0);
      },
    }),
    every('okta.password_policy', {
      reads: ['status', 'minimumLength', 'historyCount'],
      resource: '{name}',
      judge({ status, minimumLength: length, historyCount: remembered }) {
        if (status !== 'ACTIVE') return notApplicable('The policy is not active.');
        if (length === null || remembered === null) return unknown('Okta does not tell what the policy asks for.');
        return answerFor(length, remembered);
      },
    }),
  ],
});

function answerFor(length: number, remembered: number): Answer {
  const lacks = [
    ...(length < minimumLength ? [`passwords of ${length} characters are allowed, fewer than ${minimumLength}`] : []),
    ...(remembered < passwordsRemembered
      ? [`the last ${remembered} passwords are refused, not ${passwordsRemembered}`]
      : []),
  ];
  return lacks.length === 0 ? pass : fail(`The policy is too weak: ${lacks.join('; ')}.`);
}
