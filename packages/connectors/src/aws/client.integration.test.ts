import { type Aws, awsAvailability, generateAwsWorld, startAws, testRuntime } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { aws } from './index.ts';

const availability = await awsAvailability();
if (!availability.available) console.warn(`AWS is left out: ${availability.why}`);
const describeAws = availability.available ? describe : describe.skip;

let provider: Aws;

type Opened = Parameters<typeof aws.connect>[0];

async function check({ credentials, settings }: { credentials?: Opened['credentials']; settings?: object } = {}) {
  const runtime = testRuntime({ connector: aws, endpoint: provider.url });
  const roleArn = provider.world.accounts[0]?.roleArn;
  const client = await aws.connect(
    {
      credentials: credentials ?? { kind: 'role', ...provider.roleKeys },
      settings: aws.settings.parse({ roleArn, externalId: 'external-1', ...settings }),
    },
    runtime,
  );
  return aws.check(client);
}

describeAws('connecting to aws', () => {
  beforeAll(async () => {
    provider = await startAws(
      generateAwsWorld({ seed: 3, users: 0, buckets: 0, vpcsPerRegion: 0, accounts: ['111122223333', '444455556666'] }),
    );
  });
  beforeEach(() => provider.faults.clear());
  afterAll(() => provider?.close());

  it('assumes a role with its external id, and stands for the role', async () => {
    expect(await check()).toEqual({
      account: { id: '111122223333', title: 'AWS account 111122223333' },
      quotaScope: 'aws:111122223333',
      grants: ['arn:aws:iam::111122223333:role/EvidenceFleet'],
    });
  });

  it('takes access keys as they are', async () => {
    const keys = await provider.accessKeys('444455556666');
    expect(await check({ credentials: { kind: 'access_keys', ...keys } })).toMatchObject({
      account: { id: '444455556666' },
    });
  });

  it('says that a role is not given, when the external id is another', async () => {
    provider.trust('111122223333', 'external-1');
    expect(await check()).toMatchObject({ quotaScope: 'aws:111122223333' });
    await expect(check({ settings: { externalId: 'external-2' } })).rejects.toMatchObject({
      name: 'ConnectorError',
      code: 'authentication_failed',
      message: expect.stringContaining('external id'),
    });
  });

  it('says that keys are wrong', async () => {
    const credentials = {
      kind: 'access_keys' as const,
      accessKeyId: 'AKIAWRONGWRONGWRONG0',
      secretAccessKey: 'not-the-secret-of-anyone',
    };
    await expect(check({ credentials })).rejects.toMatchObject({
      code: 'authentication_failed',
      providerCode: 'InvalidClientTokenId',
    });
  });

  it('does not take a wrong clock for a wrong credential', async () => {
    provider.faults.fail('sts:', {
      status: 403,
      code: 'SignatureDoesNotMatch',
      message: 'Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z',
    });
    await expect(check()).rejects.toMatchObject({ code: 'service_unavailable' });
  });

  it('assumes the role once for many calls', async () => {
    const from = provider.requests.length;
    const runtime = testRuntime({ connector: aws, endpoint: provider.url });
    const settings = aws.settings.parse({ roleArn: provider.world.accounts[0]?.roleArn, externalId: 'external-1' });
    const client = await aws.connect({ credentials: { kind: 'role', ...provider.roleKeys }, settings }, runtime);
    await Promise.all([client.identity(), client.regions(), client.identity()]);
    const operations = provider.requests.slice(from).map(({ operation }) => operation);
    const regions = 'ec2:DescribeRegions';
    expect(operations.sort()).toEqual([regions, regions, 'sts:AssumeRole', 'sts:GetCallerIdentity']);
  });

  it('refuses a role without the settings it needs, before any call', async () => {
    await expect(check({ settings: { roleArn: undefined } })).rejects.toMatchObject({ code: 'configuration_error' });
  });

  it('reads nothing of the environment or of shared files', async () => {
    const before = { ...process.env };
    Object.assign(process.env, {
      AWS_PROFILE: 'nobody',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_REGION: 'xx-none-1',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_ACCESS_KEY_ID: 'AKIAENVIRONMENT00000',
    });
    try {
      expect(await check()).toMatchObject({ account: { id: '111122223333' } });
    } finally {
      process.env = before;
    }
  });
});

describe('settings of aws', () => {
  it('generates an external id of its own for each integration', () => {
    const [one, other] = [aws.generate?.().externalId, aws.generate?.().externalId];
    expect(one).not.toBe(other);
    expect(aws.settings.parse({ externalId: one })).toMatchObject({ regions: 'all', homeRegion: 'us-east-1' });
  });

  it.each([
    [{ roleArn: 'EvidenceFleet' }],
    [{ roleArn: 'arn:aws:iam::1:role/x' }],
    [{ regions: [] }],
    [{ regions: ['evil.example.com/'] }],
    [{ homeRegion: 'us-east-1.evil' }],
  ])('refuses %j', (settings) => {
    expect(aws.settings.safeParse(settings).success).toBe(false);
  });
});
