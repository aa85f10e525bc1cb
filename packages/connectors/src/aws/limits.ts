import type { Limit } from '@evidence-fleet/connector-sdk';

/**
 * Quotas an account and region has. One budget is kept over all regions, which is stricter than AWS: a run reads a few calls a region.
 * IAM, Config, RDS and the configuration calls of S3 are throttled at rates that AWS does not publish; theirs are set below what is seen to
 * pass. KMS allows hundreds a second of each operation read here.
 */
export const awsLimits: readonly Limit[] = [
  {
    name: 'sts',
    requests: 600,
    perMs: 1000,
    operations: ['sts:'],
    docs: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html',
  },
  {
    name: 'iam',
    requests: 30,
    perMs: 1000,
    burst: 60,
    operations: ['iam:'],
    docs: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html',
  },
  {
    name: 's3',
    requests: 100,
    perMs: 1000,
    burst: 100,
    operations: ['s3:', 's3control:'],
    docs: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html',
  },
  {
    name: 'cloudtrail.lookup',
    requests: 2,
    perMs: 1000,
    operations: ['cloudtrail:LookupEvents'],
    docs: 'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html',
  },
  {
    name: 'cloudtrail.read',
    requests: 10,
    perMs: 1000,
    operations: ['cloudtrail:'],
    docs: 'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html',
  },
  {
    name: 'ec2.describe',
    requests: 20,
    perMs: 1000,
    burst: 100,
    operations: ['ec2:Describe'],
    docs: 'https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html',
  },
  {
    name: 'kms',
    requests: 100,
    perMs: 1000,
    operations: ['kms:'],
    docs: 'https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html',
  },
  {
    name: 'config',
    requests: 5,
    perMs: 1000,
    burst: 10,
    operations: ['config:'],
    docs: 'https://docs.aws.amazon.com/config/latest/developerguide/configlimits.html',
  },
  {
    name: 'rds',
    requests: 10,
    perMs: 1000,
    operations: ['rds:'],
    docs: 'https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html',
  },
];
