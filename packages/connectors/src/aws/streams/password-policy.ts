import { Expected, nullIf, type Row, stream } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import type { Aws } from '../client.ts';
import { passwordPolicy } from '../evidence.ts';

export const passwordPolicies = stream(
  passwordPolicy,
  {
    permissions: ['iam:GetAccountPasswordPolicy'],
    docs: ['https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountPasswordPolicy.html'],
    calls: { reads: [1] },
    probe: (aws: Aws, { accountId }) => readPolicy(aws, accountId),
  },
  async function* (aws) {
    const { accountId } = await aws.identity();
    yield new Expected(1);
    yield await readPolicy(aws, accountId);
  },
);

const policyAnswer = z.object({
  PasswordPolicy: z.object({
    MinimumPasswordLength: z.int(),
    RequireSymbols: z.boolean(),
    RequireNumbers: z.boolean(),
    RequireUppercaseCharacters: z.boolean(),
    RequireLowercaseCharacters: z.boolean(),
    AllowUsersToChangePassword: z.boolean(),
    MaxPasswordAge: z.int().optional(),
    PasswordReusePrevention: z.int().optional(),
    HardExpiry: z.boolean().optional(),
  }),
});

async function readPolicy(aws: Aws, accountId: string): Promise<Row<typeof passwordPolicy>> {
  const answer = await aws
    .iam('GetAccountPasswordPolicy', policyAnswer, (iam, options) => iam.getAccountPasswordPolicy({}, options))
    .catch(nullIf('not_found', /^NoSuchEntity\.PasswordPolicy /));
  const policy = answer?.PasswordPolicy;
  return {
    accountId,
    exists: policy !== undefined,
    minimumLength: policy?.MinimumPasswordLength ?? null,
    requiresSymbols: policy?.RequireSymbols ?? null,
    requiresNumbers: policy?.RequireNumbers ?? null,
    requiresUppercase: policy?.RequireUppercaseCharacters ?? null,
    requiresLowercase: policy?.RequireLowercaseCharacters ?? null,
    usersMayChange: policy?.AllowUsersToChangePassword ?? null,
    // 0 and absent both mean that passwords never expire, or that nothing is remembered.
    maxAgeDays: policy?.MaxPasswordAge || null,
    reusePrevention: policy?.PasswordReusePrevention || null,
    hardExpiry: policy === undefined ? null : (policy.HardExpiry ?? false),
  };
}
