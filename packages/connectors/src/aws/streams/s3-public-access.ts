import { Checkpoint, each, nullIf, type Row, stream } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import type { Aws } from '../client.ts';
import { s3PublicAccess } from '../evidence.ts';
import { findBucket, type ListedBucket, listBuckets, locateBucket } from './buckets.ts';

type PublicAccess = Row<typeof s3PublicAccess>;
type Block = PublicAccess['effective'];

export const s3PublicAccesses = stream(
  s3PublicAccess,
  {
    permissions: [
      's3:ListAllMyBuckets',
      's3:GetBucketLocation',
      's3:GetBucketPublicAccessBlock',
      's3:GetAccountPublicAccessBlock',
      's3:ListBucket',
    ],
    docs: [
      'https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html',
      'https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetPublicAccessBlock.html',
    ],
    calls: { reads: [1, { pagesOf: 'buckets', size: 1000 }, { of: 'buckets' }] },
    async probe(aws: Aws, lastKnown) {
      const bucket = await findBucket(aws, lastKnown);
      return bucket && readAccess(aws, lastKnown.accountId, bucket, await readAccountBlock(aws, lastKnown.accountId));
    },
  },
  async function* (aws, { resume }) {
    const { accountId } = await aws.identity();
    const accountBlock = await readAccountBlock(aws, accountId);
    for await (const { items, next } of listBuckets(aws, resume)) {
      yield* each(
        items,
        ({ Name }) => ({ scope: `bucket:${Name}`, key: [accountId, Name] }),
        async function* (listed) {
          const bucket = await locateBucket(aws, listed);
          if (bucket !== null) yield await readAccess(aws, accountId, bucket, accountBlock);
        },
        { concurrency: 8 },
      );
      if (next !== undefined) yield new Checkpoint(next);
    }
  },
);

async function readAccess(
  aws: Aws,
  accountId: string,
  { name, region }: ListedBucket,
  account: Block | null,
): Promise<PublicAccess> {
  const bucket = await readBucketBlock(aws, region, name);
  const either = (setting: keyof Block) => bucket?.[setting] === true || account?.[setting] === true;
  const effective = {
    blockPublicAcls: either('blockPublicAcls'),
    ignorePublicAcls: either('ignorePublicAcls'),
    blockPublicPolicy: either('blockPublicPolicy'),
    restrictPublicBuckets: either('restrictPublicBuckets'),
  };
  return { accountId, name, region, bucket, account, effective, isBlocked: Object.values(effective).every(Boolean) };
}

const blockAnswer = z.object({
  PublicAccessBlockConfiguration: z
    .object({
      BlockPublicAcls: z.boolean().default(false),
      IgnorePublicAcls: z.boolean().default(false),
      BlockPublicPolicy: z.boolean().default(false),
      RestrictPublicBuckets: z.boolean().default(false),
    })
    .transform((block) => ({
      blockPublicAcls: block.BlockPublicAcls,
      ignorePublicAcls: block.IgnorePublicAcls,
      blockPublicPolicy: block.BlockPublicPolicy,
      restrictPublicBuckets: block.RestrictPublicBuckets,
    })),
});

async function readBucketBlock(aws: Aws, region: string, Bucket: string): Promise<Block | null> {
  const answer = await aws
    .s3(region)('GetPublicAccessBlock', blockAnswer, (s3, options) => s3.getPublicAccessBlock({ Bucket }, options))
    .catch(nullIf('not_found', /^NoSuchPublicAccessBlockConfiguration /));
  return answer?.PublicAccessBlockConfiguration ?? null;
}

async function readAccountBlock(aws: Aws, AccountId: string): Promise<Block | null> {
  const answer = await aws
    .s3control('GetPublicAccessBlock', blockAnswer, (control, options) =>
      control.getPublicAccessBlock({ AccountId }, options),
    )
    .catch(nullIf('not_found', /^NoSuchPublicAccessBlockConfiguration /));
  return answer?.PublicAccessBlockConfiguration ?? null;
}
