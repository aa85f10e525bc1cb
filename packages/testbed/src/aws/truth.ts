import type { TrueEvidence } from '../github/truth-of-repository.ts';
import { serialNumber } from './seed.ts';
import { addIdentityTruth } from './truth-of-identity.ts';
import { addRegionalTruth } from './truth-of-regions.ts';
import type { AwsAccount, AwsPublicAccessBlock, AwsWorld } from './world.ts';

/** What the connector must find, told from the world alone; lists whose order means nothing come in the world's order. */
export function awsTruth(world: AwsWorld): TrueEvidence[] {
  return world.accounts.flatMap((account) => accountTruth(account));
}

function accountTruth(account: AwsAccount): TrueEvidence[] {
  const { accountId } = account;
  const rows: TrueEvidence[] = [];
  const add = (type: string, key: string[], rest: Record<string, unknown>) =>
    rows.push({ type, key: [accountId, ...key], material: { accountId, ...rest } });

  for (const user of account.users) {
    const identity = { userId: user.id, userName: user.name, hasConsolePassword: user.hasPassword };
    add('aws.iam_user', [user.id], {
      ...identity,
      arn: `arn:aws:iam::${accountId}:user${user.path}${user.name}`,
      path: user.path,
      createdAt: iso(user.createdAt),
      passwordCreatedAt: user.hasPassword ? iso(user.passwordCreatedAt) : null,
      passwordResetRequired: false,
    });
    const devices =
      user.mfa === null
        ? []
        : [
            {
              serialNumber: serialNumber(accountId, user.name, user.mfa),
              kind: user.mfa,
              enabledAt: iso(user.mfaEnabledAt),
            },
          ];
    add('aws.iam_mfa_status', [user.id], { ...identity, isRoot: false, hasMfa: user.mfa !== null, devices });
  }
  const root = { userId: 'root', userName: '<root_account>', isRoot: true, hasConsolePassword: true };
  add('aws.iam_mfa_status', ['root'], { ...root, hasMfa: account.rootHasMfa, devices: [] });
  add('aws.password_policy', [], passwordPolicyTruth(account));

  const closedByAccount = account.accountBlock;
  for (const bucket of account.buckets) {
    const { name, region } = bucket;
    add('aws.s3_bucket', [name], {
      name,
      region,
      encryption: bucket.encryption && { algorithm: bucket.encryption, kmsKeyId: null, bucketKeyEnabled: false },
      versioning: bucket.versioning?.toLowerCase() ?? 'never',
      mfaDelete: false,
      logsTo: bucket.logsTo && { bucket: bucket.logsTo, prefix: 'access/' },
      policyIsPublic: bucket.policy && bucket.policy === 'public',
    });
    const all = [bucket.block, closedByAccount].filter((block) => block !== null);
    const effective = blockTruth({
      acls: all.some(({ acls }) => acls),
      ignoreAcls: all.some(({ ignoreAcls }) => ignoreAcls),
      policy: all.some(({ policy }) => policy),
      restrict: all.some(({ restrict }) => restrict),
    });
    const isBlocked = Object.values(effective).every((on) => on);
    const bucketBlock = bucket.block && blockTruth(bucket.block);
    const accountBlock = closedByAccount && blockTruth(closedByAccount);
    add('aws.s3_public_access', [name], {
      name,
      region,
      bucket: bucketBlock,
      account: accountBlock,
      effective,
      isBlocked,
    });
  }
  for (const trail of account.trails) {
    const arn = `arn:aws:cloudtrail:${trail.region}:${accountId}:trail/${trail.name}`;
    add('aws.cloudtrail_trail', [arn], {
      arn,
      name: trail.name,
      homeRegion: trail.region,
      isLogging: trail.isLogging,
      isMultiRegion: trail.isMultiRegion,
      isOrganizationTrail: false,
      includesGlobalEvents: true,
      validatesLogFiles: trail.validatesLogFiles,
      s3BucketName: trail.bucket,
      kmsKeyId: null,
      cloudWatchLogsGroupArn: null,
      managementEvents: trail.records,
      recordsDataEvents: false,
      deliveryError: null,
    });
  }
  for (const vpc of account.vpcs) {
    add('aws.vpc', [vpc.region, vpc.id], {
      region: vpc.region,
      vpcId: vpc.id,
      ownerAccountId: accountId,
      name: vpc.name,
      isDefault: vpc.isDefault,
      state: 'available',
      tenancy: 'default',
      cidrBlocks: [vpc.cidr],
      ipv6CidrBlocks: [],
      dhcpOptionsId: 'default',
    });
  }
  addIdentityTruth(account, add);
  addRegionalTruth(account, add);
  return rows;
}

function passwordPolicyTruth({ passwordPolicy }: AwsAccount): Record<string, unknown> {
  const rules = {
    minimumLength: null,
    requiresSymbols: null,
    requiresNumbers: null,
    requiresUppercase: null,
    requiresLowercase: null,
  };
  if (passwordPolicy === null) {
    return { exists: false, ...rules, usersMayChange: null, maxAgeDays: null, reusePrevention: null, hardExpiry: null };
  }
  return {
    exists: true,
    minimumLength: passwordPolicy.minimumLength,
    requiresSymbols: passwordPolicy.symbols,
    requiresNumbers: passwordPolicy.numbers,
    requiresUppercase: passwordPolicy.uppercase,
    requiresLowercase: passwordPolicy.lowercase,
    usersMayChange: passwordPolicy.mayChange,
    maxAgeDays: passwordPolicy.maxAgeDays === 0 ? null : passwordPolicy.maxAgeDays,
    reusePrevention: passwordPolicy.remembered === 0 ? null : passwordPolicy.remembered,
    hardExpiry: false,
  };
}

function blockTruth({ acls, ignoreAcls, policy, restrict }: AwsPublicAccessBlock) {
  return {
    blockPublicAcls: acls,
    ignorePublicAcls: ignoreAcls,
    blockPublicPolicy: policy,
    restrictPublicBuckets: restrict,
  };
}

/** AWS tells seconds, evidence keeps milliseconds. */
function iso(time: string): string {
  return new Date(time.replace(/\.\d+Z$/, 'Z')).toISOString();
}
