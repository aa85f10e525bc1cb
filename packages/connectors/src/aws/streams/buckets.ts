import { nullIf } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import type { Aws } from '../client.ts';
import { type Page, pages } from '../pages.ts';

/** A bucket and where it is: every further call must go to its own region. */
export interface ListedBucket {
  readonly name: string;
  readonly region: string;
  readonly createdAt: string | null;
}

const bucketsAnswer = z.object({
  Buckets: z.array(
    z.object({
      Name: z.string().min(1),
      CreationDate: z.date().optional(),
      BucketRegion: z.string().min(1).optional(),
    }),
  ),
  ContinuationToken: z.string().min(1).optional(),
});

type Bucket = z.output<typeof bucketsAnswer>['Buckets'][number];

/** The account's buckets, by pages because the number may be large: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html */
export function listBuckets(aws: Aws, resume: string | undefined): AsyncGenerator<Page<Bucket>> {
  return pages(async (ContinuationToken) => {
    const answer = await aws.s3(aws.settings.homeRegion)('ListBuckets', bucketsAnswer, (s3, options) =>
      s3.listBuckets({ MaxBuckets: 1000, ...(ContinuationToken !== undefined && { ContinuationToken }) }, options),
    );
    return { items: answer.Buckets, next: answer.ContinuationToken };
  }, resume);
}

const locationAnswer = z.object({ LocationConstraint: z.string().optional() });

/**
 * Finds the bucket's region where the listing did not say it; null: outside the configured regions.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
 */
export async function locateBucket(
  aws: Aws,
  { Name, CreationDate, BucketRegion }: Bucket,
): Promise<ListedBucket | null> {
  const region = BucketRegion ?? (await readLocation(aws, Name));
  const { regions } = aws.settings;
  if (regions !== 'all' && !regions.includes(region)) return null;
  return { name: Name, region, createdAt: CreationDate?.toISOString() ?? null };
}

async function readLocation(aws: Aws, Bucket: string): Promise<string> {
  const { LocationConstraint } = await aws.s3(aws.settings.homeRegion)(
    'GetBucketLocation',
    locationAnswer,
    (s3, options) => s3.getBucketLocation({ Bucket }, options),
  );
  if (LocationConstraint === undefined || LocationConstraint === '') return 'us-east-1';
  return LocationConstraint === 'EU' ? 'eu-west-1' : LocationConstraint; // names from before 2007
}

/**
 * For proof of absence: null when S3 says that no such bucket exists. A bucket that somebody else made under the name since is refused,
 * and thrown as `permission_denied`: S3 does not tell it from one that we may not see.
 */
export async function findBucket(
  aws: Aws,
  lastKnown: { accountId: string; name: string; region: string },
): Promise<ListedBucket | null> {
  const head = await aws
    .s3(lastKnown.region)('HeadBucket', z.object({}), (s3, options) =>
      s3.headBucket({ Bucket: lastKnown.name, ExpectedBucketOwner: lastKnown.accountId }, options),
    )
    .catch(nullIf('not_found'));
  return head && { name: lastKnown.name, region: lastKnown.region, createdAt: null };
}
