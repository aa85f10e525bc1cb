import { createRuntime, type GuardedRuntime } from '@evidence-fleet/engine';
import { type ConnectorWorld, describeConnector, MemoryQuota, silentLog } from '@evidence-fleet/engine/testing';
import { awsAvailability, generateAwsWorld, startAws } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { connectors } from './index.ts';

/** What each evidence type is read from. */
const readFrom: { readonly [type: string]: string } = {
  'aws.iam_user': 'iam:ListUsers',
  'aws.iam_mfa_status': 'iam:ListMFADevices',
  'aws.password_policy': 'iam:GetAccountPasswordPolicy',
  'aws.s3_bucket': 's3:ListBuckets',
  'aws.s3_public_access': 's3:GetPublicAccessBlock',
  'aws.cloudtrail_trail': 'cloudtrail:DescribeTrails',
  'aws.vpc': 'ec2:DescribeVpcs',
  'aws.account_summary': 'iam:GetAccountSummary',
  'aws.credential_report': 'iam:GetCredentialReport',
  'aws.access_key': 'iam:ListAccessKeys',
  'aws.iam_role': 'iam:GetAccountAuthorizationDetails',
  'aws.iam_policy': 'iam:GetAccountAuthorizationDetails',
  'aws.cloudtrail_event': 'cloudtrail:LookupEvents',
  'aws.config_rule': 'config:DescribeConfigRules',
  'aws.vpc_flow_log': 'ec2:DescribeFlowLogs',
  'aws.security_group': 'ec2:DescribeSecurityGroups',
  'aws.kms_key': 'kms:DescribeKey',
  'aws.rds_instance': 'rds:DescribeDBInstances',
};

const account = '111122223333';

async function openAws(): Promise<ConnectorWorld> {
  const simulator = await startAws(generateAwsWorld({ seed: 3, accounts: [account], users: 6, buckets: 4 }));
  const opened: GuardedRuntime[] = [];
  const settings = aws.settings.parse({});
  return {
    credentials: { kind: 'access_keys', ...(await simulator.accessKeys(account)) },
    settings,
    createRuntime(signal) {
      const guarded = createRuntime({
        connector: aws,
        settings,
        endpoint: simulator.url,
        quota: new MemoryQuota(),
        quotaScope: () => undefined,
        integrationId: 'conformance',
        network: { allowPrivate: ['127.0.0.0/8'] },
        signal,
        log: silentLog,
        saveCredentials: async () => {},
      });
      opened.push(guarded);
      return guarded.runtime;
    },
    churn: () => simulator.churn(),
    deny(type) {
      const operation = readFrom[type];
      if (!operation) throw new Error(`nobody says what ${type} is read from`);
      simulator.faults.deny(operation);
    },
    allow: () => simulator.faults.clear(),
    countCalls: () => simulator.requests.length,
    async close() {
      for (const guarded of opened) await guarded.close();
      await simulator.close();
    },
  };
}

const availability = await awsAvailability();
const aws = connectors.get('aws') ?? fail();
if (availability.available) describeConnector(aws, { describe, it, beforeAll, afterAll }, openAws);
else it.skip(`aws is not checked against a provider: ${availability.why}`, () => {});

function fail(): never {
  throw new Error('the catalogue has no aws');
}
