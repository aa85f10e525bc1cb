import type { AwsPolicy, AwsRole } from './world.ts';

const statements: Readonly<Record<AwsPolicy['allows'], object>> = {
  all: { Effect: 'Allow', Action: '*', Resource: '*' },
  storage: { Effect: 'Allow', Action: ['s3:*'], Resource: '*' },
  reading: { Effect: 'Allow', Action: ['s3:GetObject', 'ec2:Describe*'], Resource: '*' },
};

export function policyDocument(allows: AwsPolicy['allows']): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [statements[allows]] });
}

/** The account that roles which trust another one trust, and the fleet's own. */
export const foreignAccountId = '999988887777';

export function assumePolicyOf({ trusts }: Pick<AwsRole, 'trusts'>, accountId: string): string {
  const foreign = { Principal: { AWS: `arn:aws:iam::${foreignAccountId}:root` } };
  const words: Readonly<Record<AwsRole['trusts'], object>> = {
    service: { Principal: { Service: 'ec2.amazonaws.com' } },
    'own account': { Principal: { AWS: `arn:aws:iam::${accountId}:root` } },
    'foreign account': foreign,
    fleet: { ...foreign, Condition: { StringEquals: { 'sts:ExternalId': 'external-1' } } },
    anybody: { Principal: { AWS: '*' } },
  };
  const statement = { Effect: 'Allow', Action: 'sts:AssumeRole', ...words[trusts] };
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}
