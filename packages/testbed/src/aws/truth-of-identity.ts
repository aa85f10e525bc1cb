import { foreignAccountId } from './policy-documents.ts';
import { policyArn } from './resources.ts';
import { rootCreatedAt } from './shape-identity.ts';
import type { Add } from './truth-of-regions.ts';
import type { AwsAccount, AwsRole } from './world.ts';

/** What must be found of policies, roles, keys and credentials. */
export function addIdentityTruth(account: AwsAccount, add: Add): void {
  const { accountId } = account;
  const arnOf = (name: string) => policyArn(accountId, name);
  add('aws.account_summary', [], {
    rootHasMfa: account.rootHasMfa,
    rootHasAccessKeys: false,
    rootHasSigningCertificates: false,
    rootHasPassword: true,
  });
  for (const policy of account.policies) {
    add('aws.iam_policy', [policy.id], {
      policyId: policy.id,
      policyName: policy.name,
      arn: arnOf(policy.name),
      path: '/',
      isAwsManaged: false,
      createdAt: seconds(policy.createdAt),
      updatedAt: seconds(policy.createdAt),
      defaultVersionId: 'v1',
      attachedUserIds: [],
      attachedGroupIds: [],
      attachedRoleIds: account.roles.filter(({ holds }) => holds.includes(policy.name)).map(({ id }) => id),
      statements: 1,
      allowsAllOnAll: policy.allows === 'all',
      wholeServices: policy.allows === 'storage' ? ['s3'] : [],
      passesAnyRole: policy.allows === 'all',
      assumesAnyRole: policy.allows === 'all',
      allowsByException: false,
    });
  }
  for (const role of account.roles) {
    const isForeign = role.trusts === 'foreign account' || role.trusts === 'fleet';
    add('aws.iam_role', [role.id], {
      roleId: role.id,
      roleName: role.name,
      arn: `arn:aws:iam::${accountId}:role${role.path}${role.name}`,
      path: role.path,
      createdAt: seconds(role.createdAt),
      isServiceLinked: false,
      permissionsBoundaryArn: null,
      attachedPolicyArns: role.holds.map(arnOf),
      inlinePolicyNames: role.inline === null ? [] : ['inline'],
      isAdministrator: role.inline === 'all',
      trustedServices: role.trusts === 'service' ? ['ec2.amazonaws.com'] : [],
      trustedPrincipals: principalsOf(role, accountId),
      trustedFederations: [],
      foreignAccountIds: isForeign ? [foreignAccountId] : [],
      trustsAnybody: role.trusts === 'anybody',
      requiresExternalId: isForeign ? role.trusts === 'fleet' : null,
    });
  }
  for (const { id, userName, isActive, createdAt } of account.accessKeys) {
    const userId = account.users.find(({ name }) => name === userName)?.id;
    const createdAtSeconds = seconds(createdAt);
    add('aws.access_key', [id], { accessKeyId: id, userId, userName, isActive, createdAt: createdAtSeconds });
  }
  addReportTruth(account, add);
}

function principalsOf({ trusts }: AwsRole, accountId: string): string[] {
  if (trusts === 'service') return [];
  if (trusts === 'anybody') return ['*'];
  return [rootOf(trusts === 'own account' ? accountId : foreignAccountId)];
}

const rootOf = (accountId: string) => `arn:aws:iam::${accountId}:root`;

function addReportTruth({ accountId, users, accessKeys, rootHasMfa }: AwsAccount, add: Add): void {
  const nothing = {
    passwordExpiresAt: null,
    accessKey1Active: false,
    accessKey1RotatedAt: null,
    accessKey2Active: false,
    accessKey2RotatedAt: null,
    certificate1Active: false,
    certificate2Active: false,
  };
  add('aws.credential_report', [rootOf(accountId), rootCreatedAt], {
    ...nothing,
    arn: rootOf(accountId),
    userName: '<root_account>',
    createdAt: rootCreatedAt,
    isRoot: true,
    passwordEnabled: null,
    passwordChangedAt: null,
    hasMfa: rootHasMfa,
  });
  for (const user of users) {
    const arn = `arn:aws:iam::${accountId}:user${user.path}${user.name}`;
    const [first, second] = accessKeys.filter(({ userName }) => userName === user.name);
    add('aws.credential_report', [arn, seconds(user.createdAt)], {
      ...nothing,
      arn,
      userName: user.name,
      createdAt: seconds(user.createdAt),
      isRoot: false,
      passwordEnabled: user.hasPassword,
      passwordChangedAt: user.hasPassword ? seconds(user.passwordCreatedAt) : null,
      hasMfa: user.mfa !== null,
      ...(first && { accessKey1Active: first.isActive, accessKey1RotatedAt: seconds(first.createdAt) }),
      ...(second && { accessKey2Active: second.isActive, accessKey2RotatedAt: seconds(second.createdAt) }),
    });
  }
}

/** IAM tells seconds, evidence keeps milliseconds. */
function seconds(time: string): string {
  return new Date(time.replace(/\.\d+Z$/, 'Z')).toISOString();
}
