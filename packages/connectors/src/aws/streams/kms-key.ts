import { Checkpoint, each, nullIf, type Row, stream } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import type { Aws } from '../client.ts';
import { kmsKey } from '../evidence-operations.ts';
import { pages } from '../pages.ts';
import { regionSlices } from './region-slices.ts';

interface Place {
  readonly accountId: string;
  readonly region: string;
}

/** A key's own policy may refuse it: a gap of that key. */
export const kmsKeys = stream(
  kmsKey,
  {
    slices: regionSlices,
    permissions: ['ec2:DescribeRegions', 'kms:ListKeys', 'kms:DescribeKey', 'kms:GetKeyRotationStatus'],
    docs: [
      'https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeys.html',
      'https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html',
      'https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html',
    ],
    calls: {
      reads: [1, { pagesOfEach: 'keys of a region', size: 1000 }, { of: 'keys' }, { of: 'keys that can rotate' }],
      proves: [1],
    },
    probe: (aws: Aws, { accountId, region, keyId }) =>
      readKey(aws, { accountId, region }, keyId).catch(nullIf('not_found', /^NotFoundException /)),
  },
  async function* (aws, { slice, resume }) {
    const place = { accountId: (await aws.identity()).accountId, region: slice.id };
    const listing = pages(async (Marker) => {
      const answer = await aws.kms(slice.id)('ListKeys', keysAnswer, (kms, options) =>
        kms.listKeys({ Limit: 1000, ...(Marker !== undefined && { Marker }) }, options),
      );
      return { items: answer.Keys, next: answer.Truncated ? answer.NextMarker : undefined };
    }, resume);
    for await (const { items, next } of listing) {
      yield* each(
        items,
        ({ KeyId }) => ({ scope: `key:${KeyId}`, key: [place.accountId, place.region, KeyId] }),
        async function* ({ KeyId }) {
          yield await readKey(aws, place, KeyId);
        },
        { concurrency: 8 },
      );
      if (next !== undefined) yield new Checkpoint(next);
    }
  },
);

const keysAnswer = z
  .object({
    Keys: z.array(z.object({ KeyId: z.string().min(1) })),
    Truncated: z.boolean().default(false),
    NextMarker: z.string().min(1).optional(),
  })
  .refine(({ Truncated, NextMarker }) => !Truncated || NextMarker !== undefined, { path: ['NextMarker'] });

const keyAnswer = z.object({
  KeyMetadata: z.object({
    KeyId: z.string().min(1),
    Arn: z.string().min(1),
    KeyManager: z.enum(['AWS', 'CUSTOMER']),
    KeyState: z.string().min(1),
    KeyUsage: z.string().optional(),
    KeySpec: z.string().min(1),
    Origin: z.string().min(1),
    MultiRegion: z.boolean().default(false),
    CreationDate: z.date().optional(),
    DeletionDate: z.date().optional(),
  }),
});
const rotationAnswer = z.object({ KeyRotationEnabled: z.boolean() });

async function readKey(aws: Aws, { accountId, region }: Place, KeyId: string): Promise<Row<typeof kmsKey>> {
  const { KeyMetadata: key } = await aws.kms(region)('DescribeKey', keyAnswer, (kms, options) =>
    kms.describeKey({ KeyId }, options),
  );
  return {
    accountId,
    region,
    keyId: key.KeyId,
    arn: key.Arn,
    isAwsManaged: key.KeyManager === 'AWS',
    state: key.KeyState,
    usage: key.KeyUsage ?? null,
    spec: key.KeySpec,
    origin: key.Origin,
    isMultiRegion: key.MultiRegion,
    createdAt: key.CreationDate?.toISOString() ?? null,
    deletionAt: key.DeletionDate?.toISOString() ?? null,
    rotates: await readRotation(aws, region, key),
  };
}

/** Only symmetric keys whose material is KMS's own rotate: https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html */
async function readRotation(
  aws: Aws,
  region: string,
  { KeyId, KeySpec, Origin }: z.output<typeof keyAnswer>['KeyMetadata'],
): Promise<boolean | null> {
  if (KeySpec !== 'SYMMETRIC_DEFAULT' || Origin !== 'AWS_KMS') return null;
  const answer = await aws.kms(region)('GetKeyRotationStatus', rotationAnswer, (kms, options) =>
    kms.getKeyRotationStatus({ KeyId }, options),
  );
  return answer.KeyRotationEnabled;
}
