import { fail, notApplicable, pass, unknown } from '../answer.ts';
import { defineControl } from '../control.ts';
import { every } from '../quantifiers.ts';

export const keysRotated = defineControl({
  id: 'keys-rotated',
  title: 'Encryption keys rotate',
  description:
    'Every enabled KMS key that the account manages itself rotates automatically, where a key of its kind can: symmetric, with material of KMS.',
  severity: 'medium',
  satisfies: ['soc2:CC6.1', 'iso27001:2022:A.8.24', 'iso27001:2013:A.10.1.2'],
  freshnessHours: 26,
  remediation: {
    aws: 'KMS, "Customer managed keys", the key, "Key rotation": turn on automatic rotation. Applications need no change.',
  },
  tests: [
    every('aws.kms_key', {
      reads: ['isAwsManaged', 'state', 'spec', 'origin', 'rotates'],
      resource: '{keyId} in {region}',
      judge({ isAwsManaged, state, spec, origin, rotates }) {
        if (isAwsManaged) return notApplicable('AWS manages the key and rotates it.');
        if (state !== 'Enabled') return notApplicable('The key is not enabled.');
        if (spec !== 'SYMMETRIC_DEFAULT' || origin !== 'AWS_KMS')
          return notApplicable('A key of this kind cannot rotate by itself.');
        if (rotates === null) return unknown('AWS does not tell whether the key rotates.');
        return rotates ? pass : fail('Automatic rotation is off.');
      },
    }),
  ],
});
