import { createRandom, type Random } from '../github/random.ts';
import { generateResources } from './generate-resources.ts';
import type { AwsAccount, AwsBucket, AwsPublicAccessBlock, AwsTrail, AwsUser, AwsVpc, AwsWorld } from './world.ts';

export interface AwsWorldOptions {
  /** The same seed, the same world. */
  readonly seed: number;
  /** 12 digits each. Every second account, beginning with the first, is kept in order; the others fail their controls. */
  readonly accounts?: readonly string[];
  /** Of each account. */
  readonly users?: number;
  readonly buckets?: number;
  readonly regions?: readonly string[];
  readonly vpcsPerRegion?: number;
  /** Of each kind that belongs to an account: roles, policies. */
  readonly perAccount?: number;
  /** Of each kind that belongs to a region: keys, databases, groups, flow logs, rules, events. */
  readonly perRegion?: number;
}

const closedBlock: AwsPublicAccessBlock = { acls: true, ignoreAcls: true, policy: true, restrict: true };

export function generateAwsWorld(options: AwsWorldOptions): AwsWorld {
  const accounts = options.accounts ?? ['111122223333'];
  return { accounts: accounts.map((accountId, index) => generateAccount(accountId, index % 2 === 0, options)) };
}

function generateAccount(accountId: string, isOrderly: boolean, options: AwsWorldOptions): AwsAccount {
  const random = createRandom(options.seed + Number(accountId.slice(-6)));
  const regions = [...(options.regions ?? ['eu-central-1', 'eu-west-1', 'us-east-1'])].sort();
  const users = times(options.users ?? 20, (index) => generateUser(index, isOrderly, random));
  const buckets = times(options.buckets ?? 12, (index) =>
    generateBucket(`t${accountId.slice(-4)}-${index}`, regions, isOrderly, random),
  );
  return {
    accountId,
    regions,
    roleArn: `arn:aws:iam::${accountId}:role/EvidenceFleet`,
    rootHasMfa: isOrderly,
    passwordPolicy: isOrderly
      ? {
          minimumLength: 14,
          symbols: true,
          numbers: true,
          uppercase: true,
          lowercase: true,
          mayChange: true,
          maxAgeDays: 90,
          remembered: 24,
        }
      : null,
    accountBlock: isOrderly ? closedBlock : null,
    users,
    buckets,
    trails: buckets[0] === undefined ? [] : generateTrails(regions, isOrderly, buckets[0].name),
    vpcs: regions.flatMap((region, at) => times(options.vpcsPerRegion ?? 2, (index) => generateVpc(region, at, index))),
    ...generateResources({
      accountId,
      regions,
      userNames: users.map(({ name }) => name),
      bucket: buckets[0]?.name,
      isOrderly,
      vpcsPerRegion: options.vpcsPerRegion ?? 2,
      perAccount: options.perAccount ?? 2,
      perRegion: options.perRegion ?? 1,
    }),
  };
}

function generateUser(index: number, isOrderly: boolean, random: Random): AwsUser {
  const hasPassword = random.chance(0.7);
  const hasMfa = hasPassword ? isOrderly || random.chance(0.85) : random.chance(0.1);
  return {
    name: `user-${String(index).padStart(5, '0')}`,
    path: random.chance(0.2) ? '/staff/' : '/',
    hasPassword,
    mfa: hasMfa ? (random.chance(0.2) ? 'hardware' : 'virtual') : null,
    ...byAws,
  };
}

const byAws = { id: '', createdAt: '', passwordCreatedAt: '', mfaEnabledAt: '' };

function generateBucket(name: string, regions: readonly string[], isOrderly: boolean, random: Random): AwsBucket {
  const region = regions[random.below(regions.length)] ?? 'us-east-1';
  const isOpen = !isOrderly && random.chance(0.2);
  return {
    name,
    region,
    encryption: random.chance(0.6) ? 'AES256' : random.chance(0.7) ? 'aws:kms' : null,
    versioning: random.chance(0.5) ? 'Enabled' : random.chance(0.3) ? 'Suspended' : null,
    logsTo: random.chance(0.3) ? name : null,
    policy: isOpen ? 'public' : random.chance(0.4) ? 'private' : null,
    block: isOpen ? null : random.chance(0.9) || !isOrderly ? closedBlock : { ...closedBlock, restrict: false },
  };
}

function generateTrails(regions: readonly string[], isOrderly: boolean, bucket: string): AwsTrail[] {
  const home = regions[0] ?? 'us-east-1';
  const main: AwsTrail = {
    name: 'main',
    region: home,
    bucket,
    isMultiRegion: true,
    validatesLogFiles: isOrderly,
    records: 'all',
    isLogging: isOrderly,
  };
  const local = regions.at(-1) ?? home;
  return [main, { ...main, name: 'local', region: local, isMultiRegion: false, records: 'write', isLogging: true }];
}

function generateVpc(region: string, at: number, index: number): AwsVpc {
  return {
    region,
    cidr: `10.${at * 16 + index}.0.0/16`,
    name: index === 0 ? `main-${region}` : null,
    isDefault: false,
    id: '',
  };
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
