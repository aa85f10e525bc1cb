import { Expected, Gap, nullIf, type Row, stream } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import type { Aws } from '../client.ts';
import { iamRole } from '../evidence-identity.ts';
import { countOf, notListed } from './account-counts.ts';
import { type RoleDetail, readAuthorizationDetails } from './authorization-details.ts';

/** `aws.iam_policy` comes with the same pages, where both are read. */
export const iamRoles = stream(
  iamRole,
  {
    permissions: ['iam:GetAccountAuthorizationDetails', 'iam:GetAccountSummary', 'iam:GetRole'],
    docs: [
      'https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html',
      'https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html',
    ],
    calls: {
      reads: [{ pagesOf: 'identities', size: 1000 }],
      proves: [1],
    },
    async probe(aws: Aws, { roleId, roleName }) {
      const answer = await aws
        .iam('GetRole', roleAnswer, (iam, options) => iam.getRole({ RoleName: roleName }, options))
        .catch(nullIf('not_found', /^NoSuchEntity\.Role /));
      // Whoever bears the name now is another role: a complete listing has just not shown this id.
      if (answer?.Role.RoleId !== roleId) return null;
      throw notListed('role');
    },
  },
  async function* (aws) {
    const { accountId } = await aws.identity();
    const total = await countOf(aws, 'Roles');
    if (total !== null) yield new Expected(total);
    for (const role of (await readAuthorizationDetails(aws)).roles) yield roleRow(accountId, role);
  },
);

const roleAnswer = z.object({ Role: z.object({ RoleId: z.string().min(1) }) });

function roleRow(accountId: string, role: RoleDetail): Row<typeof iamRole> | Gap {
  if (role.trust === null || role.inlineAllowsAllOnAll === null) {
    const detail = 'AWS answered with a policy of the role that is no policy document.';
    return new Gap(`role:${role.RoleId}`, 'malformed', detail, [accountId, role.RoleId]);
  }
  const attachedPolicyArns = role.AttachedManagedPolicies.map(({ PolicyArn }) => PolicyArn);
  return {
    accountId,
    roleId: role.RoleId,
    roleName: role.RoleName,
    arn: role.Arn,
    path: role.Path,
    createdAt: role.CreateDate.toISOString(),
    isServiceLinked: role.Path.startsWith('/aws-service-role/'),
    permissionsBoundaryArn: role.PermissionsBoundary?.PermissionsBoundaryArn ?? null,
    attachedPolicyArns,
    inlinePolicyNames: role.inlinePolicyNames,
    isAdministrator: role.inlineAllowsAllOnAll || attachedPolicyArns.some((arn) => administrator.test(arn)),
    ...role.trust,
    lastUsedAt: role.RoleLastUsed?.LastUsedDate?.toISOString() ?? null,
    lastUsedRegion: role.RoleLastUsed?.Region || null,
  };
}

const administrator = /^arn:[^:]+:iam::aws:policy\/AdministratorAccess$/;
