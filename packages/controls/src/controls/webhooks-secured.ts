import { fail, notApplicable, pass, unknown } from '../answer.ts';
import { defineControl } from '../control.ts';
import { every } from '../quantifiers.ts';

export const webhooksSecured = defineControl({
  id: 'webhooks-secured',
  title: 'Webhooks are encrypted and signed',
  description:
    'Every active webhook of an organization and its repositories goes over HTTPS, checks the certificate of its host, and signs what it sends.',
  severity: 'medium',
  satisfies: [
    'soc2:CC6.7',
    'iso27001:2022:A.5.14',
    'iso27001:2022:A.8.21',
    'iso27001:2013:A.13.1.2',
    'iso27001:2013:A.13.2.1',
  ],
  freshnessHours: 26,
  remediation: {
    github:
      'Settings of the organization or repository, "Webhooks": use an https address, turn on SSL verification and set a secret that the receiver checks, or delete the webhook.',
  },
  tests: [
    every('github.webhook', {
      reads: ['active', 'host', 'encrypted', 'verifiesCertificate', 'hasSecret'],
      // It has no text that is always there: the host is in the reason.
      resource: 'webhook',
      judge({ active, host, encrypted, verifiesCertificate, hasSecret }) {
        if (!active) return notApplicable('The webhook is not active.');
        if (host === null) return unknown('GitHub does not tell where the webhook goes.');
        if (!encrypted) return fail(`${host} is told of events without encryption.`);
        if (!verifiesCertificate) return fail(`The certificate of ${host} is not checked.`);
        return hasSecret ? pass : fail(`What ${host} is sent is not signed: there is no secret.`);
      },
    }),
  ],
});
