import { Checkpoint, Expected, each, type Row, stream } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import type { Aws } from '../client.ts';
import { iamMfaStatus } from '../evidence.ts';
import { pages } from '../pages.ts';
import { countOf, readSummary } from './account-counts.ts';
import { findUser, type ListedUser, listUsers, readLoginProfile } from './users.ts';

type MfaStatus = Row<typeof iamMfaStatus>;

/** The root user has no AIDA id; the account's summary speaks for it. */
const rootId = 'root';

export const iamMfaStatuses = stream(
  iamMfaStatus,
  {
    permissions: ['iam:ListUsers', 'iam:GetLoginProfile', 'iam:ListMFADevices', 'iam:GetAccountSummary', 'iam:GetUser'],
    docs: [
      'https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADevices.html',
      'https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html',
    ],
    calls: { reads: [1, { pagesOf: 'users', size: 1000 }, { of: 'users', times: 2 }] },
    async probe(aws: Aws, lastKnown) {
      if (lastKnown.isRoot) return readRoot(aws, lastKnown.accountId);
      const user = await findUser(aws, lastKnown);
      return user && readUser(aws, lastKnown.accountId, user);
    },
  },
  async function* (aws, { resume }) {
    const { accountId } = await aws.identity();
    const total = await countOf(aws, 'Users');
    if (total !== null) yield new Expected(total + 1); // and the root user
    const site = (userId: string) => ({ scope: `user:${userId}`, key: [accountId, userId] });
    if (resume === undefined) {
      yield* each([rootId], site, async function* () {
        yield await readRoot(aws, accountId);
      });
    }
    for await (const { items, next } of listUsers(aws, resume)) {
      yield* each(
        items,
        ({ UserId }) => site(UserId),
        async function* (user) {
          yield await readUser(aws, accountId, user);
        },
        { concurrency: 8 },
      );
      if (next !== undefined) yield new Checkpoint(next);
    }
  },
);

const devicesAnswer = z.object({
  MFADevices: z.array(z.object({ SerialNumber: z.string().min(1), EnableDate: z.date() })),
  IsTruncated: z.boolean(),
  Marker: z.string().min(1).optional(),
});

async function readUser(aws: Aws, accountId: string, { UserId, UserName }: ListedUser): Promise<MfaStatus> {
  const login = await readLoginProfile(aws, UserName);
  const devices: MfaStatus['devices'] = [];
  const listing = pages(async (Marker) => {
    const answer = await aws.iam('ListMFADevices', devicesAnswer, (iam, options) =>
      iam.listMFADevices({ UserName, ...(Marker !== undefined && { Marker }) }, options),
    );
    return { items: answer.MFADevices, next: answer.IsTruncated ? answer.Marker : undefined };
  }, undefined);
  for await (const { items } of listing) {
    for (const { SerialNumber, EnableDate } of items) {
      devices.push({ serialNumber: SerialNumber, kind: deviceKind(SerialNumber), enabledAt: EnableDate.toISOString() });
    }
  }
  const hasMfa = devices.length > 0;
  return {
    accountId,
    userId: UserId,
    userName: UserName,
    isRoot: false,
    hasConsolePassword: login !== null,
    hasMfa,
    devices,
  };
}

/** AWS tells the kinds apart by the form of the serial number only: https://docs.aws.amazon.com/IAM/latest/APIReference/API_MFADevice.html */
function deviceKind(serialNumber: string): MfaStatus['devices'][number]['kind'] {
  if (/^arn:[^:]+:iam::\d{12}:mfa\//.test(serialNumber)) return 'virtual';
  if (/^arn:[^:]+:iam::\d{12}:u2f\//.test(serialNumber)) return 'fido';
  return 'hardware';
}

async function readRoot(aws: Aws, accountId: string): Promise<MfaStatus> {
  const summary = await readSummary(aws);
  return {
    accountId,
    userId: rootId,
    userName: '<root_account>',
    isRoot: true,
    // Only an organization can take the root user's password away; where the summary says nothing, there is one.
    hasConsolePassword: summary.AccountPasswordPresent !== 0,
    hasMfa: summary.AccountMFAEnabled === 1,
    devices: [],
  };
}
