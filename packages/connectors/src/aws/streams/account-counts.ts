import { ConnectorError, nullIf } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import type { Aws } from '../client.ts';

const summaryAnswer = z.object({
  SummaryMap: z.object({
    Users: z.int(),
    Groups: z.int(),
    Roles: z.int(),
    Policies: z.int(),
    Providers: z.int(),
    MFADevices: z.int(),
    MFADevicesInUse: z.int(),
    AccountMFAEnabled: z.int(),
    AccountAccessKeysPresent: z.int(),
    AccountSigningCertificatesPresent: z.int(),
    AccountPasswordPresent: z.int().optional(),
  }),
});

/** IAM's own counts: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html */
export async function readSummary(aws: Aws) {
  const { SummaryMap } = await aws.iam('GetAccountSummary', summaryAnswer, (iam, options) =>
    iam.getAccountSummary({}, options),
  );
  return SummaryMap;
}

/** How many there are by IAM's own count, to be asked before they are listed; null where the credential may not ask. */
export async function countOf(aws: Aws, kind: 'Users' | 'Roles' | 'Policies'): Promise<number | null> {
  const summary = await readSummary(aws).catch(nullIf('permission_denied'));
  return summary?.[kind] ?? null;
}

/** For a probe: the provider knows the thing, but a row of it is read from a listing that left it out. What it is now stays unknown. */
export function notListed(what: string): ConnectorError {
  return new ConnectorError('not_found', `AWS knows the ${what} but did not list it: the next run reads it again.`);
}
