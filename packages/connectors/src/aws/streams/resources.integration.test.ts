import {
  type Aws,
  awsAvailability,
  awsTruth,
  collectStream,
  generateAwsWorld,
  materialOf,
  startAws,
  testRuntime,
} from '@evidence-fleet/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { aws } from '../index.ts';

const accountId = '444455556666'; // of the two kinds of accounts the one in disorder
const region = 'eu-west-1';
const availability = await awsAvailability();
if (!availability.available) console.warn(`AWS is left out: ${availability.why}`);
const describeAws = availability.available ? describe : describe.skip;

let provider: Aws;

/** What each type is listed by, and how many checkpoints it makes at two items a page. */
const listings: [name: string, operation: string, checkpoints: number][] = [
  ['aws.access_key', 'iam:ListUsers', 2],
  ['aws.iam_role', 'iam:GetAccountAuthorizationDetails', 0],
  ['aws.iam_policy', 'iam:GetAccountAuthorizationDetails', 0],
  ['aws.credential_report', 'iam:GetCredentialReport', 0],
  ['aws.account_summary', 'iam:GetAccountSummary', 0],
  ['aws.cloudtrail_event', 'cloudtrail:LookupEvents', 2],
  ['aws.config_rule', 'config:DescribeConfigRules', 1],
  ['aws.vpc_flow_log', 'ec2:DescribeFlowLogs', 1],
  ['aws.security_group', 'ec2:DescribeSecurityGroups', 2],
  ['aws.kms_key', 'kms:ListKeys', 1],
  ['aws.rds_instance', 'rds:DescribeDBInstances', 1],
];

function account() {
  const found = provider.world.accounts.find((one) => one.accountId === accountId);
  if (found === undefined) throw new Error('no such account');
  return found;
}

async function connect() {
  const runtime = testRuntime({ connector: aws, endpoint: provider.url });
  const settings = { roleArn: account().roleArn, externalId: 'external-1', regions: [region] };
  const credentials = { kind: 'role' as const, ...provider.roleKeys };
  return aws.connect({ credentials, settings: aws.settings.parse(settings) }, runtime);
}

function streamOf(name: string) {
  const found = aws.streams.find(({ evidence }) => evidence.name === name);
  if (found === undefined) throw new Error(`no stream ${name}`);
  return found as (typeof aws.streams)[0];
}

async function collect(name: string, from: { since?: string; resume?: string } = {}) {
  return collectStream(streamOf(name), await connect(), from);
}

async function materialsOf(name: string) {
  const { rows, gaps } = await collect(name);
  expect(gaps).toEqual([]);
  return sorted(rows.map((row) => materialOf(streamOf(name).evidence, row)));
}

function truthOf(name: string) {
  const mine = awsTruth(provider.world).filter(({ type, key }) => type === name && key[0] === accountId);
  return sorted(mine.map(({ material }) => material));
}

const sorted = (items: readonly object[]) => items.map((item) => JSON.stringify(Object.entries(item).sort())).sort();
const context = { slice: { id: '' }, since: undefined, resume: undefined, signal: new AbortController().signal };

