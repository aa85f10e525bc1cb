import { fail, pass } from '../answer.ts';
import { defineControl } from '../control.ts';
import { every } from '../quantifiers.ts';

export const databasesEncrypted = defineControl({
  id: 'databases-encrypted',
  title: 'Databases are encrypted at rest',
  description: 'The storage of every RDS instance is encrypted, and with it the backups and snapshots.',
  severity: 'high',
  satisfies: ['soc2:CC6.1', 'iso27001:2022:A.8.24', 'iso27001:2013:A.10.1.1'],
  freshnessHours: 26,
  remediation: {
    aws: 'An existing instance cannot be encrypted in place: take a snapshot, copy it with a KMS key, restore the copy as a new instance and move the clients there.',
  },
  tests: [
    every('aws.rds_instance', {
      reads: ['isEncrypted'],
      resource: '{identifier} in {region}',
      judge({ isEncrypted }) {
        return isEncrypted ? pass : fail('The storage is not encrypted.');
      },
    }),
  ],
});
