import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { awsAvailability, freePort, type Moto, startMoto } from '@evidence-fleet/testbed';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createKeyProvider, createVault, generateKey, VaultError } from './index.ts';
import { createKmsKeys } from './kms-keys.ts';

const availability = await awsAvailability();
const describeAws = availability.available ? describe : describe.skip;

const region = 'eu-central-1';
const address = { organizationId: 'org-a', integrationId: 'int-1', credentialId: 'cred-1', version: 1 };

async function refusal(attempt: Promise<unknown>): Promise<VaultError> {
  const error = await attempt.then(
    () => new Error('it was opened'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof VaultError)) throw error;
  return error;
}

describeAws('keys of AWS KMS', () => {
  const before = { ...process.env };
  let moto: Moto;
  let kms: KMSClient;
  let arn: string;

  beforeAll(async () => {
    moto = await startMoto();
  });
  afterAll(() => moto.close());
  beforeEach(async () => {
    // As an operator gives them: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    process.env.AWS_ENDPOINT_URL_KMS = moto.url;
    process.env.AWS_ACCESS_KEY_ID = 'test';
    process.env.AWS_SECRET_ACCESS_KEY = 'test';
    kms = new KMSClient({ region });
    arn = await newKey();
  });
  afterEach(() => {
    kms.destroy();
    process.env = { ...before };
  });

  async function newKey(): Promise<string> {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    return KeyMetadata?.Arn ?? '';
  }

  it('wrap the key of an organization, which opens what was sealed under it', async () => {
    const vault = createVault(createKeyProvider({ kmsKeys: arn }));
    const key = await vault.createOrganizationKey('org-a');
    expect(key.keyId).toBe(arn);
    const sealed = await vault.seal(key, address, { token: 'planted' });
    expect(Buffer.from(sealed.sealed).includes('planted')).toBe(false);
    const elsewhere = createVault(createKeyProvider({ kmsKeys: arn }));
    expect((await elsewhere.open(key, sealed, address)).reveal()).toEqual({ token: 'planted' });
  });

  it('bind the organization: a key moved to another one, or changed, does not open', async () => {
    const keys = createKmsKeys(arn);
    const { wrapped } = await keys.wrap(new Uint8Array(32).fill(7), 'org-a');
    expect(await keys.unwrap(arn, wrapped, 'org-a')).toEqual(new Uint8Array(32).fill(7));
    expect((await refusal(keys.unwrap(arn, wrapped, 'org-b'))).code).toBe('tampered');
    const changed = Uint8Array.from(wrapped);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    expect((await refusal(keys.unwrap(arn, changed, 'org-a'))).code).toBe('tampered');
  });

  it('are asked once in a while, and not while they are kept', async () => {
    const keys = createKmsKeys(arn, { keepMs: 300 });
    const { wrapped } = await keys.wrap(new Uint8Array(32).fill(7), 'org-a');
    const first = await keys.unwrap(arn, wrapped, 'org-a');
    await moto.reset(); // KMS has no such key any more
    first.fill(0);
    expect(await keys.unwrap(arn, wrapped, 'org-a')).toEqual(new Uint8Array(32).fill(7));
    const unwrap = () =>
      keys.unwrap(arn, wrapped, 'org-a').then(
        () => undefined,
        (reason: unknown) => reason,
      );
    let error = await unwrap();
    while (error === undefined) {
      await new Promise(setImmediate); // lets the timers of the cache run
      error = await unwrap();
    }
    expect(error).toMatchObject({ code: 'keys_unavailable', message: expect.stringContaining(arn) });
  });

  it('say so when KMS cannot be reached, and when there is no such key', async () => {
    const { wrapped } = await createKmsKeys(arn).wrap(new Uint8Array(32), 'org-a');
    const gone = arn.replace(/[^/]+$/, '00000000-0000-0000-0000-000000000000');
    const missing = await refusal(createKmsKeys(gone).wrap(new Uint8Array(32), 'org-a'));
    expect(missing).toMatchObject({ code: 'keys_unavailable', message: expect.stringMatching(/no such key/) });
    process.env.AWS_ENDPOINT_URL_KMS = `http://127.0.0.1:${await freePort()}`;
    const away = await refusal(createKmsKeys(arn).unwrap(arn, wrapped, 'org-a'));
    expect(away).toMatchObject({
      code: 'keys_unavailable',
      message: expect.stringMatching(/cannot be reached in eu-central-1/),
    });
  });

  it('are named: no other key is asked, whatever a row says', async () => {
    const other = await newKey();
    const { wrapped } = await createKmsKeys(other).wrap(new Uint8Array(32), 'org-a');
    const error = await refusal(createKmsKeys(arn).unwrap(other, wrapped, 'org-a'));
    expect(error).toMatchObject({ code: 'unknown_key', message: expect.stringContaining(other) });
    expect(await createKmsKeys(`${arn}, ${other}`).unwrap(other, wrapped, 'org-a')).toEqual(new Uint8Array(32));
  });

  it('take over from a keyring, and from each other, by a rewrap that changes nothing sealed', async () => {
    const keyring = generateKey('k1');
    const ring = createVault(createKeyProvider({ keyring }));
    const key = await ring.createOrganizationKey('org-a');
    const sealed = await ring.seal(key, address, 'planted');
    const both = createVault(createKeyProvider({ keyring, kmsKeys: arn }));
    expect((await both.open(key, sealed, address)).reveal()).toBe('planted');
    const moved = await both.rewrap(key);
    if (moved === null) throw new Error('not rewrapped');
    expect(moved.keyId).toBe(arn);
    const next = await newKey();
    const again = await createVault(createKeyProvider({ kmsKeys: `${next},${arn}` })).rewrap(moved);
    if (again === null) throw new Error('not rewrapped');
    const last = createVault(createKeyProvider({ kmsKeys: next }));
    expect((await last.open(again, sealed, address)).reveal()).toBe('planted');
    expect((await refusal(last.open(key, sealed, address))).code).toBe('unknown_key');
  });

  it.each(['', 'alias/fleet', 'arn:aws:kms:eu-central-1:123456789012:alias/fleet', 'arn:aws:s3:::bucket'])(
    'are ARNs of keys, and nothing else: "%s"',
    (text) => {
      expect(() => createKeyProvider({ kmsKeys: text })).toThrow(expect.objectContaining({ code: 'bad_keyring' }));
    },
  );
});

it('needs keys of some kind', () => {
  expect(() => createKeyProvider({})).toThrow(/FLEET_KEYRING .*or FLEET_KMS_KEY/);
});
