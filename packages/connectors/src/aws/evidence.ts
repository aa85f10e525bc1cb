import { defineEvidence } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';

/** Times are ISO 8601 in UTC with milliseconds; null means that AWS says "none", never "not read". */
const time = z.iso.datetime();
const accountId = z.string().regex(/^\d{12}$/);
const region = z.string().min(1);

/** A person or a program with long-lived credentials. Key: the immutable `AIDA…` id, because a name can be given again. */
export const iamUser = defineEvidence({
  name: 'aws.iam_user',
  title: 'IAM user',
  version: 1,
  mode: 'snapshot',
  key: ['accountId', 'userId'],
  schema: z.object({
    accountId,
    userId: z.string().min(1),
    userName: z.string().min(1),
    arn: z.string().min(1),
    /** Where the account files it, e.g. `/people/`. */
    path: z.string(),
    createdAt: time,
    /** Can sign in to the console with a password. */
    hasConsolePassword: z.boolean(),
    passwordCreatedAt: time.nullable(),
    /** Has to set a new password at the next sign-in. */
    passwordResetRequired: z.boolean(),
    /** null: never, or not since AWS began to tell it. */
    passwordLastUsedAt: time.nullable(),
  }),
  observed: ['passwordLastUsedAt'],
});

const mfaDevice = z.object({
  serialNumber: z.string().min(1),
  kind: z.enum(['virtual', 'hardware', 'fido']),
  enabledAt: time,
});

/** Second factors per user. The account's root user is the row with userId `root`; its devices are not listed by AWS. */
export const iamMfaStatus = defineEvidence({
  name: 'aws.iam_mfa_status',
  title: 'MFA of an IAM user',
  version: 1,
  mode: 'snapshot',
  key: ['accountId', 'userId'],
  schema: z.object({
    accountId,
    userId: z.string().min(1),
    userName: z.string().min(1),
    /** The account's root user. */
    isRoot: z.boolean(),
    /** Only who can sign in to the console needs a second factor there. */
    hasConsolePassword: z.boolean(),
    /** At least one device is enabled. */
    hasMfa: z.boolean(),
    /** Of the root user AWS lists none. */
    devices: z.array(mfaDevice),
  }),
  unordered: ['devices'],
});

/** The account's rules for passwords of IAM users. `exists: false`: none was set, and every rule is null. */
export const passwordPolicy = defineEvidence({
  name: 'aws.password_policy',
  title: 'IAM password policy',
  version: 1,
  mode: 'snapshot',
  key: ['accountId'],
  schema: z.object({
    accountId,
    /** A policy was set; without one the default of AWS holds. */
    exists: z.boolean(),
    minimumLength: z.int().nullable(),
    requiresSymbols: z.boolean().nullable(),
    requiresNumbers: z.boolean().nullable(),
    requiresUppercase: z.boolean().nullable(),
    requiresLowercase: z.boolean().nullable(),
    /** Users may change their own password. */
    usersMayChange: z.boolean().nullable(),
    /** null also where a policy exists and passwords never expire. Days. */
    maxAgeDays: z.int().nullable(),
    /** How many earlier passwords may not be used again. null also where a policy exists and says nothing. */
    reusePrevention: z.int().nullable(),
    /** Whose password has expired cannot set a new one without an administrator. */
    hardExpiry: z.boolean().nullable(),
  }),
});

/** How a bucket keeps its objects. A bucket's name is its identity in S3. */
export const s3Bucket = defineEvidence({
  name: 'aws.s3_bucket',
  title: 'S3 bucket',
  version: 1,
  mode: 'snapshot',
  key: ['accountId', 'name'],
  schema: z.object({
    accountId,
    name: z.string().min(1),
    region,
    /** null: no default encryption is configured. */
    encryption: z
      .object({
        algorithm: z.string().min(1),
        kmsKeyId: z.string().nullable(),
        bucketKeyEnabled: z.boolean(),
      })
      .nullable(),
    /** never: it was not switched on since the bucket was made. */
    versioning: z.enum(['enabled', 'suspended', 'never']),
    /** Deleting a version for good takes a second factor. */
    mfaDelete: z.boolean(),
    /** Where access logs go; null: nowhere. */
    logsTo: z.object({ bucket: z.string().min(1), prefix: z.string() }).nullable(),
    /** null: the bucket has no policy. */
    policyIsPublic: z.boolean().nullable(),
    /** Observed, because S3 moves this date when some settings change: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Bucket.html */
    createdAt: time.nullable(),
  }),
  observed: ['createdAt'],
});

