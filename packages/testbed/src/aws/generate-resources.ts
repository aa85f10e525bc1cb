import type { AwsAccount, AwsEvent, AwsRole, AwsSecurityGroup } from './world.ts';

interface ResourceOptions {
  readonly accountId: string;
  readonly regions: readonly string[];
  readonly userNames: readonly string[];
  /** Where flow logs go; without one there are none. */
  readonly bucket: string | undefined;
  readonly isOrderly: boolean;
  readonly vpcsPerRegion: number;
  readonly perAccount: number;
  readonly perRegion: number;
}

type Resources = Pick<
  AwsAccount,
  | 'policies'
  | 'roles'
  | 'accessKeys'
  | 'securityGroups'
  | 'flowLogs'
  | 'encryptionKeys'
  | 'databases'
  | 'rules'
  | 'events'
>;

const byAws = { id: '', createdAt: '' };

/** What stands in an account beside users, buckets, trails and networks; the same in every world of the same size. */
export function generateResources(options: ResourceOptions): Resources {
  const { regions, userNames, bucket, isOrderly, perAccount, perRegion } = options;
  const everywhere = <T>(make: (region: string, index: number) => T) =>
    regions.flatMap((region) => times(perRegion, (index) => make(region, index)));
  const policies = times(perAccount, (index) => ({
    name: `policy-${index}`,
    allows: pick(isOrderly ? ['reading', 'storage'] : ['reading', 'storage', 'all'], index),
    ...byAws,
  }));
  return {
    policies,
    roles: [fleetRole(), ...times(perAccount, (index) => generateRole(index, policies[index]?.name, isOrderly))],
    accessKeys: userNames
      .filter((_, index) => index % 3 === 0)
      .map((userName, index) => ({ userName, isActive: index % 2 === 0, ...byAws })),
    securityGroups: everywhere((region, index) => generateGroup(region, index, isOrderly)),
    flowLogs:
      bucket === undefined
        ? []
        : regions.flatMap((region) =>
            times(Math.min(perRegion, options.vpcsPerRegion + 1), (index) => ({
              region,
              traffic: pick(['ALL', 'REJECT'], index),
              bucket,
              vpcId: '',
              ...byAws,
            })),
          ),
    encryptionKeys: everywhere((region, index) => ({
      region,
      spec: index % 4 === 3 ? 'HMAC_256' : 'SYMMETRIC_DEFAULT',
      rotates: index % 4 !== 3 && (isOrderly || index % 2 === 0),
      ...byAws,
    })),
    databases: everywhere((region, index) => ({
      region,
      identifier: `db-${index}`,
      isEncrypted: isOrderly || index % 2 === 0,
      isPublic: !isOrderly && index % 2 === 1,
      backupDays: isOrderly ? 7 : index,
      isDeletionProtected: isOrderly,
      engineVersion: '',
      ...byAws,
    })),
    rules: everywhere((region, index) => ({
      region,
      name: `rule-${index}`,
      source: pick(ruleSources, index),
      compliance: pick(isOrderly ? ['COMPLIANT'] : ['COMPLIANT', 'NON_COMPLIANT', 'INSUFFICIENT_DATA'], index),
      id: '',
    })),
    events: regions.flatMap((region) => times(perRegion * 2, (index) => generateEvent(region, index, userNames))),
  };
}

const fleetRole = (): AwsRole => ({
  name: 'EvidenceFleet',
  path: '/',
  trusts: 'fleet',
  holds: [],
  inline: null,
  ...byAws,
});

function generateRole(index: number, policy: string | undefined, isOrderly: boolean): AwsRole {
  return {
    name: `role-${index}`,
    path: index % 2 === 0 ? '/' : '/service/',
    trusts: pick(isOrderly ? ['service', 'own account'] : ['service', 'foreign account', 'anybody'], index),
    holds: policy === undefined ? [] : [policy],
    inline: pick(isOrderly ? [null, 'reading'] : [null, 'reading', 'all'], index),
    ...byAws,
  };
}

function generateGroup(region: string, index: number, isOrderly: boolean): AwsSecurityGroup {
  const opens = pick(isOrderly ? (['https inside'] as const) : (['https inside', 'ssh', 'everything'] as const), index);
  return { region, name: `group-${index}`, opens, id: '', vpcId: '' };
}

/** Managed rules of AWS: https://docs.aws.amazon.com/config/latest/developerguide/managed-rules-by-aws-config.html */
const ruleSources = ['S3_BUCKET_VERSIONING_ENABLED', 'ENCRYPTED_VOLUMES', 'ROOT_ACCOUNT_MFA_ENABLED'] as const;

/** Newest first, an hour apart; every fourth only reads. */
function generateEvent(region: string, index: number, userNames: readonly string[]): AwsEvent {
  const isReadOnly = index % 4 === 3;
  return {
    region,
    id: `00000000-0000-4000-8000-${region.replace(/\W/g, '').slice(0, 6)}${String(index).padStart(6, '0')}`,
    name: isReadOnly ? 'DescribeInstances' : pick(['CreateUser', 'DeleteTrail', 'PutRolePolicy'], index),
    source: isReadOnly ? 'ec2.amazonaws.com' : 'iam.amazonaws.com',
    at: new Date(Date.UTC(2026, 0, 1) - index * 3_600_000).toISOString(),
    isReadOnly,
    userName: userNames[index % Math.max(1, userNames.length)] ?? 'somebody',
    isRefused: index % 5 === 2,
  };
}

function pick<const T>(from: readonly [T, ...T[]] | readonly T[], index: number): T {
  const item = from[index % from.length];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
