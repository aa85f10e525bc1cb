import { fail, pass } from '../answer.ts';
import { defineControl } from '../control.ts';
import { every } from '../quantifiers.ts';

/** AWS Foundational Security Best Practices, RDS.11. */
const fewestDays = 7;

export const databasesBackedUp = defineControl({
  id: 'databases-backed-up',
  title: 'Databases are backed up automatically',
  description: `Every RDS instance, read replicas included, keeps automated backups for at least ${fewestDays} days.`,
  severity: 'medium',
  satisfies: ['soc2:A1.2', 'iso27001:2022:A.8.13', 'iso27001:2013:A.12.3.1'],
  freshnessHours: 26,
  remediation: {
    aws: `Modify the instance, or the cluster it belongs to, and set the backup retention period to ${fewestDays} days or more.`,
  },
  tests: [
    every('aws.rds_instance', {
      reads: ['backupRetentionDays'],
      resource: '{identifier} in {region}',
      judge({ backupRetentionDays: days }) {
        if (days === 0) return fail('Automated backups are off.');
        return days < fewestDays ? fail(`Backups are kept for ${days} days, fewer than ${fewestDays}.`) : pass;
      },
    }),
  ],
});