describeAws('streams of the resources of an account', () => {
  beforeAll(async () => {
    const size = { users: 5, buckets: 1, regions: [region], vpcsPerRegion: 2, perAccount: 3, perRegion: 3 };
    const world = generateAwsWorld({ seed: 4, accounts: ['111122223333', accountId], ...size });
    world.accounts.splice(0, 1);
    provider = await startAws(world, { pageSize: 2 });
  });
  beforeEach(() => provider.faults.clear());
  afterAll(() => provider?.close());

  it.each(listings)('%s shows every page as it is', async (name, _operation, _checkpoints) => {
    expect(await materialsOf(name)).toEqual(truthOf(name));
    expect(truthOf(name).length).toBeGreaterThan(0);
  });

  it.each(listings)('%s says which permission is missing when it may not list', async (name, operation) => {
    provider.faults.deny(operation);
    await expect(collect(name)).rejects.toMatchObject({
      code: 'permission_denied',
      message: expect.stringContaining(operation),
    });
  });

  it.each(listings)('%s takes no empty, foreign or broken answer for nothing', async (name, operation) => {
    for (const body of ['', '<html><body>Welcome</body></html>']) {
      provider.faults.answer(operation, { body });
      await expect(collect(name)).rejects.toMatchObject({ code: 'malformed' });
      provider.faults.clear();
    }
    provider.faults.truncate(operation);
    await expect(collect(name)).rejects.toMatchObject({ code: 'malformed' });
  });

  it.each(listings.filter(([, , pages]) => pages > 0))('%s goes on at a checkpoint', async (name, _, pages) => {
    const whole = await collect(name);
    expect(whole.checkpoints).toHaveLength(pages);
    const rest = await collect(name, { resume: whole.checkpoints[0]?.token ?? '' });
    expect(rest.rows.length).toBeLessThan(whole.rows.length);
    const materials = (rows: typeof whole.rows) => rows.map((row) => materialOf(streamOf(name).evidence, row));
    expect(materials(whole.rows)).toEqual(expect.arrayContaining(materials(rest.rows)));
  });

  it.each([
    ['aws.access_key', 'iam:GetAccessKeyLastUsed', 'access-key'],
    ['aws.access_key', 'iam:ListAccessKeys', 'user'],
    ['aws.kms_key', 'kms:DescribeKey', 'key'],
    ['aws.kms_key', 'kms:GetKeyRotationStatus', 'key'],
  ])('%s leaves a gap where %s is refused for one resource, and goes on', async (name, operation, kind) => {
    const { accessKeys, encryptionKeys, users } = account();
    const [key] = accessKeys;
    const owner = users.find((one) => one.name === key?.userName);
    const sites: Record<string, [string | undefined, string | undefined]> = {
      'access-key': [key?.id, key?.id],
      user: [owner?.name, owner?.id],
      key: [encryptionKeys[0]?.id, encryptionKeys[0]?.id],
    };
    const [resource = '', id] = sites[kind] ?? [];
    const all = await collect(name);
    provider.faults.deny(operation, { resource });
    const { rows, gaps } = await collect(name);
    expect(gaps).toMatchObject([{ scope: `${kind}:${id}`, reason: 'permission_denied' }]);
    expect(gaps[0]?.detail).toContain(operation);
    expect(rows).toHaveLength(all.rows.length - 1);
  });

  it.each([
    ['aws.access_key', 'iam:ListAccessKeys'],
    ['aws.config_rule', 'config:DescribeConfigRules'],
    ['aws.vpc_flow_log', 'ec2:DescribeFlowLogs'],
    ['aws.security_group', 'ec2:DescribeSecurityGroups'],
    ['aws.kms_key', 'kms:DescribeKey'],
    ['aws.rds_instance', 'rds:DescribeDBInstances'],
    ['aws.account_summary', 'iam:GetAccountSummary'],
  ])('%s proves by a point read that a resource is there, or gone, or hidden', async (name, operation) => {
    const client = await connect();
    const stream = streamOf(name);
    const [row] = (await collectStream(stream, client)).rows;
    if (row === undefined || stream.probe === undefined) throw new Error('nothing to probe');
    const found = await stream.probe(client, row, context);
    expect(materialOf(stream.evidence, found as typeof row)).toEqual(materialOf(stream.evidence, row));
    const gone = { accessKeyId: 'AKIAGONE', ruleName: 'gone', ruleId: 'gone', flowLogId: 'fl-0123456789abcdef0' };
    const others = {
      groupId: 'sg-0123456789abcdef0',
      keyId: '11111111-1111-4111-8111-111111111111',
      resourceId: 'db-GONE',
    };
    if (name !== 'aws.account_summary')
      expect(await stream.probe(client, { ...row, ...gone, ...others }, context)).toBeNull();
    provider.faults.deny(operation);
    await expect(stream.probe(client, row, context)).rejects.toMatchObject({ code: 'permission_denied' });
  });

  it.each([
    ['aws.iam_role', { roleName: 'gone' }, { roleId: 'AROAOTHER' }],
    ['aws.iam_policy', { arn: `arn:aws:iam::${accountId}:policy/gone` }, { policyId: 'ANPAOTHER' }],
    ['aws.credential_report', { userName: 'gone' }, { createdAt: '2020-01-01T00:00:00.000Z' }],
  ])('%s knows by name what is gone or replaced, and leaves open what was not listed', async (name, gone, replaced) => {
    const client = await connect();
    const stream = streamOf(name);
    const row = (await collectStream(stream, client)).rows.at(-1);
    if (row === undefined) throw new Error('nothing to probe');
    expect(await stream.probe?.(client, { ...row, ...gone }, context)).toBeNull();
    expect(await stream.probe?.(client, { ...row, ...replaced }, context)).toBeNull();
    await expect(stream.probe?.(client, row, context)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('does not call a policy unattached whose holder a listing left out', async () => {
    const holder = account().roles.find(({ holds }) => holds.length > 0);
    provider.faults.hide(`arn:aws:iam::${accountId}:role${holder?.path}${holder?.name}`);
    const policy = account().policies.find(({ name }) => holder?.holds.includes(name));
    const { rows, gaps, expected } = await collect('aws.iam_policy');
    expect(gaps).toMatchObject([{ scope: `policy:${policy?.id}`, reason: 'incomplete' }]);
    expect(rows).toHaveLength(account().policies.length - 1);
    expect(expected.at(-1)?.total).toBe(account().policies.length);
    expect((await collect('aws.iam_role')).expected.at(-1)?.total).toBe(account().roles.length);
  });

  it('reads roles and policies in one pass of a run', async () => {
    const client = await connect();
    const from = provider.requests.length;
    await collectStream(streamOf('aws.iam_role'), client);
    const once = countOf('iam:GetAccountAuthorizationDetails', from);
    await collectStream(streamOf('aws.iam_policy'), client);
    expect(once).toBeGreaterThan(1);
    expect(countOf('iam:GetAccountAuthorizationDetails', from)).toBe(once);
  });

  it('waits for a credential report that AWS is still writing, and refuses a cut one', async () => {
    const started = '<State>STARTED</State>';
    const body = `<GenerateCredentialReportResponse><GenerateCredentialReportResult>${started}</GenerateCredentialReportResult></GenerateCredentialReportResponse>`;
    provider.faults.answer('iam:GenerateCredentialReport', { body }, { times: 1 });
    await expect(collect('aws.credential_report')).rejects.toMatchObject({ code: 'service_unavailable' });
    const content = Buffer.from('user,arn\nann,arn:ann').toString('base64');
    const cut = `<GetCredentialReportResponse><GetCredentialReportResult><Content>${content}</Content><GeneratedTime>2026-01-01T00:00:00Z</GeneratedTime></GetCredentialReportResult></GetCredentialReportResponse>`;
    provider.faults.answer('iam:GetCredentialReport', { body: cut });
    await expect(collect('aws.credential_report')).rejects.toMatchObject({ code: 'malformed' });
  });

  it('keeps nothing of what events sent, and reads on from the last one with an overlap', async () => {
    const { rows } = await collect('aws.cloudtrail_event');
    expect(JSON.stringify(rows)).not.toContain('a-secret-that-nobody-keeps');
    const times = rows.map((row) => String('occurredAt' in row && row.occurredAt)).sort();
    const since = times.at(-1) ?? '';
    const later = await collect('aws.cloudtrail_event', { since });
    const overlap = times.filter((at) => Date.parse(at) >= Date.parse(since) - 3_600_000);
    expect(later.rows).toHaveLength(overlap.length);
  });

  it('follows what comes, changes and goes', async () => {
    const { accessKeys, roles, encryptionKeys } = account();
    const [first, second] = accessKeys;
    await provider.change.setAccessKey(accountId, first?.id ?? '', first?.isActive !== true);
    await provider.change.remove(accountId, 'accessKeys', second?.id ?? '');
    await provider.change.remove(accountId, 'roles', roles.at(-1)?.id ?? '');
    await provider.change.remove(accountId, 'rules', account().rules[0]?.id ?? '');
    await provider.change.remove(accountId, 'flowLogs', account().flowLogs[0]?.id ?? '');
    await provider.change.remove(accountId, 'databases', account().databases[0]?.id ?? '');
    await provider.change.remove(accountId, 'securityGroups', account().securityGroups[0]?.id ?? '');
    await provider.change.setRotation(accountId, encryptionKeys[0]?.id ?? '', encryptionKeys[0]?.rotates !== true);
    const newcomer = { name: 'policy-new', allows: 'all' as const, id: '', createdAt: '' };
    await provider.change.add(accountId, 'policies', newcomer);
    for (const [name] of listings) expect(await materialsOf(name)).toEqual(truthOf(name));
  });
});

function countOf(operation: string, from: number): number {
  return provider.requests.slice(from).filter((request) => request.operation === operation).length;
}
