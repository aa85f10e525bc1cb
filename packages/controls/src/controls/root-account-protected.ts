import { fail, pass, unknown } from '../answer.ts';
import { defineControl } from '../control.ts';
import { every } from '../quantifiers.ts';

export const rootAccountProtected = defineControl({
  id: 'root-account-protected',
  title: 'The root user is locked away',
  description:
    'The root user of every AWS account has no access keys and no signing certificates, and a second factor unless it cannot sign in at all.',
  severity: 'critical',
  satisfies: [
    'soc2:CC6.1',
    'soc2:CC6.3',
    'iso27001:2022:A.8.2',
    'iso27001:2022:A.8.5',
    'iso27001:2013:A.9.2.3',
    'iso27001:2013:A.9.4.2',
  ],
  freshnessHours: 26,
  remediation: {
    aws: 'Sign in as root, delete its access keys and certificates under "Security credentials", and add a hardware key or passkey. In an organization, take the credentials of member accounts away by central root access.',
  },
  tests: [
    every('aws.account_summary', {
      reads: ['rootHasMfa', 'rootHasAccessKeys', 'rootHasSigningCertificates', 'rootHasPassword'],
      resource: 'AWS account {accountId}',
      judge(account) {
        if (account.rootHasAccessKeys) return fail('The root user has access keys.');
        if (account.rootHasSigningCertificates) return fail('The root user has signing certificates.');
        if (account.rootHasMfa || account.rootHasPassword === false) return pass;
        if (account.rootHasPassword === null) return unknown('AWS does not tell whether the root user can sign in.');
        return fail('The root user has no second factor.');
      },
    }),
  ],
});
