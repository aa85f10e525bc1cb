import type { Gap } from '@evidence-fleet/connector-sdk';
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

const accountId = '111122223333';
const availability = await awsAvailability();
if (!availability.available) console.warn(`AWS is left out: ${availability.why}`);
const describeAws = availability.available ? describe : describe.skip;

let provider: Aws;

async function connect(settings: object = {}) {
  const account = provider.world.accounts[0];
  const runtime = testRuntime({ connector: aws, endpoint: provider.url });
  const opened = {
    credentials: { kind: 'role' as const, ...provider.roleKeys },
    settings: aws.settings.parse({ roleArn: account?.roleArn, externalId: 'external-1', ...settings }),
  };
  return aws.connect(opened, runtime);
}

/** The stream of an evidence type. All streams of the connector share a client, which the union of their types hides. */
function streamOf(name: string) {
  const found = aws.streams.find(({ evidence }) => evidence.name === name);
  if (found === undefined) throw new Error(`no stream ${name}`);
  return found as (typeof aws.streams)[0];
}

async function collect(name: string, settings: object = {}) {
  return collectStream(streamOf(name), await connect(settings));
}

function sorted<T>(items: readonly T[]): T[] {
  return items.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}

function truthOf(type: string) {
  return sorted(
    awsTruth(provider.world)
      .filter((row) => row.type === type && row.key[0] === accountId)
      .map(({ material }) => Object.fromEntries(sorted(Object.entries(material)))),
  );
}

async function materialsOf(name: string) {
  const { rows, gaps } = await collect(name);
  expect(gaps).toEqual([]);
  const { evidence } = streamOf(name);
  return sorted(rows.map((row) => Object.fromEntries(sorted(Object.entries(materialOf(evidence, row))))));
}

function told(gaps: readonly Gap[]) {
  return gaps.map(({ scope, reason }) => ({ scope, reason }));
}

