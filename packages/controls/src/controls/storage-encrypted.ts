import { fail, pass } from '../answer.ts';
import { defineControl } from '../control.ts';
import { every } from '../quantifiers.ts';

export const storageEncrypted = defineControl({
  id: 'storage-encrypted',
  title: 'Stored objects are encrypted',
  description: 'Every S3 bucket encrypts new objects by default, with keys of S3 or of KMS.',
  severity: 'high',
  satisfies: ['soc2:CC6.1', 'iso27001:2022:A.8.24', 'iso27001:2013:A.10.1.1'],
  freshnessHours: 26,
  remediation: {
    aws: 'Open the bucket, "Properties", "Default encryption", and choose keys of S3 (SSE-S3) or of KMS (SSE-KMS). Objects that were stored before stay as they are: copy them onto themselves.',
  },
  tests: [
    every('aws.s3_bucket', {
      reads: ['encryption'],
      resource: '{name}',
      judge({ encryption }) {
        return encryption === null ? fail('No default encryption is configured.') : pass;
      },
    }),
  ],
});
