import { type Aws, type AwsAccount, awsTruth, generateAwsWorld, startAws } from '@evidence-fleet/testbed';
import { resourcesOf } from './resource.ts';
import type { OpenWorld } from './world.ts';

const accountId = '111122223333';

/** A small account with three items a page: three pages of users and buckets, one resource of each kind that goes, comes and changes. */
export async function openAwsWorld(): Promise<OpenWorld> {
  const world = generateAwsWorld({
    seed: 5,
    accounts: [accountId],
    users: 8,
    buckets: 8,
    regions: ['eu-west-1', 'us-east-1'],
    vpcsPerRegion: 4,
    perAccount: 5,
    perRegion: 4,
  });
  const account = world.accounts[0];
  if (account === undefined) throw new Error('the world is empty');
  arrange(account);
  const aws = await startAws(world, { pageSize: 3 });
  const sliceOf = ({ type, material }: { type: string; material: Readonly<Record<string, unknown>> }) =>
    type.startsWith('aws.s3_') ? '' : String(material.region ?? material.homeRegion ?? '');
  return {
    world: {
      connector: 'aws',
      kind: 'role',
      secrets: aws.roleKeys,
      settings: { roleArn: account.roleArn, externalId: 'matrix' },
      upstream: aws.url,
      narrowToken: '',
    },
    changes: [
      async () => {
        const [, gone, changed] = account.users.filter(({ mfa, hasPassword }) => mfa === null && hasPassword);
        const vpc = account.vpcs.find(({ isDefault, name }) => !isDefault && name === null);
        if (!gone || !changed || !vpc) throw new Error('the world is too small');
        await aws.change.removeUser(accountId, gone.name);
        await aws.change.enableMfa(accountId, changed.name);
        await aws.change.addUser(accountId, { name: 'user-new', path: '/', hasPassword: true, mfa: 'virtual' });
        await aws.change.removeBucket(accountId, account.buckets[6]?.name ?? '');
        await aws.change.addBucket(accountId, { ...bucketOf(account), name: 't3333-new', logsTo: null });
        await aws.change.removeTrail(accountId, 'local');
        await aws.change.removeVpc(accountId, vpc.id);
        await changeResources(aws, account);
      },
    ],
    resources: () => resourcesOf(awsTruth(world), sliceOf),
    close: () => aws.close(),
  };
}

/** One of each kind goes, another comes, and what can be changed is. KMS and CloudTrail let nothing go. */
async function changeResources({ change }: Aws, account: AwsAccount): Promise<void> {
  const [role] = account.roles.slice(-1);
  const [key, changedKey] = account.accessKeys;
  const [database] = account.databases;
  const [rule, changedRule] = account.rules;
  const [group] = account.securityGroups;
  const [encryptionKey] = account.encryptionKeys;
  const [event] = account.events;
  if (!role || !key || !changedKey || !database || !rule || !changedRule || !group || !encryptionKey || !event)
    throw new Error('the world is too small');
  await change.remove(accountId, 'roles', role.id);
  const policy = account.policies.find(({ name }) => role.holds.includes(name));
  await change.remove(accountId, 'policies', policy?.id ?? '');
  await change.remove(accountId, 'accessKeys', key.id);
  await change.remove(accountId, 'databases', database.id);
  await change.remove(accountId, 'rules', rule.id);
  await change.remove(accountId, 'securityGroups', group.id);
  await change.remove(accountId, 'flowLogs', account.flowLogs[0]?.id ?? '');
  const byAws = { id: '', createdAt: '' };
  await change.add(accountId, 'policies', { name: 'policy-new', allows: 'all', ...byAws });
  await change.add(accountId, 'roles', { ...role, name: 'role-new', holds: ['policy-new'], ...byAws });
  await change.add(accountId, 'accessKeys', { ...changedKey, ...byAws });
  await change.add(accountId, 'databases', { ...database, identifier: 'db-new', ...byAws });
  await change.add(accountId, 'rules', { ...rule, name: 'rule-new', id: '' });
  await change.add(accountId, 'securityGroups', { ...group, name: 'group-new', opens: 'ssh', id: '' });
  await change.add(accountId, 'encryptionKeys', { ...encryptionKey, ...byAws });
  await change.add(accountId, 'events', { ...event, id: 'event-new', at: new Date().toISOString() });
  await change.setAccessKey(accountId, changedKey.id, !changedKey.isActive);
  await change.setRotation(accountId, encryptionKey.id, !encryptionKey.rotates);
  changedRule.compliance = 'NON_COMPLIANT'; // told by the front from the world
}

/** Three people with a password and no second factor; buckets closed by the bucket and the account together; all else in order. */
function arrange(account: AwsAccount): void {
  account.accountBlock = { acls: true, ignoreAcls: true, policy: false, restrict: false };
  for (const [nth, user] of account.users.entries()) {
    user.hasPassword = nth !== 1;
    user.mfa = nth % 3 === 2 ? null : 'virtual';
    if (nth === 4) user.mfa = null;
  }
  for (const [nth, bucket] of account.buckets.entries()) {
    bucket.logsTo = nth === 6 ? null : bucket.logsTo; // it will be removed, and must be empty then
    bucket.block = nth === 3 ? { acls: false, ignoreAcls: false, policy: true, restrict: true } : closed;
  }
}

const closed = { acls: true, ignoreAcls: true, policy: true, restrict: true };

function bucketOf(account: AwsAccount) {
  const [bucket] = account.buckets;
  if (bucket === undefined) throw new Error('the world is too small');
  return bucket;
}