describeAws('streams of aws', () => {
  beforeAll(async () => {
    provider = await startAws(
      generateAwsWorld({ seed: 11, users: 13, buckets: 7, accounts: [accountId, '444455556666'] }),
      { pageSize: 5 },
    );
  });
  beforeEach(() => provider.faults.clear());
  afterAll(() => provider?.close());

  it.each(aws.streams.map(({ evidence }) => [evidence.name]))('%s shows the account as it is', async (name) => {
    const truth = truthOf(name);
    expect(truth.length).toBeGreaterThan(0);
    expect(await materialsOf(name)).toEqual(truth);
  });

  it.each(aws.streams.map(({ evidence }) => [evidence.name]))(
    '%s shows the same when volatile fields and orders moved',
    async (name) => {
      const before = await materialsOf(name);
      provider.churn();
      expect(await materialsOf(name)).toEqual(before);
    },
  );

  it.each([
    ['aws.iam_user', 'iam:ListUsers'],
    ['aws.iam_mfa_status', 'iam:ListUsers'],
    ['aws.password_policy', 'iam:GetAccountPasswordPolicy'],
    ['aws.s3_bucket', 's3:ListBuckets'],
    ['aws.s3_public_access', 's3control:GetPublicAccessBlock'],
    ['aws.cloudtrail_trail', 'cloudtrail:DescribeTrails'],
    ['aws.vpc', 'ec2:DescribeVpcs'],
  ])(
    '%s ends when the listing is refused, empty or foreign, and never reads that as nothing',
    async (name, operation) => {
      provider.faults.deny(operation);
      await expect(collect(name)).rejects.toMatchObject({ code: 'permission_denied' });
      provider.faults.clear();
      provider.faults.answer(operation, { body: '' });
      await expect(collect(name)).rejects.toMatchObject({ code: 'malformed' });
      provider.faults.clear();
      provider.faults.answer(operation, {
        body: '<html><body>Welcome</body></html>',
        headers: { 'content-type': 'text/html' },
      });
      await expect(collect(name)).rejects.toMatchObject({ code: 'malformed' });
      provider.faults.clear();
      provider.faults.truncate(operation);
      await expect(collect(name)).rejects.toMatchObject({ code: 'malformed' });
      provider.faults.clear();
      provider.faults.throttle(operation);
      await expect(collect(name)).rejects.toMatchObject({ code: 'rate_limited' });
    },
  );

  it.each([
    ['aws.iam_user', 'iam:GetLoginProfile', 'user'],
    ['aws.iam_mfa_status', 'iam:ListMFADevices', 'user'],
    ['aws.s3_bucket', 's3:GetBucketEncryption', 'bucket'],
    ['aws.s3_public_access', 's3:GetPublicAccessBlock', 'bucket'],
    ['aws.cloudtrail_trail', 'cloudtrail:GetEventSelectors', 'trail'],
  ])('%s leaves a gap where one resource is refused, and goes on', async (name, operation, kind) => {
    const all = await collect(name);
    const [account] = provider.world.accounts;
    const [user] = account?.users ?? [];
    const [bucket] = account?.buckets ?? [];
    const arn = `arn:aws:cloudtrail:eu-central-1:${accountId}:trail/main`;
    const sites = {
      user: { resource: user?.name ?? '', id: user?.id },
      bucket: { resource: bucket?.name ?? '', id: bucket?.name },
      trail: { resource: arn, id: arn },
    };
    const site = sites[kind as keyof typeof sites];
    provider.faults.deny(operation, { resource: site.resource });
    const { rows, gaps } = await collect(name);
    expect(told(gaps)).toEqual([{ scope: `${kind}:${site.id}`, reason: 'permission_denied' }]);
    expect(gaps[0]?.key).toEqual([accountId, site.id]);
    expect(rows).toHaveLength(all.rows.length - 1);
  });

  it.each([
    ['aws.iam_user', 2],
    ['aws.iam_mfa_status', 2],
    ['aws.s3_bucket', 1],
    ['aws.s3_public_access', 1],
  ])('%s reads every page, and goes on at a checkpoint', async (name, pages) => {
    const whole = await collect(name);
    expect(whole.checkpoints).toHaveLength(pages);
    const resume = whole.checkpoints[0]?.token ?? '';
    const rest = await collectStream(streamOf(name), await connect(), { resume });
    expect(rest.rows.length).toBeLessThan(whole.rows.length);
    expect(rest.rows.length).toBeGreaterThan(0);
    provider.faults.fail(
      name.includes('s3') ? 's3:ListBuckets' : 'iam:ListUsers',
      { status: 400, code: 'ValidationError' },
      { times: 1 },
    );
    const afresh = await collectStream(streamOf(name), await connect(), { resume });
    expect(afresh.rows.length).toBeGreaterThan(rest.rows.length);
  });

  it('reads a listing whose token repeats as malformed', async () => {
    const user = `<member><Path>/</Path><UserName>a</UserName><UserId>AIDA</UserId><Arn>arn:a</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate></member>`;
    const body = `<ListUsersResponse><ListUsersResult><Users>${user}</Users><IsTruncated>true</IsTruncated><Marker>again</Marker></ListUsersResult></ListUsersResponse>`;
    provider.faults.answer('iam:ListUsers', { body });
    await expect(collect('aws.iam_user')).rejects.toMatchObject({
      code: 'malformed',
      message: expect.stringContaining('twice'),
    });
  });

  it('reads only the regions of its settings, and all enabled ones by default', async () => {
    const regions = async (settings: object) =>
      new Set((await collect('aws.vpc', settings)).rows.map((row) => ('region' in row ? row.region : '')));
    expect(await regions({})).toEqual(new Set(['eu-central-1', 'eu-west-1', 'us-east-1']));
    expect(await regions({ regions: ['eu-west-1'] })).toEqual(new Set(['eu-west-1']));
    const buckets = await collect('aws.s3_bucket', { regions: ['eu-west-1'] });
    expect(buckets.rows).toHaveLength(
      provider.world.accounts[0]?.buckets.filter(({ region }) => region === 'eu-west-1').length ?? -1,
    );
  });

  it('shows a trail of all regions although its home is outside the settings', async () => {
    const { rows } = await collect('aws.cloudtrail_trail', { regions: ['eu-west-1'] });
    expect(rows).toMatchObject([{ name: 'main', homeRegion: 'eu-central-1' }]);
  });

  it('names a region that is not enabled instead of doubting the credential', async () => {
    await expect(collect('aws.vpc', { regions: ['ap-east-1'] })).rejects.toMatchObject({
      code: 'permission_denied',
      message: expect.stringContaining('ap-east-1'),
    });
  });

  it.each([
    ['aws.iam_user'],
    ['aws.iam_mfa_status'],
    ['aws.s3_bucket'],
    ['aws.s3_public_access'],
    ['aws.cloudtrail_trail'],
    ['aws.vpc'],
  ])('%s proves by a point read that a resource is there, or gone, or hidden', async (name) => {
    const client = await connect();
    const stream = streamOf(name);
    const { rows } = await collectStream(stream, client);
    const row = rows[0];
    if (row === undefined || stream.probe === undefined) throw new Error('nothing to probe');
    const context = { slice: { id: '' }, since: undefined, resume: undefined, signal: new AbortController().signal };
    const seen: Record<string, unknown> = { ...(await stream.probe(client, row, context)) };
    delete seen.createdAt; // of a bucket, which a point read does not tell
    expect(row).toMatchObject(seen);

    const gone = {
      ...row,
      userId: 'AIDAGONE',
      userName: 'gone',
      name: 'gone-bucket',
      arn: `arn:aws:cloudtrail:us-east-1:${accountId}:trail/gone`,
      vpcId: 'vpc-gone',
      isRoot: false,
    };
    expect(await stream.probe(client, gone, context)).toBeNull();

    for (const operation of [
      'iam:GetUser',
      'iam:GetAccountSummary',
      's3:HeadBucket',
      'cloudtrail:GetTrail',
      'ec2:DescribeVpcs',
    ])
      provider.faults.deny(operation);
    await expect(stream.probe(client, row, context)).rejects.toMatchObject({ code: 'permission_denied' });
  });

  it('finds by a point read what a listing leaves out', async () => {
    const [user] = provider.world.accounts[0]?.users ?? [];
    provider.faults.hide(user?.name ?? '');
    const { rows } = await collect('aws.iam_user');
    expect(rows.map((row) => 'userId' in row && row.userId)).not.toContain(user?.id);
    const lastKnown = { ...rows[0], userId: user?.id, userName: user?.name, accountId } as (typeof rows)[0];
    const context = { slice: { id: '' }, since: undefined, resume: undefined, signal: new AbortController().signal };
    expect(await streamOf('aws.iam_user').probe?.(await connect(), lastKnown, context)).toMatchObject({
      userId: user?.id,
    });
  });

  it('follows a change, and proves a removal', async () => {
    await provider.change.addUser(accountId, { name: 'newcomer', path: '/', hasPassword: true, mfa: null });
    expect(await materialsOf('aws.iam_user')).toEqual(truthOf('aws.iam_user'));
    await provider.change.enableMfa(accountId, 'newcomer');
    expect(await materialsOf('aws.iam_mfa_status')).toEqual(truthOf('aws.iam_mfa_status'));
    await provider.change.removeUser(accountId, 'newcomer');
    const [bucket] = provider.world.accounts[0]?.buckets ?? [];
    await provider.change.setBucketBlock(accountId, bucket?.name ?? '', null);
    await provider.change.setLogging(accountId, 'main', false);
    for (const name of ['aws.iam_user', 'aws.s3_public_access', 'aws.cloudtrail_trail'])
      expect(await materialsOf(name)).toEqual(truthOf(name));
  });
});
