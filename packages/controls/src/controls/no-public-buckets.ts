import { fail, pass } from '../answer.ts';
import { defineControl } from '../control.ts';
import { every } from '../quantifiers.ts';

/** The four settings in the words of the AWS console's API. */
const settings = {
  blockPublicAcls: 'BlockPublicAcls',
  ignorePublicAcls: 'IgnorePublicAcls',
  blockPublicPolicy: 'BlockPublicPolicy',
  restrictPublicBuckets: 'RestrictPublicBuckets',
} as const;

export const noPublicBuckets = defineControl({
  id: 'no-public-buckets',
  title: 'No bucket can be public',
  description: 'For every S3 bucket all four settings of Block Public Access are on, at the bucket or at the account.',
  severity: 'critical',
  satisfies: ['soc2:CC6.1', 'iso27001:2022:A.8.3', 'iso27001:2013:A.9.4.1'],
  freshnessHours: 26,
  remediation: {
    aws: 'Turn on all four settings of S3 Block Public Access for the account; where a bucket has to be public, serve it through CloudFront with origin access control instead.',
  },
  tests: [
    every('aws.s3_public_access', {
      reads: ['effective'],
      resource: '{name}',
      judge({ effective }) {
        const off = Object.entries(settings).flatMap(
          ([setting, word]) => (effective[setting as keyof typeof settings] ? [] : [word]), // Object.entries widens the literal keys
        );
        return off.length === 0 ? pass : fail(`Off both at the bucket and at the account: ${off.join(', ')}.`);
      },
    }),
  ],
});
