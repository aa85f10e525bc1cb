import { randomUUID } from 'node:crypto';
import { defineConnector } from '@evidence-fleet/connector-sdk';
import type { Aws } from './client.ts';
import { awsError } from './errors.ts';
import { awsLimits } from './limits.ts';
import { awsAuth, awsSettings } from './settings.ts';
import { cloudtrailTrails } from './streams/cloudtrail-trail.ts';
import { iamMfaStatuses } from './streams/iam-mfa-status.ts';
import { iamUsers } from './streams/iam-user.ts';
import { passwordPolicies } from './streams/password-policy.ts';
import { s3Buckets } from './streams/s3-bucket.ts';
import { s3PublicAccesses } from './streams/s3-public-access.ts';
import { vpcs } from './streams/vpc.ts';

/** One AWS account, read through an assumed role or access keys. */
export const aws = defineConnector({
  id: 'aws',
  title: 'Amazon Web Services',
  version: 1,
  auth: awsAuth,
  settings: awsSettings,
  scopeSettings: ['regions'],
  limits: awsLimits,
  concurrency: 8,
  schedule: { defaultHours: 6, minHours: 1, maxHours: 24 },
  // The SDK builds every host from a service, a region and a bucket; China is a partition with a domain of its own.
  hosts: ({ homeRegion }) => [homeRegion.startsWith('cn-') ? '*.amazonaws.com.cn' : '*.amazonaws.com'],
  generate: () => ({ externalId: randomUUID() }),
  async connect(opened, runtime): Promise<Aws> {
    const { connectAws } = await import('./client.ts');
    return connectAws(opened, runtime);
  },
  async check(client) {
    const { accountId, arn } = await client.identity();
    return {
      account: { id: accountId, title: `AWS account ${accountId}` },
      quotaScope: `aws:${accountId}`,
      grants: [stablePrincipal(arn)],
    };
  },
  mapSdkError: (error, now) => awsError(error, undefined, now),
  streams: [iamUsers, iamMfaStatuses, passwordPolicies, s3Buckets, s3PublicAccesses, cloudtrailTrails, vpcs],
});

/**
 * What a principal may read cannot be asked for, so the principal itself stands for it: another role, another proof of absence.
 * Of an assumed role the session's name is left out, as another run may bear another.
 */
function stablePrincipal(arn: string): string {
  return arn.replace(/^(arn:[^:]+):sts::(\d{12}):assumed-role\/([^/]+)\/.+$/, '$1:iam::$2:role/$3');
}
