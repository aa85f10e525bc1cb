import { defineEvidence } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';

const time = z.iso.datetime();
const accountId = z.string().regex(/^\d{12}$/);
const region = z.string().min(1);
const names = z.array(z.string().min(1));

/** A management event that changed something, or tried to. What was sent and answered is not kept: secrets travel there. */
export const cloudtrailEvent = defineEvidence({
  name: 'aws.cloudtrail_event',
  title: 'CloudTrail management event that writes',
  version: 1,
  mode: 'event',
  key: ['accountId', 'region', 'eventId'],
  cursor: 'occurredAt',
  retention: {
    days: 90,
    docs: 'https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html',
  },
  schema: z.object({
    accountId,
    region,
    eventId: z.string().min(1),
    occurredAt: time,
    /** e.g. `iam.amazonaws.com` */
    source: z.string().min(1),
    /** e.g. `CreateUser` */
    name: z.string().min(1),
    /** e.g. `IAMUser`, `AssumedRole`, `Root`, `AWSService`. */
    identityType: z.string().nullable(),
    /** The immutable id of the user or role, e.g. `AIDA…`, `AROA…`. */
    principalId: z.string().nullable(),
    /** Of an assumed role without the name of the session, which is often a person's address. */
    principalArn: z.string().nullable(),
    /** Of the user, or of the session. */
    userName: z.string().nullable(),
    /** The session was made with a second factor. */
    hasMfa: z.boolean().nullable(),
    /** Where the request came from: an address, or a service of AWS. */
    sourceAddress: z.string().nullable(),
    /** The code of a refusal or failure; null: it was done. */
    errorCode: z.string().nullable(),
    /** `<type> <name>` */
    resources: names,
  }),
  unordered: ['resources'],
  redact: { userName: 'hmac', sourceAddress: 'hmac' },
});

/** A rule of AWS Config and what it says. */
export const configRule = defineEvidence({
  name: 'aws.config_rule',
  title: 'AWS Config rule and its compliance',
  version: 1,
  mode: 'snapshot',
  key: ['accountId', 'region', 'ruleId'],
  schema: z.object({
    accountId,
    region,
    ruleId: z.string().min(1),
    ruleName: z.string().min(1),
    arn: z.string().min(1),
    /** `ACTIVE`, `EVALUATING`, or on its way out. */
    state: z.string().min(1),
    /** `AWS`, `CUSTOM_LAMBDA` or `CUSTOM_POLICY`. */
    owner: z.string().min(1),
    /** The rule of AWS, or the function that judges. */
    sourceIdentifier: z.string().nullable(),
    /** The service that made it; null: the customer. */
    createdBy: z.string().nullable(),
    /** null: Config has not judged yet. */
    compliance: z.enum(['compliant', 'non_compliant', 'not_applicable', 'insufficient_data']).nullable(),
    /** AWS counts to 25; null where it does not count. */
    nonCompliantResources: z.int().nullable(),
  }),
  observed: ['nonCompliantResources'],
});

/** A key of KMS; its description is not kept. */
export const kmsKey = defineEvidence({
  name: 'aws.kms_key',
  title: 'KMS key and its rotation',
  version: 1,
  mode: 'snapshot',
  key: ['accountId', 'region', 'keyId'],
  schema: z.object({
    accountId,
    region,
    keyId: z.string().min(1),
    arn: z.string().min(1),
    /** AWS manages keys of its own in the account; nobody can change them. */
    isAwsManaged: z.boolean(),
    /** e.g. `Enabled`, `Disabled`, `PendingDeletion`. */
    state: z.string().min(1),
    /** `ENCRYPT_DECRYPT`, `SIGN_VERIFY`, `GENERATE_VERIFY_MAC` or `KEY_AGREEMENT`. */
    usage: z.string().nullable(),
    /** The kind of key, e.g. `SYMMETRIC_DEFAULT`, `RSA_2048`. */
    spec: z.string().min(1),
    /** `AWS_KMS`, or where the material came from. */
    origin: z.string().min(1),
    /** Has, or may have, copies in other regions. */
    isMultiRegion: z.boolean(),
    createdAt: time.nullable(),
    /** null: its deletion is not planned. */
    deletionAt: time.nullable(),
    /** null: a key of this kind cannot rotate by itself. */
    rotates: z.boolean().nullable(),
  }),
});

/** A database instance. Key: the immutable `db-…` resource id, because an identifier can be changed and given again. */
export const rdsInstance = defineEvidence({
  name: 'aws.rds_instance',
  title: 'RDS database instance',
  version: 1,
  mode: 'snapshot',
  key: ['accountId', 'region', 'resourceId'],
  schema: z.object({
    accountId,
    region,
    resourceId: z.string().min(1),
    identifier: z.string().min(1),
    arn: z.string().min(1),
    engine: z.string().min(1),
    engineVersion: z.string().nullable(),
    instanceClass: z.string().min(1),
    /** null: it is part of no cluster. */
    clusterIdentifier: z.string().nullable(),
    isEncrypted: z.boolean(),
    /** null: its storage is not encrypted. */
    kmsKeyId: z.string().nullable(),
    /** Its name leads to a public address; security groups decide who gets in. */
    isPubliclyAccessible: z.boolean(),
    /** A standby stands in another zone. */
    isMultiZone: z.boolean(),
    /** 0: no automated backups. Days. */
    backupRetentionDays: z.int(),
    isDeletionProtected: z.boolean(),
    /** Minor versions are installed by themselves. */
    upgradesMinorVersions: z.boolean(),
    /** Users of the database may sign in with IAM. */
    usesIamAuthentication: z.boolean(),
    /** Which authority signed its certificate. */
    certificateAuthority: z.string().nullable(),
    /** Logs that go to CloudWatch. */
    exportedLogs: names,
    securityGroupIds: names,
    createdAt: time.nullable(),
    /** e.g. `available`, `backing-up`, `stopped`. */
    status: z.string().min(1),
    latestRestorableAt: time.nullable(),
  }),
  observed: ['status', 'latestRestorableAt'],
  unordered: ['exportedLogs', 'securityGroupIds'],
});
