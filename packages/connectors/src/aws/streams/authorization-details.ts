import { z } from 'zod';
import type { Aws } from '../client.ts';
import { pages } from '../pages.ts';
import { judgeStatements, judgeTrust, readStatements } from './policy-statements.ts';

const attached = z.array(z.object({ PolicyArn: z.string().min(1) })).default([]);
const inline = z.array(z.object({ PolicyName: z.string().min(1), PolicyDocument: z.string() })).default([]);

const roleDetail = z.object({
  RoleId: z.string().min(1),
  RoleName: z.string().min(1),
  Arn: z.string().min(1),
  Path: z.string(),
  CreateDate: z.date(),
  AssumeRolePolicyDocument: z.string().min(1),
  RolePolicyList: inline,
  AttachedManagedPolicies: attached,
  PermissionsBoundary: z.object({ PermissionsBoundaryArn: z.string().min(1) }).optional(),
  RoleLastUsed: z.object({ LastUsedDate: z.date().optional(), Region: z.string().optional() }).optional(),
});

const policyDetail = z.object({
  PolicyId: z.string().min(1),
  PolicyName: z.string().min(1),
  Arn: z.string().min(1),
  Path: z.string(),
  DefaultVersionId: z.string().min(1),
  AttachmentCount: z.int(),
  CreateDate: z.date(),
  UpdateDate: z.date(),
  PolicyVersionList: z.array(z.object({ VersionId: z.string(), IsDefaultVersion: z.boolean(), Document: z.string() })),
});

const detailsAnswer = z
  .object({
    UserDetailList: z.array(z.object({ UserId: z.string().min(1), AttachedManagedPolicies: attached })).default([]),
    GroupDetailList: z.array(z.object({ GroupId: z.string().min(1), AttachedManagedPolicies: attached })).default([]),
    RoleDetailList: z.array(roleDetail).default([]),
    Policies: z.array(policyDetail).default([]),
    IsTruncated: z.boolean(),
    Marker: z.string().min(1).optional(),
  })
  .refine(({ IsTruncated, Marker }) => !IsTruncated || Marker !== undefined, { path: ['Marker'] });

/** A role with what its documents say in place of the documents; null: one of them cannot be read. */
export type RoleDetail = ReturnType<typeof judgeRole>;
export type PolicyDetail = ReturnType<typeof judgePolicy>;

export interface Holders {
  readonly userIds: string[];
  readonly groupIds: string[];
  readonly roleIds: string[];
}

interface AuthorizationDetails {
  readonly roles: readonly RoleDetail[];
  readonly policies: readonly PolicyDetail[];
  /** By the ARN of a policy. Who holds one stands with the holders only, on any page. */
  readonly holders: ReadonlyMap<string, Holders>;
}

const readings = new WeakMap<Aws, Promise<AuthorizationDetails>>();

/**
 * Users, groups, roles and policies of the account, read once for all streams of a run; a failure is forgotten. Held in memory are
 * verdicts on documents and ids, about a kilobyte a role.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
 */
export function readAuthorizationDetails(aws: Aws): Promise<AuthorizationDetails> {
  const reading =
    readings.get(aws) ??
    readAll(aws).catch((error) => {
      readings.delete(aws);
      throw error;
    });
  readings.set(aws, reading);
  return reading;
}

async function readAll(aws: Aws): Promise<AuthorizationDetails> {
  const { accountId } = await aws.identity();
  const roles: RoleDetail[] = [];
  const policies: PolicyDetail[] = [];
  const holders = new Map<string, Holders>();
  const hold = (list: z.output<typeof attached>, kind: keyof Holders, id: string) => {
    for (const { PolicyArn } of list) {
      const known = holders.get(PolicyArn) ?? { userIds: [], groupIds: [], roleIds: [] };
      known[kind].push(id);
      holders.set(PolicyArn, known);
    }
  };
  const listing = pages(async (Marker) => {
    const answer = await aws.iam('GetAccountAuthorizationDetails', detailsAnswer, (iam, options) =>
      iam.getAccountAuthorizationDetails({ MaxItems: 1000, ...(Marker !== undefined && { Marker }) }, options),
    );
    return { items: [answer], next: answer.IsTruncated ? answer.Marker : undefined };
  }, undefined);
  for await (const { items } of listing) {
    for (const page of items) {
      for (const user of page.UserDetailList) hold(user.AttachedManagedPolicies, 'userIds', user.UserId);
      for (const group of page.GroupDetailList) hold(group.AttachedManagedPolicies, 'groupIds', group.GroupId);
      for (const role of page.RoleDetailList) hold(role.AttachedManagedPolicies, 'roleIds', role.RoleId);
      roles.push(...page.RoleDetailList.map((role) => judgeRole(role, accountId)));
      policies.push(...page.Policies.map(judgePolicy));
    }
  }
  return { roles, policies, holders };
}

function judgeRole(
  { AssumeRolePolicyDocument, RolePolicyList, ...role }: z.output<typeof roleDetail>,
  accountId: string,
) {
  const trust = readStatements(AssumeRolePolicyDocument);
  const inlines = RolePolicyList.map(({ PolicyDocument }) => readStatements(PolicyDocument));
  const isReadable = inlines.every((statements) => statements !== null);
  return {
    ...role,
    inlinePolicyNames: RolePolicyList.map(({ PolicyName }) => PolicyName),
    inlineAllowsAllOnAll: isReadable ? inlines.some((one) => judgeStatements(one).allowsAllOnAll) : null,
    trust: trust && judgeTrust(trust, accountId),
  };
}

function judgePolicy({ PolicyVersionList, ...policy }: z.output<typeof policyDetail>) {
  const version = PolicyVersionList.find(({ IsDefaultVersion }) => IsDefaultVersion);
  const statements = version === undefined ? null : readStatements(version.Document);
  return { ...policy, judged: statements && judgeStatements(statements) };
}
