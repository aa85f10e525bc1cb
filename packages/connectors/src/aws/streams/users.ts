import { nullIf } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import type { Aws } from '../client.ts';
import { type Page, pages } from '../pages.ts';

const listedUser = z.object({
  UserId: z.string().min(1),
  UserName: z.string().min(1),
  Arn: z.string().min(1),
  Path: z.string(),
  CreateDate: z.date(),
  PasswordLastUsed: z.date().optional(),
});

/** A user as ListUsers and GetUser show it. */
export type ListedUser = z.output<typeof listedUser>;

const listUsersAnswer = z
  .object({ Users: z.array(listedUser), IsTruncated: z.boolean(), Marker: z.string().min(1).optional() })
  .refine(
    // A page that claims a successor without naming it would cut the listing short.
    ({ IsTruncated, Marker }) => !IsTruncated || Marker !== undefined,
    { path: ['Marker'] },
  );

/** Every user of the account: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html */
export function listUsers(aws: Aws, resume: string | undefined): AsyncGenerator<Page<ListedUser>> {
  return pages(async (Marker) => {
    const answer = await aws.iam('ListUsers', listUsersAnswer, (iam, options) =>
      iam.listUsers({ MaxItems: 1000, ...(Marker !== undefined && { Marker }) }, options),
    );
    return { items: answer.Users, next: answer.IsTruncated ? answer.Marker : undefined };
  }, resume);
}

const getUserAnswer = z.object({ User: listedUser });

/** Whoever bears the name; null: nobody does. https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html */
export async function findUserByName(aws: Aws, userName: string): Promise<ListedUser | null> {
  const answer = await aws
    .iam('GetUser', getUserAnswer, (iam, options) => iam.getUser({ UserName: userName }, options))
    .catch(nullIf('not_found', /^NoSuchEntity\.User /));
  return answer?.User ?? null;
}

/**
 * The user of an immutable id, for proof of absence; null: gone. IAM finds users by name only, which is sound here: a complete listing
 * has just not shown the id, so whoever bears its last name now is somebody else, and NoSuchEntity means that nobody does.
 */
export async function findUser(
  aws: Aws,
  { userId, userName }: { userId: string; userName: string },
): Promise<ListedUser | null> {
  const user = await findUserByName(aws, userName);
  return user?.UserId === userId ? user : null;
}

const loginProfileAnswer = z.object({
  LoginProfile: z.object({ CreateDate: z.date(), PasswordResetRequired: z.boolean().default(false) }),
});

/** The console password of a user; null: the user has none. https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetLoginProfile.html */
export async function readLoginProfile(aws: Aws, UserName: string) {
  const answer = await aws
    .iam('GetLoginProfile', loginProfileAnswer, (iam, options) => iam.getLoginProfile({ UserName }, options))
    .catch(nullIf('not_found', /^NoSuchEntity\.LoginProfile /));
  return answer?.LoginProfile ?? null;
}
