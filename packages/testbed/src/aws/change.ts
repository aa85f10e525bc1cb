import { assumeAccount, jsonCall, queryCall, type RawCaller, rawCall } from './raw-call.ts';
import { type AwsKind, type AwsResource, awsResources, found, setAccessKey, setRotation } from './resources.ts';
import { createBucket, createUser, enableMfa, putBucketBlock, serialNumber } from './seed.ts';
import type { AwsAccount, AwsBucket, AwsPublicAccessBlock, AwsUser, AwsWorld } from './world.ts';

/** Changes one resource in moto and in the world alike, so that the truth stays true. All throw for what does not exist. */
export interface AwsChanges {
  addUser(accountId: string, user: Pick<AwsUser, 'name' | 'path' | 'hasPassword' | 'mfa'>): Promise<void>;
  removeUser(accountId: string, name: string): Promise<void>;
  /** For a user without a second factor. */
  enableMfa(accountId: string, name: string): Promise<void>;
  addBucket(accountId: string, bucket: AwsBucket): Promise<void>;
  removeBucket(accountId: string, name: string): Promise<void>;
  setBucketBlock(accountId: string, name: string, block: AwsPublicAccessBlock | null): Promise<void>;
  setLogging(accountId: string, trailName: string, isLogging: boolean): Promise<void>;
  removeTrail(accountId: string, name: string): Promise<void>;
  removeVpc(accountId: string, id: string): Promise<void>;
  add<Kind extends AwsKind>(accountId: string, kind: Kind, resource: AwsResource<Kind>): Promise<void>;
  remove<Kind extends AwsKind>(accountId: string, kind: Kind, id: string): Promise<void>;
  setAccessKey(accountId: string, id: string, isActive: boolean): Promise<void>;
  setRotation(accountId: string, keyId: string, rotates: boolean): Promise<void>;
}

export function awsChanges(world: AwsWorld, endpoint: string): AwsChanges {
  async function open(accountId: string): Promise<{ account: AwsAccount; caller: RawCaller }> {
    const account = found(world.accounts, (one) => one.accountId === accountId);
    const { accessKeyId } = await assumeAccount(endpoint, account.roleArn);
    return { account, caller: { endpoint, accessKeyId } };
  }

  return {
    async addUser(accountId, user) {
      const { account, caller } = await open(accountId);
      const added: AwsUser = { ...user, id: '', createdAt: '', passwordCreatedAt: '', mfaEnabledAt: '' };
      await createUser(caller, accountId, added);
      account.users.push(added);
    },
    async removeUser(accountId, name) {
      const { account, caller } = await open(accountId);
      const user = found(account.users, (one) => one.name === name);
      const iam = (fields: Record<string, string>) =>
        queryCall(caller, { service: 'iam' }, { UserName: name, ...fields });
      if (user.mfa !== null)
        await iam({ Action: 'DeactivateMFADevice', SerialNumber: serialNumber(accountId, name, user.mfa) });
      if (user.hasPassword) await iam({ Action: 'DeleteLoginProfile' });
      await iam({ Action: 'DeleteUser' });
      account.users = account.users.filter((one) => one !== user);
    },
    async enableMfa(accountId, name) {
      const { account, caller } = await open(accountId);
      await enableMfa(
        caller,
        accountId,
        found(account.users, (one) => one.name === name),
        'virtual',
      );
    },
    async addBucket(accountId, bucket) {
      const { account, caller } = await open(accountId);
      await createBucket(caller, bucket);
      account.buckets.push(bucket);
    },
    async removeBucket(accountId, name) {
      const { account, caller } = await open(accountId);
      const bucket = found(account.buckets, (one) => one.name === name);
      await rawCall(caller, { service: 's3', region: bucket.region, method: 'DELETE', path: `/${name}` });
      account.buckets = account.buckets.filter((one) => one !== bucket);
    },
    async setBucketBlock(accountId, name, block) {
      const { account, caller } = await open(accountId);
      await putBucketBlock(
        caller,
        found(account.buckets, (one) => one.name === name),
        block,
      );
    },
    async setLogging(accountId, trailName, isLogging) {
      const { account, caller } = await open(accountId);
      const trail = found(account.trails, (one) => one.name === trailName);
      await jsonCall(
        caller,
        { service: 'cloudtrail', region: trail.region },
        isLogging ? 'StartLogging' : 'StopLogging',
        { Name: trailName },
      );
      trail.isLogging = isLogging;
    },
    async removeTrail(accountId, name) {
      const { account, caller } = await open(accountId);
      const trail = found(account.trails, (one) => one.name === name);
      await jsonCall(caller, { service: 'cloudtrail', region: trail.region }, 'DeleteTrail', { Name: name });
      account.trails = account.trails.filter((one) => one !== trail);
    },
    async removeVpc(accountId, id) {
      const { account, caller } = await open(accountId);
      const vpc = found(account.vpcs, (one) => one.id === id);
      await queryCall(caller, { service: 'ec2', region: vpc.region }, { Action: 'DeleteVpc', VpcId: id });
      account.vpcs = account.vpcs.filter((one) => one !== vpc);
      account.securityGroups = account.securityGroups.filter(({ vpcId }) => vpcId !== id); // its default group goes with it
    },
    async add<Kind extends AwsKind>(accountId: string, kind: Kind, resource: AwsResource<Kind>) {
      const { account, caller } = await open(accountId);
      await awsResources[kind].create(caller, account, resource);
      const list: AwsResource<Kind>[] = account[kind];
      list.push(resource);
    },
    async remove<Kind extends AwsKind>(accountId: string, kind: Kind, id: string) {
      const { account, caller } = await open(accountId);
      const list: AwsResource<Kind>[] = account[kind];
      const resource = found(list, (one) => one.id === id);
      await awsResources[kind].remove(caller, account, resource);
      list.splice(list.indexOf(resource), 1);
    },
    async setAccessKey(accountId, id, isActive) {
      const { account, caller } = await open(accountId);
      const key = found(account.accessKeys, (one) => one.id === id);
      await setAccessKey(caller, key, isActive);
    },
    async setRotation(accountId, keyId, rotates) {
      const { account, caller } = await open(accountId);
      const key = found(account.encryptionKeys, (one) => one.id === keyId);
      await setRotation(caller, key, rotates);
    },
  };
}
