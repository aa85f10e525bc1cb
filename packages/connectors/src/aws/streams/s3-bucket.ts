import { Checkpoint, each, nullIf, type Row, stream } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import type { Aws } from '../client.ts';
import { s3Bucket } from '../evidence.ts';
import { findBucket, type ListedBucket, listBuckets, locateBucket } from './buckets.ts';

type BucketRow = Row<typeof s3Bucket>;

export const s3Buckets = stream(
  s3Bucket,
  {
    permissions: [
      's3:ListAllMyBuckets',
      's3:GetBucketLocation',
      's3:GetEncryptionConfiguration',
      's3:GetBucketVersioning',
      's3:GetBucketLogging',
      's3:GetBucketPolicyStatus',
      's3:ListBucket',
    ],
    docs: [
      'https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html',
      'https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html',
      'https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html',
      'https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLogging.html',
      'https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html',
    ],
    calls: {
      reads: [
        { pagesOf: 'buckets', size: 1000 },
        { of: 'buckets', times: 4 },
      ],
    },
    async probe(aws: Aws, lastKnown) {
      const bucket = await findBucket(aws, lastKnown);
      return bucket && readBucket(aws, lastKnown.accountId, bucket);
    },
  },
  async function* (aws, { resume }) {
    const { accountId } = await aws.identity();
    for await (const { items, next } of listBuckets(aws, resume)) {
      yield* each(
        items,
        ({ Name }) => ({ scope: `bucket:${Name}`, key: [accountId, Name] }),
        async function* (listed) {
          const bucket = await locateBucket(aws, listed);
          if (bucket !== null) yield await readBucket(aws, accountId, bucket);
        },
        { concurrency: 8 },
      );
      if (next !== undefined) yield new Checkpoint(next);
    }
  },
);

async function readBucket(aws: Aws, accountId: string, { name, region, createdAt }: ListedBucket): Promise<BucketRow> {
  return {
    accountId,
    name,
    region,
    createdAt,
    encryption: await readEncryption(aws, region, name),
    ...(await readVersioning(aws, region, name)),
    logsTo: await readLogging(aws, region, name),
    policyIsPublic: await readPolicyStatus(aws, region, name),
  };
}

const encryptionAnswer = z.object({
  ServerSideEncryptionConfiguration: z.object({
    Rules: z.array(
      z.object({
        ApplyServerSideEncryptionByDefault: z
          .object({ SSEAlgorithm: z.string().min(1), KMSMasterKeyID: z.string().optional() })
          .optional(),
        BucketKeyEnabled: z.boolean().optional(),
      }),
    ),
  }),
});

async function readEncryption(aws: Aws, region: string, Bucket: string): Promise<BucketRow['encryption']> {
  const answer = await aws
    .s3(region)('GetBucketEncryption', encryptionAnswer, (s3, options) => s3.getBucketEncryption({ Bucket }, options))
    .catch(nullIf('not_found', /^ServerSideEncryptionConfigurationNotFoundError /));
  // S3 allows one rule that sets a default.
  const rule = answer?.ServerSideEncryptionConfiguration.Rules.find((one) => one.ApplyServerSideEncryptionByDefault);
  const byDefault = rule?.ApplyServerSideEncryptionByDefault;
  if (byDefault === undefined) return null;
  return {
    algorithm: byDefault.SSEAlgorithm,
    kmsKeyId: byDefault.KMSMasterKeyID ?? null,
    bucketKeyEnabled: rule?.BucketKeyEnabled ?? false,
  };
}

const versioningAnswer = z.object({
  Status: z.enum(['Enabled', 'Suspended']).optional(),
  MFADelete: z.enum(['Enabled', 'Disabled']).optional(),
});

async function readVersioning(
  aws: Aws,
  region: string,
  Bucket: string,
): Promise<Pick<BucketRow, 'versioning' | 'mfaDelete'>> {
  const { Status, MFADelete } = await aws.s3(region)('GetBucketVersioning', versioningAnswer, (s3, options) =>
    s3.getBucketVersioning({ Bucket }, options),
  );
  // S3 answers without a status for a bucket that never was versioned.
  const versioning = Status === undefined ? 'never' : Status === 'Enabled' ? 'enabled' : 'suspended';
  return { versioning, mfaDelete: MFADelete === 'Enabled' };
}

const loggingAnswer = z.object({
  LoggingEnabled: z.object({ TargetBucket: z.string().min(1), TargetPrefix: z.string().default('') }).optional(),
});

async function readLogging(aws: Aws, region: string, Bucket: string): Promise<BucketRow['logsTo']> {
  const { LoggingEnabled } = await aws.s3(region)('GetBucketLogging', loggingAnswer, (s3, options) =>
    s3.getBucketLogging({ Bucket }, options),
  );
  return LoggingEnabled === undefined
    ? null
    : { bucket: LoggingEnabled.TargetBucket, prefix: LoggingEnabled.TargetPrefix };
}

const policyStatusAnswer = z.object({ PolicyStatus: z.object({ IsPublic: z.boolean() }) });

async function readPolicyStatus(aws: Aws, region: string, Bucket: string): Promise<boolean | null> {
  const answer = await aws
    .s3(region)('GetBucketPolicyStatus', policyStatusAnswer, (s3, options) =>
      s3.getBucketPolicyStatus({ Bucket }, options),
    )
    .catch(nullIf('not_found', /^NoSuchBucketPolicy /));
  return answer?.PolicyStatus.IsPublic ?? null;
}
