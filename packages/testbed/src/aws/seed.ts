import type { Moto } from './moto.ts';
import { assumeAccount, jsonCall, queryCall, type RawCaller, rawCall, xmlText } from './raw-call.ts';
import { type AwsKind, type AwsResource, awsResources } from './resources.ts';
import type {
  AwsAccount,
  AwsBucket,
  AwsPublicAccessBlock,
  AwsSecurityGroup,
  AwsTrail,
  AwsUser,
  AwsVpc,
  AwsWorld,
} from './world.ts';
import { element, listItems } from './xml.ts';

/** Creates the whole world in moto, and writes the ids and times that AWS gives into it. */
export async function seedAws(world: AwsWorld, moto: Pick<Moto, 'url' | 'makeUsers'>): Promise<void> {
  for (const account of world.accounts) {
    const made = await moto.makeUsers(account.accountId, account.users);
    for (const [index, user] of account.users.entries()) Object.assign(user, made[index]);
    for (const user of account.users) if (user.hasPassword) user.passwordCreatedAt = user.createdAt; // moto has one time for both
    const { accessKeyId } = await assumeAccount(moto.url, account.roleArn);
    await seedAccount({ endpoint: moto.url, accessKeyId }, account);
  }
}

async function seedAccount(caller: RawCaller, account: AwsAccount): Promise<void> {
  const { accountId } = account;
  if (account.passwordPolicy !== null) await putPasswordPolicy(caller, account.passwordPolicy);
  if (account.accountBlock !== null) await putAccountBlock(caller, accountId, account.accountBlock);
  await inParallel(account.buckets, (bucket) => createBucket(caller, bucket));
  await inParallel(account.trails, (trail) => createTrail(caller, trail));
  await inParallel(account.vpcs, (vpc) => createVpc(caller, vpc));
  account.vpcs.push(...(await Promise.all(account.regions.map((region) => findDefaultVpc(caller, region)))));
  await seedResources(caller, account);
  const groups = await Promise.all(account.regions.map((region) => findDefaultGroups(caller, region)));
  account.securityGroups.push(...groups.flat());
}

async function seedResources(caller: RawCaller, account: AwsAccount): Promise<void> {
  const make = async <Kind extends AwsKind>(kind: Kind) => {
    const list: AwsResource<Kind>[] = account[kind];
    for (const resource of list) await awsResources[kind].create(caller, account, resource);
  };
  // One at a time: moto walks its lists while others add to them, and then answers with an internal error. Policies before the roles that hold them.
  const kinds = ['policies', 'roles', 'accessKeys', 'securityGroups', 'flowLogs', 'encryptionKeys'] as const;
  for (const kind of [...kinds, 'databases', 'rules'] as const) await make(kind);
}

/** Each VPC has one; nobody makes it. */
async function findDefaultGroups(caller: RawCaller, region: string): Promise<AwsSecurityGroup[]> {
  const filter = { 'Filter.1.Name': 'group-name', 'Filter.1.Value.1': 'default' };
  const told = await queryCall(caller, { service: 'ec2', region }, { Action: 'DescribeSecurityGroups', ...filter });
  return listItems(told, 'securityGroupInfo').map((item) => ({
    region,
    name: 'default',
    opens: 'nothing',
    id: element(item, 'groupId'),
    vpcId: element(item, 'vpcId'),
  }));
}

/** What the role of an account may do, by an inline policy. */
export async function putFleetPolicy(endpoint: string, roleArn: string, policy: object): Promise<void> {
  const { accessKeyId } = await assumeAccount(endpoint, roleArn);
  const fields = {
    RoleName: roleArn.split('/').at(-1) ?? '',
    PolicyName: 'read',
    PolicyDocument: JSON.stringify(policy),
  };
  await queryCall({ endpoint, accessKeyId }, { service: 'iam' }, { Action: 'PutRolePolicy', ...fields });
}

/** Works through `items`, 12 at a time. */
async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  await Promise.all(
    Array.from({ length: 12 }, async () => {
      for (const item of rest) await work(item);
    }),
  );
}

