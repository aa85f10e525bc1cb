import { connectors } from '@evidence-fleet/connectors';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { collectStream } from '../collect-stream.ts';
import { testRuntime } from '../test-runtime.ts';
import { awsAvailability, type Moto, startMoto } from './moto.ts';
import { queryCall, rawCall, xmlText } from './raw-call.ts';

const availability = await awsAvailability();
const describeAws = availability.available ? describe : describe.skip;

let moto: Moto;
let keys: { accessKeyId: string; secretAccessKey: string };

/** moto checks every signature and policy by itself here: the front, which checks neither, is left out. */
async function readPolicy(secretAccessKey: string) {
  const connector = connectors.get('aws');
  const stream = connector?.streams.find(({ evidence }) => evidence.name === 'aws.password_policy');
  if (connector === undefined || stream === undefined) throw new Error('no such stream');
  const runtime = testRuntime({ connector, endpoint: moto.url });
  const credentials = { kind: 'access_keys', ...keys, secretAccessKey };
  const client = await connector.connect({ credentials, settings: connector.settings.parse({}) }, runtime);
  return collectStream(stream, client);
}

async function readBuckets() {
  const connector = connectors.get('aws');
  const stream = connector?.streams.find(({ evidence }) => evidence.name === 'aws.s3_public_access');
  if (connector === undefined || stream === undefined) throw new Error('no such stream');
  const runtime = testRuntime({ connector, endpoint: moto.url });
  const client = await connector.connect(
    { credentials: { kind: 'access_keys', ...keys }, settings: connector.settings.parse({}) },
    runtime,
  );
  return collectStream(stream, client);
}

describeAws('moto with enforcement', () => {
  beforeAll(async () => {
    moto = await startMoto();
    const caller = { endpoint: moto.url, accessKeyId: 'AKIATESTBED000000000' };
    const iam = (fields: Record<string, string>) =>
      queryCall(caller, { service: 'iam' }, { UserName: 'fleet', ...fields });
    await iam({ Action: 'CreateUser' });
    const statement = { Effect: 'Allow', Action: ['iam:GetAccountPasswordPolicy', 's3:*'], Resource: '*' };
    await iam({
      Action: 'PutUserPolicy',
      PolicyName: 'read',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
    });
    const created = await iam({ Action: 'CreateAccessKey' });
    keys = { accessKeyId: xmlText(created, 'AccessKeyId'), secretAccessKey: xmlText(created, 'SecretAccessKey') };
    await rawCall(caller, { service: 's3', region: 'us-east-1', method: 'PUT', path: '/signed-bucket' });
    await moto.enforceAuth(true);
  });
  afterAll(() => moto?.close());

  it('takes the signatures of the connector, made over what it really sends', async () => {
    expect((await readPolicy(keys.secretAccessKey)).rows).toMatchObject([{ accountId: '123456789012', exists: false }]);
    expect((await readBuckets()).rows).toMatchObject([{ name: 'signed-bucket', bucket: null }]);
  });

  it('refuses a wrong secret, which is an authentication failure', async () => {
    await expect(readPolicy('a-secret-of-somebody-else-0000000')).rejects.toMatchObject({
      code: 'authentication_failed',
      providerCode: 'SignatureDoesNotMatch',
    });
  });
});
