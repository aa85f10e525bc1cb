import { type Answer, fail, notApplicable, pass, unknown } from '../answer.ts';
import { defineControl } from '../control.ts';
import { joined } from '../quantifiers.ts';
import type { Ticket } from '../relations.ts';

/** Days that an alert may be open without a ticket, by its severity. */
const limits = { critical: 7, high: 30, medium: 90, low: 180 } as const;
const secretLimit = 1;

export const overdueAlertsTicketed = defineControl({
  id: 'overdue-alerts-ticketed',
  title: 'Alerts that stay open have a ticket',
  description:
    'An alert of Dependabot or code scanning that is open for longer than 7 days (critical), 30 (high), 90 (medium) or 180 (low), and one of secret scanning after one day, is mentioned by a Jira issue: by its address, or by the name of the vulnerability.',
  severity: 'high',
  satisfies: [
    'soc2:CC7.1',
    'soc2:CC7.4',
    'iso27001:2022:A.8.8',
    'iso27001:2022:A.5.26',
    'iso27001:2013:A.12.6.1',
    'iso27001:2013:A.16.1.5',
  ],
  freshnessHours: 26,
  remediation: {
    github: 'Mend what the alert is about, or open an issue in Jira with the address of the alert in its description.',
  },
  tests: [
    joined('github.dependabot_alert', {
      relation: 'ticket',
      reads: ['severity', 'state'],
      resource: '{ghsaId} in {repository}',
      judge: ({ severity, state }, ticket) => answerFor(state === 'open', ticket, limits[severity]),
    }),
    joined('github.code_scanning_alert', {
      relation: 'ticket',
      reads: ['securitySeverity', 'state'],
      resource: 'code scanning alert in {repository}',
      judge({ securitySeverity, state }, ticket) {
        if (securitySeverity === null) return notApplicable('Not about security.');
        if (state === null) return unknown('GitHub does not tell whether the alert is open.');
        return answerFor(state === 'open', ticket, limits[securitySeverity]);
      },
    }),
    joined('github.secret_scanning_alert', {
      relation: 'ticket',
      reads: ['state'],
      resource: 'leaked secret in {repository}',
      judge: ({ state }, ticket) => answerFor(state === 'open', ticket, secretLimit),
    }),
  ],
});

function answerFor(isOpen: boolean, ticket: Ticket, limitDays: number): Answer {
  if (!isOpen) return notApplicable('Not open.');
  if (ticket.isTicketed || ticket.ageDays <= limitDays) return pass;
  return fail(`Open for more than ${limitDays === 1 ? 'a day' : `${limitDays} days`}, and no issue mentions it.`);
}
