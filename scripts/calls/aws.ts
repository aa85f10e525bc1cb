import type { Counts } from '@evidence-fleet/connector-sdk';
import { type AwsAccount, type AwsWorldOptions, awsTruth, generateAwsWorld, startAws } from '@evidence-fleet/testbed';
import type { Provider, Scale } from './provider.ts';

const accountId = '111122223333';
const regions = ['ap-southeast-2', 'eu-central-1', 'eu-west-1', 'us-east-1', 'us-west-2'];

const sizes: Record<Scale, Omit<AwsWorldOptions, 'seed' | 'accounts'>> = {
  large: { users: 1_000, buckets: 200, regions, vpcsPerRegion: 5, perAccount: 60, perRegion: 25 },
  small: { users: 4, buckets: 2, regions: regions.slice(2, 4), vpcsPerRegion: 1, perAccount: 1, perRegion: 1 },
};
/** Of each region, beside those of every world. */
const events: Record<Scale, number> = { large: 300, small: 50 };
const quotaFactor = 5;

/** Throws where there is no Python to run moto; `awsAvailability` says so before. */
export async function openAws(scale: Scale): Promise<Provider> {
  const size = sizes[scale];
  const world = generateAwsWorld({ seed: 3, accounts: [accountId], ...size });
  const [account] = world.accounts;
  if (account === undefined) throw new Error('the world is empty');
  addEvents(account, events[scale]);
  const aws = await startAws(world, { tellsBucketRegions: true });
  return {
    connector: 'aws',
    size: `${size.users} users, ${size.buckets} buckets, ${account.regions.length} regions`,
    quotaFactor,
    integration: {
      kind: 'role',
      secrets: aws.roleKeys,
      settings: { roleArn: account.roleArn, externalId: 'calls' },
      endpoint: aws.url,
    },
    counts: countsOf(account),
    truth: awsTruth(world),
    requests: aws.requests,
    arrivals: () => aws.requests.map(({ operation, status, at }) => ({ operation, status, at: at.getTime() })),
    close: () => aws.close(),
  };
}

/** As many as take several pages. */
function addEvents({ events, regions }: AwsAccount, eachRegion: number): void {
  const model = events.find(({ isReadOnly }) => !isReadOnly);
  if (model === undefined) throw new Error('the world has no events');
  for (const region of regions) {
    for (let nth = 0; nth < eachRegion; nth += 1) {
      const at = new Date(Date.parse(model.at) - nth * 60_000).toISOString();
      events.push({ ...model, region, id: `busy-${region}-${nth}`, at });
    }
  }
}

function countsOf(account: AwsAccount): Counts {
  const each = (list: readonly { readonly region: string }[]) =>
    account.regions.map((region) => list.filter((one) => one.region === region).length);
  const rules = each(account.rules);
  return {
    users: account.users.length,
    'access keys': account.accessKeys.length,
    identities: account.users.length + account.roles.length + account.policies.length,
    buckets: account.buckets.length,
    regions: account.regions.length,
    trails: account.trails.length,
    'events of a region': each(account.events.filter(({ isReadOnly }) => !isReadOnly)),
    'rules of a region': rules,
    'rules of a region with rules': rules.filter((count) => count > 0),
    'VPCs of a region': each(account.vpcs),
    'flow logs of a region': each(account.flowLogs),
    'security groups of a region': each(account.securityGroups),
    'keys of a region': each(account.encryptionKeys),
    keys: account.encryptionKeys.length,
    'keys that can rotate': account.encryptionKeys.filter(({ spec }) => spec === 'SYMMETRIC_DEFAULT').length,
    'databases of a region': each(account.databases),
  };
}
