import { fail, notApplicable, pass } from '../answer.ts';
import { defineControl } from '../control.ts';
import { every } from '../quantifiers.ts';

export const adminPoliciesConfined = defineControl({
  id: 'admin-policies-confined',
  title: 'No policy of the account allows everything',
  description: 'No managed policy that the account wrote itself allows every action on every resource.',
  severity: 'high',
  satisfies: [
    'soc2:CC6.3',
    'iso27001:2022:A.5.15',
    'iso27001:2022:A.8.2',
    'iso27001:2013:A.9.1.2',
    'iso27001:2013:A.9.2.3',
  ],
  freshnessHours: 26,
  remediation: {
    aws: "Replace the statement by the actions and resources that are needed; IAM Access Analyzer proposes them from what was used. Where administrators are needed, attach AWS's own AdministratorAccess to a role.",
  },
  tests: [
    every('aws.iam_policy', {
      reads: ['isAwsManaged', 'allowsAllOnAll'],
      resource: '{policyName} in AWS account {accountId}',
      judge({ isAwsManaged, allowsAllOnAll }) {
        if (isAwsManaged) return notApplicable('Written by AWS.');
        return allowsAllOnAll ? fail('Allows every action on every resource.') : pass;
      },
    }),
  ],
});
