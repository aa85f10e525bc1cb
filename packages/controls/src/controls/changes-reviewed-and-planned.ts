import { fail, pass } from '../answer.ts';
import { defineControl } from '../control.ts';
import { joined } from '../quantifiers.ts';

export const changesReviewedAndPlanned = defineControl({
  id: 'changes-reviewed-and-planned',
  title: 'Changes are reviewed, and follow an issue',
  description:
    'Every merged pull request was approved by somebody on its last commit, and its title names a Jira issue that is kept for changes (setting `issues.change` of the integration).',
  severity: 'high',
  satisfies: [
    'soc2:CC8.1',
    'iso27001:2022:A.8.25',
    'iso27001:2022:A.8.32',
    'iso27001:2013:A.12.1.2',
    'iso27001:2013:A.14.2.1',
    'iso27001:2013:A.14.2.2',
  ],
  freshnessHours: 26,
  remediation: {
    github:
      'What was merged cannot be mended: let somebody review it afterwards and note that in the issue. For the next ones require reviews in a ruleset, and a title with the key of the issue.',
  },
  tests: [
    joined('github.pull_request', {
      relation: 'changeIssue',
      reads: ['lastCommitApproved'],
      resource: '{repository}: {title}',
      judge({ lastCommitApproved }, issue) {
        if (lastCommitApproved && issue === 'named') return pass;
        if (lastCommitApproved) return fail('Merged without an issue for changes in its title.');
        return issue === 'named'
          ? fail('Merged without an approval of its last commit.')
          : fail('Merged without an approval of its last commit, and without an issue for changes in its title.');
      },
    }),
  ],
});
