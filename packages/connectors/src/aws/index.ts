import { randomUUID } from 'node:crypto';
import { defineConnector } from '@evidence-fleet/connector-sdk';
import { awsCalls } from './calls.ts';
import type { Aws } from './client.ts';
import { awsError } from './errors.ts';
import { awsLimits } from './limits.ts';
import { awsAuth, awsSettings } from './settings.ts';
import { accessKeys } from './streams/access-key.ts';
import { accountSummaries } from './streams/account-summary.ts';
import { cloudtrailEvents } from './streams/cloudtrail-event.ts';
import { cloudtrailTrails } from './streams/cloudtrail-trail.ts';
import { configRules } from './streams/config-rule.ts';
import { credentialReports } from './streams/credential-report.ts';
import { iamMfaStatuses } from './streams/iam-mfa-status.ts';
import { iamPolicies } from './streams/iam-policy.ts';
import { iamRoles } from './streams/iam-role.ts';
import { iamUsers } from './streams/iam-user.ts';
import { kmsKeys } from './streams/kms-key.ts';
import { passwordPolicies } from './streams/password-policy.ts';
import { rdsInstances } from './streams/rds-instance.ts';
import { s3Buckets } from './streams/s3-bucket.ts';
import { s3PublicAccesses } from './streams/s3-public-access.ts';
import { securityGroups } from './streams/security-group.ts';
import { vpcs } from './streams/vpc.ts';
import { vpcFlowLogs } from './streams/vpc-flow-log.ts';

/** One AWS account, read through an assumed role or access keys. */
export const aws = defineConnector({
  id: 'aws',
  title: 'Amazon Web Services',
  version: 1,
  auth: awsAuth,
  settings: awsSettings,
  scopeSettings: ['regions'],
  limits: awsLimits,
  calls: awsCalls,
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
  streams: [
    accountSummaries,
    iamUsers,
    iamMfaStatuses,
    passwordPolicies,
    credentialReports,
    accessKeys,
    iamRoles,
    iamPolicies,
    s3Buckets,
    s3PublicAccesses,
    cloudtrailTrails,
    cloudtrailEvents,
    configRules,
    vpcs,
    vpcFlowLogs,
    securityGroups,
    kmsKeys,
    rdsInstances,
  ],
});

/**
 * What a principal may read cannot be asked for, so the principal itself stands for it: another role, another proof of absence.
 * Of an assumed role the session's name is left out, as another run may bear another.
 */
function stablePrincipal(arn: string): string {
  return arn.replace(/^(arn:[^:]+):sts::(\d{12}):assumed-role\/([^/]+)\/.+$/, '$1:iam::$2:role/$3');
}
