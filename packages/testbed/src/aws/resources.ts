import { assumePolicyOf, policyDocument } from './policy-documents.ts';
import { jsonCall, queryCall, type RawCaller, xmlText } from './raw-call.ts';
import type { AwsAccount } from './world.ts';

/** Kinds of resources that are made and removed alike. */
export type AwsKind =
  | 'policies'
  | 'roles'
  | 'accessKeys'
  | 'securityGroups'
  | 'flowLogs'
  | 'encryptionKeys'
  | 'databases'
  | 'rules'
  | 'events';

export type AwsResource<Kind extends AwsKind> = AwsAccount[Kind][number];

interface Maker<Resource> {
  /** Makes it in moto, and writes what AWS gives into it. */
  create(caller: RawCaller, account: AwsAccount, resource: Resource): Promise<void>;
  remove(caller: RawCaller, account: AwsAccount, resource: Resource): Promise<void>;
}

/** How each kind is made and removed, by AWS's own calls; in the order in which a world is made. */
export const awsResources: { readonly [Kind in AwsKind]: Maker<AwsResource<Kind>> } = {
  policies: {
    async create(caller, _account, policy) {
      const PolicyDocument = policyDocument(policy.allows);
      const made = await iam(caller, { Action: 'CreatePolicy', PolicyName: policy.name, PolicyDocument });
      policy.id = xmlText(made, 'PolicyId');
      policy.createdAt = xmlText(made, 'CreateDate');
    },
    async remove(caller, { accountId }, { name }) {
      await iam(caller, { Action: 'DeletePolicy', PolicyArn: policyArn(accountId, name) });
    },
  },
  roles: {
    async create(caller, { accountId }, role) {
      const about = { RoleName: role.name };
      const AssumeRolePolicyDocument = assumePolicyOf(role, accountId);
      const made = await iam(caller, { Action: 'CreateRole', ...about, Path: role.path, AssumeRolePolicyDocument });
      role.id = xmlText(made, 'RoleId');
      role.createdAt = xmlText(made, 'CreateDate');
      for (const name of role.holds)
        await iam(caller, { Action: 'AttachRolePolicy', ...about, PolicyArn: policyArn(accountId, name) });
      if (role.inline === null) return;
      const PolicyDocument = policyDocument(role.inline);
      await iam(caller, { Action: 'PutRolePolicy', ...about, PolicyName: 'inline', PolicyDocument });
    },
    async remove(caller, { accountId }, role) {
      const about = { RoleName: role.name };
      for (const name of role.holds)
        await iam(caller, { Action: 'DetachRolePolicy', ...about, PolicyArn: policyArn(accountId, name) });
      if (role.inline !== null) await iam(caller, { Action: 'DeleteRolePolicy', ...about, PolicyName: 'inline' });
      await iam(caller, { Action: 'DeleteRole', ...about });
    },
  },
  accessKeys: {
    async create(caller, _account, key) {
      const about = { UserName: key.userName };
      const made = await iam(caller, { Action: 'CreateAccessKey', ...about });
      key.id = xmlText(made, 'AccessKeyId');
      key.createdAt = xmlText(made, 'CreateDate');
      if (!key.isActive) await setAccessKey(caller, key, false);
    },
    async remove(caller, _account, { userName, id }) {
      await iam(caller, { Action: 'DeleteAccessKey', UserName: userName, AccessKeyId: id });
    },
  },
  securityGroups: {
    async create(caller, { vpcs }, group) {
      const ec2 = { service: 'ec2', region: group.region } as const;
      group.vpcId = found(vpcs, ({ region }) => region === group.region).id;
      const fields = { GroupName: group.name, GroupDescription: 'testbed', VpcId: group.vpcId };
      group.id = xmlText(await queryCall(caller, ec2, { Action: 'CreateSecurityGroup', ...fields }), 'groupId');
      if (group.opens === 'nothing') return;
      const opening = Object.entries(openings[group.opens]).map(([name, value]) => [`IpPermissions.1.${name}`, value]);
      const action = { Action: 'AuthorizeSecurityGroupIngress', GroupId: group.id };
      await queryCall(caller, ec2, { ...action, ...Object.fromEntries(opening) });
    },
    async remove(caller, _account, { region, id }) {
      await queryCall(caller, { service: 'ec2', region }, { Action: 'DeleteSecurityGroup', GroupId: id });
    },
  },
  flowLogs: {
    async create(caller, { vpcs, flowLogs }, log) {
      const isTaken = (vpcId: string) => flowLogs.some((other) => other !== log && other.vpcId === vpcId);
      const free = vpcs.filter(({ region, id }) => region === log.region && !isTaken(id));
      log.vpcId = found(free.toReversed(), () => true).id; // moto takes one a VPC and bucket
      const ec2 = { service: 'ec2', region: log.region } as const;
      const made = await queryCall(caller, ec2, {
        Action: 'CreateFlowLogs',
        'ResourceId.1': log.vpcId,
        ResourceType: 'VPC',
        TrafficType: log.traffic,
        LogDestinationType: 's3',
        LogDestination: `arn:aws:s3:::${log.bucket}`,
      });
      log.id = xmlText(xmlText(made, 'flowLogIdSet', '.*'), 'item');
      const about = { Action: 'DescribeFlowLogs', 'FlowLogId.1': log.id };
      log.createdAt = xmlText(await queryCall(caller, ec2, about), 'creationTime');
    },
    async remove(caller, _account, { region, id }) {
      await queryCall(caller, { service: 'ec2', region }, { Action: 'DeleteFlowLogs', 'FlowLogId.1': id });
    },
  },
  encryptionKeys: {
    async create(caller, _account, key) {
      const kms = { service: 'kms', region: key.region } as const;
      const usage = key.spec === 'SYMMETRIC_DEFAULT' ? 'ENCRYPT_DECRYPT' : 'GENERATE_VERIFY_MAC';
      const { KeyMetadata } = JSON.parse(
        await jsonCall(caller, kms, 'CreateKey', { KeySpec: key.spec, KeyUsage: usage }),
      );
      key.id = KeyMetadata.KeyId;
      key.createdAt = new Date(Math.round(KeyMetadata.CreationDate * 1000)).toISOString();
      if (key.rotates) await jsonCall(caller, kms, 'EnableKeyRotation', { KeyId: key.id });
    },
    async remove() {
      throw new Error('KMS keeps a key for a week at least');
    },
  },
  databases: {
    async create(caller, _account, database) {
      const made = await queryCall(
        caller,
        { service: 'rds', region: database.region },
        {
          Action: 'CreateDBInstance',
          DBInstanceIdentifier: database.identifier,
          DBInstanceClass: 'db.t3.micro',
          Engine: 'postgres',
          MasterUsername: 'testbed',
          MasterUserPassword: 'Testbed-Passw0rd',
          AllocatedStorage: '20',
          StorageEncrypted: String(database.isEncrypted),
          PubliclyAccessible: String(database.isPublic),
          BackupRetentionPeriod: String(database.backupDays),
          DeletionProtection: String(database.isDeletionProtected),
        },
      );
      database.id = xmlText(made, 'DbiResourceId');
      database.createdAt = xmlText(made, 'InstanceCreateTime').replace(/(\.\d{3})\d+(\+00:00|Z)/, '$1Z');
      database.engineVersion = xmlText(made, 'EngineVersion');
    },
    async remove(caller, _account, { region, identifier }) {
      const rds = { service: 'rds', region } as const;
      const about = { DBInstanceIdentifier: identifier };
      await queryCall(caller, rds, { Action: 'ModifyDBInstance', ...about, DeletionProtection: 'false' });
      await queryCall(caller, rds, { Action: 'DeleteDBInstance', ...about, SkipFinalSnapshot: 'true' });
    },
  },
  rules: {
    async create(caller, _account, rule) {
      const config = { service: 'config', region: rule.region } as const;
      const Source = { Owner: 'AWS', SourceIdentifier: rule.source };
      await jsonCall(caller, config, 'PutConfigRule', { ConfigRule: { ConfigRuleName: rule.name, Source } });
      const answer = JSON.parse(
        await jsonCall(caller, config, 'DescribeConfigRules', { ConfigRuleNames: [rule.name] }),
      );
      rule.id = answer.ConfigRules[0].ConfigRuleId;
    },
    async remove(caller, _account, { region, name }) {
      await jsonCall(caller, { service: 'config', region }, 'DeleteConfigRule', { ConfigRuleName: name });
    },
  },
  events: {
    create: async () => {}, // moto knows none; the front tells the world's
    remove: async () => {
      throw new Error('CloudTrail forgets no event on demand');
    },
  },
};