export async function createUser(caller: RawCaller, accountId: string, user: AwsUser): Promise<void> {
  const iam = (fields: Record<string, string>) =>
    queryCall(caller, { service: 'iam' }, { UserName: user.name, ...fields });
  const created = await iam({ Action: 'CreateUser', Path: user.path });
  user.id = xmlText(created, 'UserId');
  user.createdAt = xmlText(created, 'CreateDate');
  if (user.hasPassword) {
    await iam({ Action: 'CreateLoginProfile', Password: 'Testbed-Passw0rd!', PasswordResetRequired: 'false' });
    user.passwordCreatedAt = xmlText(await iam({ Action: 'GetLoginProfile' }), 'CreateDate');
  }
  if (user.mfa !== null) await enableMfa(caller, accountId, user, user.mfa);
}

export async function enableMfa(
  caller: RawCaller,
  accountId: string,
  user: AwsUser,
  kind: 'virtual' | 'hardware',
): Promise<void> {
  const iam = (fields: Record<string, string>) =>
    queryCall(caller, { service: 'iam' }, { UserName: user.name, ...fields });
  if (kind === 'virtual') await iam({ Action: 'CreateVirtualMFADevice', VirtualMFADeviceName: user.name });
  const SerialNumber = serialNumber(accountId, user.name, kind);
  await iam({ Action: 'EnableMFADevice', SerialNumber, AuthenticationCode1: '123456', AuthenticationCode2: '654321' });
  user.mfa = kind;
  user.mfaEnabledAt = xmlText(await iam({ Action: 'ListMFADevices' }), 'EnableDate');
}

export function serialNumber(accountId: string, userName: string, kind: 'virtual' | 'hardware'): string {
  return kind === 'virtual' ? `arn:aws:iam::${accountId}:mfa/${userName}` : `GAHT-${userName}`;
}

export async function createBucket(caller: RawCaller, bucket: AwsBucket): Promise<void> {
  const { region } = bucket;
  const put = (query: string, body?: string) =>
    rawCall(caller, {
      service: 's3',
      region,
      method: 'PUT',
      path: `/${bucket.name}${query}`,
      ...(body !== undefined && { body }),
    });
  await put(
    '',
    region === 'us-east-1'
      ? undefined
      : `<CreateBucketConfiguration><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`,
  );
  if (bucket.encryption !== null) await put('?encryption', encryptionXml(bucket.encryption));
  if (bucket.versioning !== null) {
    await put(
      '?versioning',
      `<VersioningConfiguration><Status>${bucket.versioning}</Status></VersioningConfiguration>`,
    );
  }
  if (bucket.logsTo !== null) {
    await put('?acl', logDeliveryAcl);
    await put(
      '?logging',
      `<BucketLoggingStatus><LoggingEnabled><TargetBucket>${bucket.logsTo}</TargetBucket><TargetPrefix>access/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>`,
    );
  }
  // After logging: moto reads the policy of the bucket that takes the logs, and fails at a principal of `*`.
  if (bucket.policy !== null) await put('?policy', bucketPolicy(bucket.name, bucket.policy));
  await putBucketBlock(caller, bucket, bucket.block);
}

export async function putBucketBlock(
  caller: RawCaller,
  bucket: AwsBucket,
  block: AwsPublicAccessBlock | null,
): Promise<void> {
  const request = { service: 's3', region: bucket.region, path: `/${bucket.name}?publicAccessBlock` };
  if (block === null) await rawCall(caller, { ...request, method: 'DELETE' });
  else await rawCall(caller, { ...request, method: 'PUT', body: blockXml(block) });
  bucket.block = block;
}

async function putAccountBlock(caller: RawCaller, accountId: string, block: AwsPublicAccessBlock): Promise<void> {
  await rawCall(caller, {
    service: 's3',
    region: 'us-east-1',
    method: 'PUT',
    path: '/v20180820/configuration/publicAccessBlock',
    headers: { 'x-amz-account-id': accountId },
    body: blockXml(block),
  });
}

