import { defineEvidence } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';

const time = z.iso.datetime();
const accountId = z.string().regex(/^\d{12}$/);
const names = z.array(z.string().min(1));

/** What the statements of a policy add up to. Documents themselves are not kept: people write secrets into them. */
const judgedStatements = {
  /** How many statements the version in force has. */
  statements: z.int(),
  /** Some statement allows every action on every resource, whatever its condition. */
  allowsAllOnAll: z.boolean(),
  /** Services of which some statement allows every action on every resource, e.g. `s3`; not filled by `allowsAllOnAll` alone. */
  wholeServices: names,
  /** `iam:PassRole` on every resource: whoever holds it can give any role to a service. */
  passesAnyRole: z.boolean(),
  /** `sts:AssumeRole` on every resource. */
  assumesAnyRole: z.boolean(),
  /** An Allow by `NotAction`, which grows with every new service of AWS. */
  allowsByException: z.boolean(),
};

/** A role, who may assume it, and what it holds. Key: the immutable `AROA…` id, because a name can be given again. */
export const iamRole = defineEvidence({
  name: 'aws.iam_role',
  title: 'IAM role and who may assume it',
  version: 1,
  mode: 'snapshot',
  key: ['accountId', 'roleId'],
  schema: z.object({
    accountId,
    roleId: z.string().min(1),
    roleName: z.string().min(1),
    arn: z.string().min(1),
    path: z.string(),
    createdAt: time,
    /** Made by a service of AWS for itself; the account cannot change it. */
    isServiceLinked: z.boolean(),
    /** The policy that limits whatever else it is given; null: there is none. */
    permissionsBoundaryArn: z.string().nullable(),
    /** Managed policies. */
    attachedPolicyArns: names,
    /** Policies that are part of the role itself. */
    inlinePolicyNames: names,
    /** Holds `AdministratorAccess`, or an inline policy that allows all on all; policies of the account's own are judged by themselves. */
    isAdministrator: z.boolean(),
    /** Who may assume it, as the trust policy writes them. */
    trustedServices: names,
    /** Accounts, users and roles. */
    trustedPrincipals: names,
    /** Identity providers: SAML, OIDC, or a web identity such as Cognito. */
    trustedFederations: names,
    /** Other accounts among the principals. */
    foreignAccountIds: names,
    /** Some statement names everybody, whatever its condition. */
    trustsAnybody: z.boolean(),
    /** Every statement that trusts another account asks for an external id; null: no other account is trusted. */
    requiresExternalId: z.boolean().nullable(),
    /** AWS tells it for the last 400 days. */
    lastUsedAt: time.nullable(),
    lastUsedRegion: z.string().nullable(),
  }),
  observed: ['lastUsedAt', 'lastUsedRegion'],
  unordered: [
    'attachedPolicyArns',
    'inlinePolicyNames',
    'trustedServices',
    'trustedPrincipals',
    'trustedFederations',
    'foreignAccountIds',
  ],
});

/** A managed policy: every one of the account's own, and those of AWS that are in use. Key: the immutable `ANPA…` id. */
export const iamPolicy = defineEvidence({
  name: 'aws.iam_policy',
  title: 'IAM managed policy, who holds it and what it allows',
  version: 1,
  mode: 'snapshot',
  key: ['accountId', 'policyId'],
  schema: z.object({
    accountId,
    policyId: z.string().min(1),
    policyName: z.string().min(1),
    arn: z.string().min(1),
    path: z.string(),
    /** Made and changed by AWS. */
    isAwsManaged: z.boolean(),
    createdAt: time,
    updatedAt: time,
    /** The version that is in force. */
    defaultVersionId: z.string().min(1),
    attachedUserIds: names,
    attachedGroupIds: names,
    attachedRoleIds: names,
    ...judgedStatements,
  }),
  unordered: ['attachedUserIds', 'attachedGroupIds', 'attachedRoleIds', 'wholeServices'],
});

/** A long-lived key of a user. An access key id is public by design; the secret is shown once, to whoever made it. */
export const accessKey = defineEvidence({
  name: 'aws.access_key',
  title: 'IAM access key',
  version: 1,
  mode: 'snapshot',
  key: ['accountId', 'accessKeyId'],
  schema: z.object({
    accountId,
    accessKeyId: z.string().min(1),
    userId: z.string().min(1),
    userName: z.string().min(1),
    /** Can sign requests; an inactive key can be switched on again. */
    isActive: z.boolean(),
    createdAt: time,
    /** null: never, or not since AWS began to tell it. */
    lastUsedAt: time.nullable(),
    /** The service that was called last, e.g. `s3`. */
    lastUsedService: z.string().nullable(),
    lastUsedRegion: z.string().nullable(),
  }),
  observed: ['lastUsedAt', 'lastUsedService', 'lastUsedRegion'],
});

/**
 * A line of AWS's own report on credentials, the root user included. It may be four hours old. The report tells no id of a user, so its
 * ARN and the time of its creation stand for it: a name that is given again makes another row.
 */
export const credentialReport = defineEvidence({
  name: 'aws.credential_report',
  title: 'Line of the IAM credential report',
  version: 1,
  mode: 'snapshot',
  key: ['accountId', 'arn', 'createdAt'],
  schema: z.object({
    accountId,
    arn: z.string().min(1),
    userName: z.string().min(1),
    createdAt: time,
    isRoot: z.boolean(),
    /** null: the report does not tell it of the root user. */
    passwordEnabled: z.boolean().nullable(),
    /** null: there is no password, or AWS does not tell it. */
    passwordChangedAt: time.nullable(),
    /** null: passwords do not expire, or there is none. */
    passwordExpiresAt: time.nullable(),
    passwordLastUsedAt: time.nullable(),
    hasMfa: z.boolean(),
    /** Users have two access keys at most. */
    accessKey1Active: z.boolean(),
    accessKey1RotatedAt: time.nullable(),
    accessKey1LastUsedAt: time.nullable(),
    accessKey2Active: z.boolean(),
    accessKey2RotatedAt: time.nullable(),
    accessKey2LastUsedAt: time.nullable(),
    /** A certificate for the old SOAP interfaces. */
    certificate1Active: z.boolean(),
    certificate2Active: z.boolean(),
    /** When AWS wrote the report. */
    reportedAt: time,
  }),
  observed: ['passwordLastUsedAt', 'accessKey1LastUsedAt', 'accessKey2LastUsedAt', 'reportedAt'],
});

/** IAM's own summary of the account: what the root user has, and how much of everything there is. */
export const accountSummary = defineEvidence({
  name: 'aws.account_summary',
  title: 'Summary of an AWS account',
  version: 1,
  mode: 'snapshot',
  key: ['accountId'],
  schema: z.object({
    accountId,
    rootHasMfa: z.boolean(),
    rootHasAccessKeys: z.boolean(),
    /** Certificates for the old SOAP interfaces. */
    rootHasSigningCertificates: z.boolean(),
    /** null: AWS does not tell it. */
    rootHasPassword: z.boolean().nullable(),
    users: z.int(),
    groups: z.int(),
    roles: z.int(),
    policies: z.int(),
    identityProviders: z.int(),
    /** Devices of the account, assigned or not. */
    mfaDevices: z.int(),
    mfaDevicesInUse: z.int(),
  }),
  // Numbers move with every resource, which has a row of its own.
  observed: ['users', 'groups', 'roles', 'policies', 'identityProviders', 'mfaDevices', 'mfaDevicesInUse'],
});
