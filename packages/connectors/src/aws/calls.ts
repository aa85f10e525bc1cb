import type { Connector } from '@evidence-fleet/connector-sdk';

/** A run begins with AssumeRole, but for access keys, and GetCallerIdentity. Which regions there are is asked in two ways (client.ts), and only where the settings do not say it. */
export const awsCalls: Connector['calls'] = {
  begins: [2],
  counts: {
    users: 'IAM users of the account',
    'access keys': 'access keys of all users',
    identities: "users, groups, roles and the account's own policies",
    buckets: 'S3 buckets of the account',
    regions: 'regions that are read; where the settings name them, the two calls that ask for regions fall away',
    trails: 'trails, each in its home region',
    'events of a region': 'events that write, in the region',
    'rules of a region': 'rules of AWS Config in the region',
    'rules of a region with rules': 'the same, of regions that have any',
    'VPCs of a region': 'VPCs in the region, the default one included',
    'flow logs of a region': 'flow logs in the region',
    'security groups of a region': 'security groups in the region, default ones included',
    'keys of a region': 'KMS keys in the region',
    keys: 'KMS keys of all regions',
    'keys that can rotate': 'symmetric ones among them whose material is of KMS',
    'databases of a region': 'RDS instances in the region',
  },
};
