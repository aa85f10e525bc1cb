import { Checkpoint, each, nullIf, type Row, stream } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import type { Aws } from '../client.ts';
import { accessKey } from '../evidence-identity.ts';
import { pages } from '../pages.ts';
import { listUsers } from './users.ts';

type KeyRow = Row<typeof accessKey>;
type Owner = Pick<KeyRow, 'accountId' | 'userId' | 'userName'>;

export const accessKeys = stream(
  accessKey,
  {
    permissions: ['iam:ListUsers', 'iam:ListAccessKeys', 'iam:GetAccessKeyLastUsed'],
    docs: [
      'https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccessKeys.html',
      'https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html',
    ],
    calls: { reads: [{ pagesOf: 'users', size: 1000 }, { of: 'users' }, { of: 'access keys' }] },
    async probe(aws: Aws, lastKnown) {
      // As with users, a name is enough: under another name a complete listing would have shown the key.
      const keys = await listKeys(aws, lastKnown.userName).catch(nullIf('not_found', /^NoSuchEntity\.User /));
      const key = keys?.find(({ AccessKeyId }) => AccessKeyId === lastKnown.accessKeyId);
      return key === undefined ? null : readKey(aws, lastKnown, key);
    },
  },
  async function* (aws, { resume }) {
    const { accountId } = await aws.identity();
    for await (const { items, next } of listUsers(aws, resume)) {
      yield* each(
        items,
        ({ UserId }) => ({ scope: `user:${UserId}` }),
        async function* ({ UserId, UserName }) {
          const owner = { accountId, userId: UserId, userName: UserName };
          yield* each(
            await listKeys(aws, UserName),
            ({ AccessKeyId }) => ({ scope: `access-key:${AccessKeyId}`, key: [accountId, AccessKeyId] }),
            async function* (key) {
              yield await readKey(aws, owner, key);
            },
          );
        },
        { concurrency: 8 },
      );
      if (next !== undefined) yield new Checkpoint(next);
    }
  },
);

const listedKey = z.object({
  AccessKeyId: z.string().min(1),
  Status: z.enum(['Active', 'Inactive', 'Expired']),
  CreateDate: z.date(),
});
const keysAnswer = z
  .object({ AccessKeyMetadata: z.array(listedKey), IsTruncated: z.boolean(), Marker: z.string().min(1).optional() })
  .refine(({ IsTruncated, Marker }) => !IsTruncated || Marker !== undefined, { path: ['Marker'] });

async function listKeys(aws: Aws, UserName: string): Promise<z.output<typeof listedKey>[]> {
  const listing = pages(async (Marker) => {
    const answer = await aws.iam('ListAccessKeys', keysAnswer, (iam, options) =>
      iam.listAccessKeys({ UserName, ...(Marker !== undefined && { Marker }) }, options),
    );
    return { items: answer.AccessKeyMetadata, next: answer.IsTruncated ? answer.Marker : undefined };
  }, undefined);
  const keys: z.output<typeof listedKey>[] = []; // a user has two at most
  for await (const { items } of listing) keys.push(...items);
  return keys;
}

const lastUsedAnswer = z.object({
  AccessKeyLastUsed: z.object({ LastUsedDate: z.date().optional(), ServiceName: z.string(), Region: z.string() }),
});

async function readKey(
  aws: Aws,
  { accountId, userId, userName }: Owner,
  { AccessKeyId, Status, CreateDate }: z.output<typeof listedKey>,
): Promise<KeyRow> {
  const { AccessKeyLastUsed: use } = await aws.iam('GetAccessKeyLastUsed', lastUsedAnswer, (iam, options) =>
    iam.getAccessKeyLastUsed({ AccessKeyId }, options),
  );
  const told = (text: string) => (text === 'N/A' || text === '' ? null : text);
  return {
    accountId,
    accessKeyId: AccessKeyId,
    userId,
    userName,
    isActive: Status === 'Active',
    createdAt: CreateDate.toISOString(),
    lastUsedAt: use.LastUsedDate?.toISOString() ?? null,
    lastUsedService: told(use.ServiceName),
    lastUsedRegion: told(use.Region),
  };
}