function blockXml({ acls, ignoreAcls, policy, restrict }: AwsPublicAccessBlock): string {
  const settings = Object.entries({
    BlockPublicAcls: acls,
    IgnorePublicAcls: ignoreAcls,
    BlockPublicPolicy: policy,
    RestrictPublicBuckets: restrict,
  });
  const inner = settings.map(([name, value]) => `<${name}>${value}</${name}>`).join('');
  return `<PublicAccessBlockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</PublicAccessBlockConfiguration>`;
}

function encryptionXml(algorithm: string): string {
  const rule = `<ApplyServerSideEncryptionByDefault><SSEAlgorithm>${algorithm}</SSEAlgorithm></ApplyServerSideEncryptionByDefault>`;
  return `<ServerSideEncryptionConfiguration><Rule>${rule}</Rule></ServerSideEncryptionConfiguration>`;
}

function bucketPolicy(name: string, kind: 'public' | 'private'): string {
  const Principal = kind === 'public' ? '*' : { AWS: 'arn:aws:iam::111122223333:root' };
  const statement = { Effect: 'Allow', Principal, Action: 's3:GetObject', Resource: `arn:aws:s3:::${name}/*` };
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}

/** A bucket takes logs only from the log delivery group. */
const logDeliveryAcl = `<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>owner</ID></Owner><AccessControlList>${[
  'WRITE',
  'READ_ACP',
]
  .map(
    (permission) =>
      `<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group"><URI>http://acs.amazonaws.com/groups/s3/LogDelivery</URI></Grantee><Permission>${permission}</Permission></Grant>`,
  )
  .join('')}</AccessControlList></AccessControlPolicy>`;

async function createTrail(caller: RawCaller, trail: AwsTrail): Promise<void> {
  const call = (operation: string, body: object) =>
    jsonCall(caller, { service: 'cloudtrail', region: trail.region }, operation, body);
  await call('CreateTrail', {
    Name: trail.name,
    S3BucketName: trail.bucket,
    IsMultiRegionTrail: trail.isMultiRegion,
    EnableLogFileValidation: trail.validatesLogFiles,
  });
  if (trail.records === 'write') {
    const selector = { ReadWriteType: 'WriteOnly', IncludeManagementEvents: true, DataResources: [] };
    await call('PutEventSelectors', { TrailName: trail.name, EventSelectors: [selector] });
  }
  if (trail.isLogging) await call('StartLogging', { Name: trail.name });
}

async function createVpc(caller: RawCaller, vpc: AwsVpc): Promise<void> {
  const tag: Record<string, string> =
    vpc.name === null
      ? {}
      : {
          'TagSpecification.1.ResourceType': 'vpc',
          'TagSpecification.1.Tag.1.Key': 'Name',
          'TagSpecification.1.Tag.1.Value': vpc.name,
        };
  const created = await queryCall(
    caller,
    { service: 'ec2', region: vpc.region },
    { Action: 'CreateVpc', CidrBlock: vpc.cidr, ...tag },
  );
  vpc.id = xmlText(created, 'vpcId');
}

async function findDefaultVpc(caller: RawCaller, region: string): Promise<AwsVpc> {
  const filter = { 'Filter.1.Name': 'is-default', 'Filter.1.Value.1': 'true' };
  const found = await queryCall(caller, { service: 'ec2', region }, { Action: 'DescribeVpcs', ...filter });
  return { region, cidr: '172.31.0.0/16', name: null, isDefault: true, id: xmlText(found, 'vpcId') };
}

async function putPasswordPolicy(caller: RawCaller, policy: NonNullable<AwsAccount['passwordPolicy']>): Promise<void> {
  const fields = {
    Action: 'UpdateAccountPasswordPolicy',
    MinimumPasswordLength: policy.minimumLength,
    RequireSymbols: policy.symbols,
    RequireNumbers: policy.numbers,
    RequireUppercaseCharacters: policy.uppercase,
    RequireLowercaseCharacters: policy.lowercase,
    AllowUsersToChangePassword: policy.mayChange,
    MaxPasswordAge: policy.maxAgeDays,
    PasswordReusePrevention: policy.remembered,
  };
  await queryCall(
    caller,
    { service: 'iam' },
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)])),
  );
}
