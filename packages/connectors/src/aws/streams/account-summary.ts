import { Expected, type Row, stream } from '@evidence-fleet/connector-sdk';
import type { Aws } from '../client.ts';
import { accountSummary } from '../evidence-identity.ts';
import { readSummary } from './account-counts.ts';

export const accountSummaries = stream(
  accountSummary,
  {
    permissions: ['iam:GetAccountSummary'],
    docs: ['https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html'],
    calls: { reads: [1] },
    probe: (aws: Aws, { accountId }) => readRow(aws, accountId),
  },
  async function* (aws) {
    const { accountId } = await aws.identity();
    yield new Expected(1);
    yield await readRow(aws, accountId);
  },
);

async function readRow(aws: Aws, accountId: string): Promise<Row<typeof accountSummary>> {
  const summary = await readSummary(aws);
  return {
    accountId,
    rootHasMfa: summary.AccountMFAEnabled === 1,
    rootHasAccessKeys: summary.AccountAccessKeysPresent > 0,
    rootHasSigningCertificates: summary.AccountSigningCertificatesPresent > 0,
    rootHasPassword: summary.AccountPasswordPresent === undefined ? null : summary.AccountPasswordPresent === 1,
    users: summary.Users,
    groups: summary.Groups,
    roles: summary.Roles,
    policies: summary.Policies,
    identityProviders: summary.Providers,
    mfaDevices: summary.MFADevices,
    mfaDevicesInUse: summary.MFADevicesInUse,
  };
}
