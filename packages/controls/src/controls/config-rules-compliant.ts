import { fail, notApplicable, pass, unknown } from '../answer.ts';
import { defineControl } from '../control.ts';
import { every } from '../quantifiers.ts';

export const configRulesCompliant = defineControl({
  id: 'config-rules-compliant',
  title: 'The account keeps its own configuration rules',
  description: 'Every active rule of AWS Config finds all that it judges compliant.',
  severity: 'medium',
  satisfies: ['soc2:CC7.1', 'iso27001:2022:A.8.9', 'iso27001:2022:A.5.36', 'iso27001:2013:A.18.2.3'],
  freshnessHours: 26,
  remediation: {
    aws: 'AWS Config, "Rules", the rule: mend the resources that it lists as noncompliant, or delete a rule that does not hold here.',
  },
  tests: [
    every('aws.config_rule', {
      reads: ['state', 'compliance'],
      resource: '{ruleName} in {region}',
      judge({ state, compliance }) {
        if (state !== 'ACTIVE') return notApplicable('The rule is not active.');
        switch (compliance) {
          case 'compliant':
            return pass;
          case 'non_compliant':
            return fail('Some resources are not compliant.');
          case 'not_applicable':
            return notApplicable('The rule found nothing to judge.');
          case 'insufficient_data':
          case null:
            return unknown('AWS Config has not judged yet.');
          default:
            return compliance satisfies never;
        }
      },
    }),
  ],
});