const publicAccessBlock = z.object({
  blockPublicAcls: z.boolean(),
  ignorePublicAcls: z.boolean(),
  blockPublicPolicy: z.boolean(),
  restrictPublicBuckets: z.boolean(),
});

/** Whether a bucket can be public at all: the bucket's own block, the account's, and what follows from both. */
export const s3PublicAccess = defineEvidence({
  name: 'aws.s3_public_access',
  title: 'S3 public access block',
  version: 1,
  mode: 'snapshot',
  key: ['accountId', 'name'],
  schema: z.object({
    accountId,
    name: z.string().min(1),
    region,
    /** null: not configured on the bucket. */
    bucket: publicAccessBlock.nullable(),
    /** null: not configured on the account. */
    account: publicAccessBlock.nullable(),
    /** S3 applies the stricter of the two, setting by setting. */
    effective: publicAccessBlock,
    /** All four effective settings are on. */
    isBlocked: z.boolean(),
  }),
});

/** A record of API calls. An organization's trail appears in each member account under the management account's ARN. */
export const cloudtrailTrail = defineEvidence({
  name: 'aws.cloudtrail_trail',
  title: 'CloudTrail trail',
  version: 1,
  mode: 'snapshot',
  key: ['accountId', 'arn'],
  schema: z.object({
    accountId,
    arn: z.string().min(1),
    name: z.string().min(1),
    homeRegion: region,
    /** Records now; a trail that exists may be stopped. */
    isLogging: z.boolean(),
    /** Records the events of every region. */
    isMultiRegion: z.boolean(),
    /** Records the accounts of the whole organization. */
    isOrganizationTrail: z.boolean(),
    /** Records services without a region, IAM among them. */
    includesGlobalEvents: z.boolean(),
    /** Writes digests by which a log that was tampered with is found out. */
    validatesLogFiles: z.boolean(),
    s3BucketName: z.string().nullable(),
    /** null: logs are encrypted with keys of S3. */
    kmsKeyId: z.string().nullable(),
    cloudWatchLogsGroupArn: z.string().nullable(),
    /** Which management events are recorded, by the trail's selectors. */
    managementEvents: z.enum(['all', 'read', 'write', 'none', 'custom']),
    /** Records reads and writes of data, objects of S3 among them. */
    recordsDataEvents: z.boolean(),
    /** The error of the last delivery to S3, null when it went well. */
    deliveryError: z.string().nullable(),
    latestDeliveryAt: time.nullable(),
  }),
  observed: ['latestDeliveryAt'],
});

/** A network. A VPC shared by another account shows that account as owner. */
export const vpc = defineEvidence({
  name: 'aws.vpc',
  title: 'VPC',
  version: 1,
  mode: 'snapshot',
  key: ['accountId', 'region', 'vpcId'],
  schema: z.object({
    accountId,
    region,
    vpcId: z.string().min(1),
    /** Another account where the VPC is shared. */
    ownerAccountId: accountId,
    name: z.string().nullable(),
    /** AWS made it with the account; instances land there unless told otherwise. */
    isDefault: z.boolean(),
    state: z.string().min(1),
    tenancy: z.string().min(1),
    cidrBlocks: z.array(z.string().min(1)),
    ipv6CidrBlocks: z.array(z.string().min(1)),
    dhcpOptionsId: z.string().nullable(),
  }),
  unordered: ['cidrBlocks', 'ipv6CidrBlocks'],
});
