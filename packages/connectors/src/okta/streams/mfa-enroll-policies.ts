import { stream } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { MfaEnrollPolicy } from '../answers.ts';
import type { Okta } from '../client.ts';
import { mfaEnrollPolicy } from '../evidence-policies.ts';
import { nullIfGone, rowsOf } from '../listing.ts';
import { policyDocs, policyFieldsOf, policyListing, policyPermissions } from './policies.ts';

export const mfaEnrollPolicies = stream(
  mfaEnrollPolicy,
  {
    permissions: policyPermissions,
    docs: [policyDocs],
    calls: {
      reads: [{ pagesOf: 'enrollment policies', size: 20 }],
      proves: [1],
    },
    async probe(okta: Okta, { policyId }) {
      const found = await okta.get(`/api/v1/policies/${policyId}`, MfaEnrollPolicy).catch(nullIfGone);
      return found && toRow(found);
    },
  },
  (okta: Okta, { resume }) => rowsOf(okta, policyListing('MFA_ENROLL', MfaEnrollPolicy), resume, toRow),
);

function toRow(one: z.output<typeof MfaEnrollPolicy>): z.input<typeof mfaEnrollPolicy.schema> {
  const authenticators = one.settings?.authenticators?.map(({ key, enroll }) => ({
    key,
    enroll: enroll?.self ?? null,
  }));
  const factors = Object.entries(one.settings?.factors ?? {}).map(([key, { enroll }]) => {
    return { key, enroll: enroll?.self ?? null };
  });
  return { ...policyFieldsOf(one), authenticators: authenticators ?? factors };
}