export async function setAccessKey(
  caller: RawCaller,
  key: AwsResource<'accessKeys'>,
  isActive: boolean,
): Promise<void> {
  const Status = isActive ? 'Active' : 'Inactive';
  await iam(caller, { Action: 'UpdateAccessKey', UserName: key.userName, AccessKeyId: key.id, Status });
  key.isActive = isActive;
}

export async function setRotation(
  caller: RawCaller,
  key: AwsResource<'encryptionKeys'>,
  rotates: boolean,
): Promise<void> {
  const operation = rotates ? 'EnableKeyRotation' : 'DisableKeyRotation';
  await jsonCall(caller, { service: 'kms', region: key.region }, operation, { KeyId: key.id });
  key.rotates = rotates;
}

export function policyArn(accountId: string, name: string): string {
  return `arn:aws:iam::${accountId}:policy/${name}`;
}

const iam = (caller: RawCaller, fields: Record<string, string>) => queryCall(caller, { service: 'iam' }, fields);

const openings: Readonly<Record<'ssh' | 'everything' | 'https inside', Record<string, string>>> = {
  ssh: { IpProtocol: 'tcp', FromPort: '22', ToPort: '22', 'IpRanges.1.CidrIp': '0.0.0.0/0' },
  everything: { IpProtocol: '-1', 'IpRanges.1.CidrIp': '0.0.0.0/0' },
  'https inside': { IpProtocol: 'tcp', FromPort: '443', ToPort: '443', 'IpRanges.1.CidrIp': '10.0.0.0/8' },
};

/** The first that matches; throws where none does. */
export function found<T>(items: readonly T[], matches: (item: T) => boolean): T {
  const item = items.find(matches);
  if (item === undefined) throw new Error('the world holds no such thing');
  return item;
}
