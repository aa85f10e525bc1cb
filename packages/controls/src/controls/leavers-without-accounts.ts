import { type Answer, fail, notApplicable, pass, unknown } from '../answer.ts';
import { defineControl } from '../control.ts';
import { joined } from '../quantifiers.ts';
import type { Person } from '../relations.ts';

export const leaversWithoutAccounts = defineControl({
  id: 'leavers-without-accounts',
  title: 'Who has left has no account any more',
  description:
    'Nobody who was deactivated in Okta has an IAM user, is a member of a GitHub organization, or is active in Jira. Whose an account is, is told by the assignments of Okta and by a map that the organization edits.',
  severity: 'critical',
  satisfies: [
    'soc2:CC6.2',
    'soc2:CC6.3',
    'iso27001:2022:A.5.16',
    'iso27001:2022:A.5.18',
    'iso27001:2022:A.6.5',
    'iso27001:2013:A.7.3.1',
    'iso27001:2013:A.9.2.1',
    'iso27001:2013:A.9.2.6',
  ],
  freshnessHours: 26,
  remediation: {
    aws: 'Delete the IAM user with its access keys: IAM, "Users".',
    github: 'Remove the member from the organization: "People".',
    jira: 'Deactivate or remove the account: admin.atlassian.com, "Directory", "Users".',
  },
  tests: [
    joined('aws.iam_user', {
      relation: 'person',
      reads: [],
      resource: '{userName} in AWS account {accountId}',
      judge: (_, person) => answerFor(person),
    }),
    joined('github.org_member', {
      relation: 'person',
      reads: [],
      resource: '{login}',
      judge: (_, person) => answerFor(person),
    }),
    joined('jira.user', {
      relation: 'person',
      reads: ['accountType', 'active'],
      resource: 'Jira account {accountId}',
      judge({ accountType, active }, person) {
        if (!active) return notApplicable('Not active.');
        return accountType === 'atlassian' ? answerFor(person) : notApplicable('Not the account of an employee.');
      },
    }),
  ],
});

function answerFor(person: Person): Answer {
  switch (person) {
    case 'active':
      return pass;
    case 'gone':
      return fail('Belongs to somebody who was deactivated in Okta.');
    case 'nobody':
      return notApplicable('Belongs to no person, says the organization.');
    case 'ambiguous':
      return unknown('Okta names several people for it; say whose it is with "fleet people map".');
    case 'unmatched':
      return unknown(
        'Nobody in Okta is known to have it; assign it there, or say whose it is with "fleet people map".',
      );
  }
}
