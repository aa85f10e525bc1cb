import type { AwsAccount, AwsDatabase, AwsEncryptionKey, AwsEvent, AwsRule, AwsSecurityGroup } from './world.ts';

/** Notes one row of the truth; key and fields come without the account. */
export type Add = (type: string, key: string[], rest: Record<string, unknown>) => void;

/** What must be found in the regions of an account, beside its networks. */
export function addRegionalTruth({ accountId, ...account }: AwsAccount, add: Add): void {
  for (const group of account.securityGroups)
    add('aws.security_group', [group.region, group.id], { ownerAccountId: accountId, ...groupTruth(group) });
  for (const { region, id, vpcId, traffic, bucket, createdAt } of account.flowLogs) {
    add('aws.vpc_flow_log', [region, id], {
      region,
      flowLogId: id,
      resourceId: vpcId,
      status: 'ACTIVE',
      traffic,
      destinationType: 's3',
      destination: `arn:aws:s3:::${bucket}`,
      aggregationSeconds: 600,
      createdAt: new Date(createdAt).toISOString(),
      delivers: true,
      deliveryError: null,
    });
  }
  for (const key of account.encryptionKeys) add('aws.kms_key', [key.region, key.id], keyTruth(key, accountId));
  for (const database of account.databases)
    add('aws.rds_instance', [database.region, database.id], databaseTruth(database, account, accountId));
  for (const rule of account.rules) add('aws.config_rule', [rule.region, rule.id], ruleTruth(rule, accountId));
  for (const event of account.events.filter(({ isReadOnly }) => !isReadOnly))
    add('aws.cloudtrail_event', [event.region, event.id], eventTruth(event, accountId));
}

function groupTruth({ region, id, vpcId, name, opens }: AwsSecurityGroup) {
  const https = { protocol: 'tcp', fromPort: 443, toPort: 443, peer: '10.0.0.0/8' };
  const rules = {
    ssh: [{ protocol: 'tcp', fromPort: 22, toPort: 22, peer: '0.0.0.0/0' }],
    everything: [{ protocol: 'all', fromPort: null, toPort: null, peer: '0.0.0.0/0' }],
    'https inside': [https],
    nothing: [],
  };
  return {
    region,
    groupId: id,
    groupName: name,
    vpcId,
    isDefault: name === 'default',
    ingress: rules[opens],
    egress: [{ protocol: 'all', fromPort: null, toPort: null, peer: '0.0.0.0/0' }],
    opensAllToWorld: opens === 'everything',
    opensSshToWorld: opens === 'everything' || opens === 'ssh',
    opensRdpToWorld: opens === 'everything',
  };
}

function keyTruth({ region, id, spec, rotates, createdAt }: AwsEncryptionKey, accountId: string) {
  const isSymmetric = spec === 'SYMMETRIC_DEFAULT';
  return {
    region,
    keyId: id,
    arn: `arn:aws:kms:${region}:${accountId}:key/${id}`,
    isAwsManaged: false,
    state: 'Enabled',
    usage: isSymmetric ? 'ENCRYPT_DECRYPT' : 'GENERATE_VERIFY_MAC',
    spec,
    origin: 'AWS_KMS',
    isMultiRegion: false,
    createdAt,
    deletionAt: null,
    rotates: isSymmetric ? rotates : null,
  };
}

function databaseTruth(
  database: AwsDatabase,
  { vpcs, securityGroups }: Omit<AwsAccount, 'accountId'>,
  accountId: string,
) {
  const { region, id, identifier } = database;
  const home = vpcs.find((vpc) => vpc.region === region && vpc.isDefault)?.id;
  const group = securityGroups.find(({ name, vpcId }) => name === 'default' && vpcId === home)?.id;
  return {
    region,
    resourceId: id,
    identifier,
    arn: `arn:aws:rds:${region}:${accountId}:db:${identifier}`,
    engine: 'postgres',
    engineVersion: database.engineVersion,
    instanceClass: 'db.t3.micro',
    clusterIdentifier: null,
    isEncrypted: database.isEncrypted,
    kmsKeyId: database.isEncrypted ? 'default_kms_key_id' : null,
    isPubliclyAccessible: database.isPublic,
    isMultiZone: false,
    backupRetentionDays: database.backupDays,
    isDeletionProtected: database.isDeletionProtected,
    upgradesMinorVersions: true,
    usesIamAuthentication: false,
    certificateAuthority: 'rds-ca-default',
    exportedLogs: [],
    securityGroupIds: group === undefined ? [] : [group],
    createdAt: new Date(database.createdAt).toISOString(),
  };
}

const compliances = {
  COMPLIANT: 'compliant',
  NON_COMPLIANT: 'non_compliant',
  INSUFFICIENT_DATA: 'insufficient_data',
} as const;

function ruleTruth({ region, id, name, source, compliance }: AwsRule, accountId: string) {
  return {
    region,
    ruleId: id,
    ruleName: name,
    arn: `arn:aws:config:${region}:${accountId}:config-rule/${id}`,
    state: 'ACTIVE',
    owner: 'AWS',
    sourceIdentifier: source,
    createdBy: null,
    compliance: compliances[compliance],
  };
}

function eventTruth(event: AwsEvent, accountId: string) {
  return {
    region: event.region,
    eventId: event.id,
    occurredAt: event.at,
    source: event.source,
    name: event.name,
    identityType: 'AssumedRole',
    principalId: 'AROATESTBED000000000',
    principalArn: `arn:aws:sts::${accountId}:assumed-role/people`,
    userName: event.userName,
    hasMfa: true,
    sourceAddress: '192.0.2.7',
    errorCode: event.isRefused ? 'AccessDenied' : null,
    resources: [`AWS::IAM::User ${event.userName}`],
  };
}
