import { stream } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { PasswordPolicy } from '../answers.ts';
import type { Okta } from '../client.ts';
import { passwordPolicy } from '../evidence-policies.ts';
import { nullIfGone, rowsOf } from '../listing.ts';
import { policyDocs, policyFieldsOf, policyListing, policyPermissions } from './policies.ts';

export const passwordPolicies = stream(
  passwordPolicy,
  {
    permissions: policyPermissions,
    docs: [policyDocs],
    calls: {
      reads: [{ pagesOf: 'password policies', size: 20 }],
      proves: [1],
    },
    async probe(okta: Okta, { policyId }) {
      const found = await okta.get(`/api/v1/policies/${policyId}`, PasswordPolicy).catch(nullIfGone);
      return found && toRow(found);
    },
  },
  (okta: Okta, { resume }) => rowsOf(okta, policyListing('PASSWORD', PasswordPolicy), resume, toRow),
);

function toRow(one: z.output<typeof PasswordPolicy>): z.input<typeof passwordPolicy.schema> {
  const { complexity, age, lockout } = one.settings.password;
  return {
    ...policyFieldsOf(one),
    minimumLength: complexity?.minLength ?? null,
    minimumLowercase: complexity?.minLowerCase ?? null,
    minimumUppercase: complexity?.minUpperCase ?? null,
    minimumNumbers: complexity?.minNumber ?? null,
    minimumSymbols: complexity?.minSymbol ?? null,
    excludesUsername: complexity?.excludeUsername ?? null,
    excludesCommonPasswords: complexity?.dictionary?.common?.exclude ?? null,
    maxAgeDays: age?.maxAgeDays ?? null,
    minAgeMinutes: age?.minAgeMinutes ?? null,
    historyCount: age?.historyCount ?? null,
    lockoutAttempts: lockout?.maxAttempts ?? null,
    autoUnlockMinutes: lockout?.autoUnlockMinutes ?? null,
  };
}
