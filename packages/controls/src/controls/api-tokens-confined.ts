import { fail, pass, unknown } from '../answer.ts';
import { defineControl } from '../control.ts';
import { every } from '../quantifiers.ts';

export const apiTokensConfined = defineControl({
  id: 'api-tokens-confined',
  title: 'API tokens work from known networks only',
  description: 'Every API token of Okta is confined to network zones.',
  severity: 'medium',
  satisfies: [
    'soc2:CC6.1',
    'soc2:CC6.6',
    'iso27001:2022:A.5.17',
    'iso27001:2022:A.8.20',
    'iso27001:2013:A.9.2.4',
    'iso27001:2013:A.13.1.1',
  ],
  freshnessHours: 26,
  remediation: {
    okta: 'Security, "API", "Tokens": let the token be used from the network zones of its program only, or revoke it.',
  },
  tests: [
    every('okta.api_token', {
      reads: ['network'],
      resource: '{name}',
      judge({ network }) {
        if (network === null) return unknown('Okta does not tell from where the token may be used.');
        return network === 'ANYWHERE' ? fail('The token may be used from anywhere.') : pass;
      },
    }),
  ],
});
