import { fail, notApplicable, pass } from '../answer.ts';
import { defineControl } from '../control.ts';
import { every } from '../quantifiers.ts';

export const singleAccessKey = defineControl({
  id: 'single-access-key',
  title: 'No user has two active access keys',
  description: 'Every IAM user has at most one active access key: a second one is for the time of a rotation only.',
  severity: 'medium',
  satisfies: ['soc2:CC6.1', 'iso27001:2022:A.5.17', 'iso27001:2013:A.9.2.4'],
  freshnessHours: 26,
  remediation: {
    aws: 'Move what still uses the older key to the newer one, then deactivate and delete the older one: IAM, "Users", the user, "Security credentials".',
  },
  tests: [
    every('aws.credential_report', {
      reads: ['isRoot', 'accessKey1Active', 'accessKey2Active'],
      resource: '{userName} in AWS account {accountId}',
      judge({ isRoot, accessKey1Active, accessKey2Active }) {
        if (isRoot) return notApplicable('The root user may have no access key at all.');
        if (accessKey1Active && accessKey2Active) return fail('Has two active access keys.');
        return accessKey1Active || accessKey2Active ? pass : notApplicable('Has no active access key.');
      },
    }),
  ],
});
