import { fail, notApplicable, pass, unknown } from '../answer.ts';
import { defineControl } from '../control.ts';
import { every } from '../quantifiers.ts';

export const mfaForPeople = defineControl({
  id: 'mfa-for-people',
  title: 'People sign in with a second factor',
  description:
    'Every person who can sign in with a password has a second factor: IAM users with a console password, the root user of an AWS account while it has a password, members of GitHub organizations, and users of Okta.',
  severity: 'critical',
  satisfies: ['soc2:CC6.1', 'iso27001:2022:A.8.5', 'iso27001:2013:A.9.4.2'],
  freshnessHours: 26,
  remediation: {
    aws: 'Let the user register an MFA device under "Security credentials", or remove the console password. For the root user, sign in as root and add a hardware key or passkey.',
    github:
      'Ask the member to turn on two-factor authentication, then require it for everybody: organization settings, "Authentication security".',
    okta: 'Let the user enroll a factor at the next sign-in: require one in the enrollment policy, or reset what is half enrolled under "Directory", "People".',
  },
  tests: [
    every('aws.iam_mfa_status', {
      reads: ['hasConsolePassword', 'hasMfa', 'isRoot'],
      resource: '{userName} in AWS account {accountId}',
      judge({ hasConsolePassword, hasMfa, isRoot }) {
        if (hasMfa) return pass;
        if (!hasConsolePassword) return notApplicable('Cannot sign in with a password.');
        return fail(isRoot ? 'The root user has no second factor.' : 'Has a console password and no second factor.');
      },
    }),
    every('github.org_member', {
      reads: ['twoFactor'],
      resource: '{login}',
      judge({ twoFactor }) {
        if (twoFactor === null) return unknown('GitHub tells only owners of the organization who has a second factor.');
        return twoFactor ? pass : fail('Has no second factor.');
      },
    }),
    every('okta.user_factor', {
      reads: ['hasActiveFactor'],
      resource: '{login}',
      judge({ hasActiveFactor }) {
        return hasActiveFactor ? pass : fail('Has no active second factor.');
      },
    }),
  ],
});
