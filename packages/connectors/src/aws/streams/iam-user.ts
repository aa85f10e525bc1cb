import { Checkpoint, Expected, each, type Row, stream } from '@evidence-fleet/connector-sdk';
import type { Aws } from '../client.ts';
import { iamUser } from '../evidence.ts';
import { countOf } from './account-counts.ts';
import { findUser, type ListedUser, listUsers, readLoginProfile } from './users.ts';

export const iamUsers = stream(
  iamUser,
  {
    permissions: ['iam:ListUsers', 'iam:GetLoginProfile', 'iam:GetUser', 'iam:GetAccountSummary'],
    docs: [
      'https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html',
      'https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetLoginProfile.html',
      'https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html',
    ],
    calls: {
      reads: [{ pagesOf: 'users', size: 1000 }, { of: 'users' }],
      proves: [1],
    },
    async probe(aws: Aws, lastKnown) {
      const user = await findUser(aws, lastKnown);
      return user && readUser(aws, lastKnown.accountId, user);
    },
  },
  async function* (aws, { resume }) {
    const { accountId } = await aws.identity();
    const total = await countOf(aws, 'Users');
    if (total !== null) yield new Expected(total);
    for await (const { items, next } of listUsers(aws, resume)) {
      yield* each(
        items,
        ({ UserId }) => ({ scope: `user:${UserId}`, key: [accountId, UserId] }),
        async function* (user) {
          yield await readUser(aws, accountId, user);
        },
        { concurrency: 8 },
      );
      if (next !== undefined) yield new Checkpoint(next);
    }
  },
);

async function readUser(aws: Aws, accountId: string, user: ListedUser): Promise<Row<typeof iamUser>> {
  const login = await readLoginProfile(aws, user.UserName);
  return {
    accountId,
    userId: user.UserId,
    userName: user.UserName,
    arn: user.Arn,
    path: user.Path,
    createdAt: user.CreateDate.toISOString(),
    hasConsolePassword: login !== null,
    passwordCreatedAt: login?.CreateDate.toISOString() ?? null,
    passwordResetRequired: login?.PasswordResetRequired ?? false,
    passwordLastUsedAt: user.PasswordLastUsed?.toISOString() ?? null,
  };
}
