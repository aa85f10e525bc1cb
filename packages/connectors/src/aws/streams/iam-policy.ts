import { Expected, Gap, nullIf, type Row, stream } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import type { Aws } from '../client.ts';
import { iamPolicy } from '../evidence-identity.ts';
import { countOf, notListed } from './account-counts.ts';
import { type Holders, type PolicyDetail, readAuthorizationDetails } from './authorization-details.ts';

/** `aws.iam_role` comes with the same pages, where both are read. */
export const iamPolicies = stream(
  iamPolicy,
  {
    permissions: ['iam:GetAccountAuthorizationDetails', 'iam:GetAccountSummary', 'iam:GetPolicy'],
    docs: [
      'https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html',
      'https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html',
    ],
    calls: {
      reads: [{ pagesOf: 'identities', size: 1000 }],
      proves: [1],
    },
    async probe(aws: Aws, lastKnown) {
      const { policyId, arn } = lastKnown;
      const answer = await aws
        .iam('GetPolicy', policyAnswer, (iam, options) => iam.getPolicy({ PolicyArn: arn }, options))
        .catch(nullIf('not_found', /^NoSuchEntity\.Policy /));
      if (answer?.Policy.PolicyId !== policyId) return null;
      if (lastKnown.isAwsManaged && answer.Policy.AttachmentCount === 0) return null; // it is there for everybody, and not in use here
      throw notListed('policy');
    },
  },
  async function* (aws) {
    const { accountId } = await aws.identity();
    const total = await countOf(aws, 'Policies'); // of the account's own
    const { policies, holders } = await readAuthorizationDetails(aws);
    const inUse = policies.filter((policy) => !isAwsManaged(policy.Arn) || policy.AttachmentCount > 0);
    if (total !== null) yield new Expected(total + inUse.filter(({ Arn }) => isAwsManaged(Arn)).length);
    const listed = new Set(policies.map(({ Arn }) => Arn));
    const unlisted = [...holders.keys()].filter((arn) => !listed.has(arn)).length;
    if (unlisted > 0)
      yield new Gap('*', 'incomplete', `IAM says that ${unlisted} policies are attached, and did not list them.`);
    for (const policy of inUse) yield policyRow(accountId, policy, holders.get(policy.Arn));
  },
);

const isAwsManaged = (arn: string) => /^arn:[^:]+:iam::aws:policy\//.test(arn);

const policyAnswer = z.object({ Policy: z.object({ PolicyId: z.string().min(1), AttachmentCount: z.int() }) });

function policyRow(accountId: string, policy: PolicyDetail, holders: Holders | undefined): Row<typeof iamPolicy> | Gap {
  if (policy.judged === null) {
    const detail = 'AWS answered with a policy whose default version is no policy document.';
    return new Gap(`policy:${policy.PolicyId}`, 'malformed', detail, [accountId, policy.PolicyId]);
  }
  const ids = (kind: keyof Holders) => [...new Set(holders?.[kind])];
  const held = { users: ids('userIds'), groups: ids('groupIds'), roles: ids('roleIds') };
  const count = held.users.length + held.groups.length + held.roles.length;
  if (count !== policy.AttachmentCount) {
    const detail = `IAM counts ${policy.AttachmentCount} holders of the policy and listed ${count}: the next run reads it again.`;
    return new Gap(`policy:${policy.PolicyId}`, 'incomplete', detail, [accountId, policy.PolicyId]);
  }
  return {
    accountId,
    policyId: policy.PolicyId,
    policyName: policy.PolicyName,
    arn: policy.Arn,
    path: policy.Path,
    isAwsManaged: isAwsManaged(policy.Arn),
    createdAt: policy.CreateDate.toISOString(),
    updatedAt: policy.UpdateDate.toISOString(),
    defaultVersionId: policy.DefaultVersionId,
    attachedUserIds: held.users,
    attachedGroupIds: held.groups,
    attachedRoleIds: held.roles,
    ...policy.judged,
  };
}
