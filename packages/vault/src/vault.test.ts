import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  type CredentialAddress,
  createVault,
  generateKey,
  parseKeyring,
  type SealedCredential,
  Secret,
  VaultError,
} from './index.ts';

const entry1 = generateKey('k1');
const entry2 = generateKey('k2');
const vault = createVault(parseKeyring(entry1));
const address: CredentialAddress = {
  organizationId: 'org-a',
  integrationId: 'int-1',
  credentialId: 'cred-1',
  version: 3,
};
const credentials = { kind: 'token', token: 'planted-secret-value', nested: { list: ['ü', 1, null, true] } };
const plaintextBytes = Buffer.byteLength(JSON.stringify(credentials));

const key = await vault.createOrganizationKey('org-a');
const sealed = await vault.seal(key, address, credentials);

async function refusal(attempt: Promise<unknown>): Promise<VaultError> {
  const error = await attempt.then(
    () => new Error('it was opened'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof VaultError)) throw error;
  expect(`${error.message} ${error.stack}`).not.toContain('planted-secret');
  return error;
}

function flip(bytes: Uint8Array, at: number, mask: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ mask;
  return copy;
}

const digest = (secret: Secret<Uint8Array>) => createHash('sha256').update(secret.reveal()).digest('hex');

describe('sealing', () => {
  it('opens what was sealed, as a Secret that does not print', async () => {
    const opened = await vault.open(key, sealed, address);
    expect(opened.reveal()).toEqual(credentials);
    expect(JSON.stringify({ opened })).toBe('{"opened":"[redacted]"}');
  });

  it('stores nothing in the clear and never the same bytes twice', async () => {
    const again = await vault.seal(key, address, credentials);
    expect(again.sealed).not.toEqual(sealed.sealed);
    expect(again.wrappedKey).not.toEqual(sealed.wrappedKey);
    expect(Buffer.from(sealed.sealed).toString('latin1')).not.toContain('planted');
    expect(sealed.sealed).toHaveLength(1 + 12 + plaintextBytes + 16);
  });

  it('seals a Secret as what it holds, not as [redacted]', async () => {
    const wrapped = { token: Secret.of('planted-secret-value'), issued: new Date(0) };
    const opened = await vault.open(key, await vault.seal(key, address, wrapped), address);
    expect(opened.reveal()).toEqual({ token: 'planted-secret-value', issued: '1970-01-01T00:00:00.000Z' });
    const top = await vault.open(key, await vault.seal(key, address, Secret.of({ a: 1 })), address);
    expect(top.reveal()).toEqual({ a: 1 });
  });

  it('takes empty credentials and refuses what JSON cannot say', async () => {
    expect((await vault.open(key, await vault.seal(key, address, ''), address)).reveal()).toBe('');
    await expect(vault.seal(key, address, undefined)).rejects.toThrow(TypeError);
  });

  it('does not change the values it was given', async () => {
    const before = { wrapped: Uint8Array.from(key.wrapped), sealed: Uint8Array.from(sealed.sealed) };
    await vault.open(key, sealed, address);
    expect(Uint8Array.from(key.wrapped)).toEqual(before.wrapped);
    expect(Uint8Array.from(sealed.sealed)).toEqual(before.sealed);
  });
});

describe('tampering', () => {
  const blobs = { wrappedKey: sealed.wrappedKey, sealed: sealed.sealed };

  it.each(['wrappedKey', 'sealed'] as const)('refuses every flipped byte of %s', async (field) => {
    for (let at = 0; at < blobs[field].length; at++) {
      for (const mask of [1, 0x80]) {
        const error = await refusal(vault.open(key, { ...sealed, [field]: flip(blobs[field], at, mask) }, address));
        expect([at, error.code]).toEqual([at, at === 0 ? 'unsupported_format' : 'tampered']);
      }
    }
  });

  it.each(['wrappedKey', 'sealed'] as const)('refuses %s cut at every length, and a longer one', async (field) => {
    for (let length = 0; length < blobs[field].length; length++) {
      const error = await refusal(vault.open(key, { ...sealed, [field]: blobs[field].subarray(0, length) }, address));
      expect([length, error.code]).toEqual([length, 'truncated']);
    }
    const longer = Buffer.concat([blobs[field], Uint8Array.of(0)]);
    expect((await refusal(vault.open(key, { ...sealed, [field]: longer }, address))).code).toBe('tampered');
  });

  it('refuses every flipped or missing byte of the organization key', async () => {
    for (let at = 0; at < key.wrapped.length; at++) {
      const flipped = await refusal(vault.open({ ...key, wrapped: flip(key.wrapped, at, 4) }, sealed, address));
      expect([at, flipped.code]).toEqual([at, at === 0 ? 'unsupported_format' : 'tampered']);
      const cut = await refusal(vault.derive({ ...key, wrapped: key.wrapped.subarray(0, at) }, 'redaction'));
      expect([at, cut.code]).toEqual([at, 'truncated']);
    }
  });
});

describe('wrong place', () => {
  const cases: [string, Partial<CredentialAddress>][] = [
    ['swapped_row', { integrationId: 'int-2' }],
    ['swapped_row', { credentialId: 'cred-2' }],
    ['replayed_version', { version: 2 }],
    ['wrong_tenant', { organizationId: 'org-b' }],
  ];

  it.each(cases)('%s: refuses a row of another place, %j', async (code, change) => {
    expect((await refusal(vault.open(key, { ...sealed, ...change }, address))).code).toBe(code);
  });

  it.each(cases)('refuses a row edited to look right, whose address was %2$j', async (_code, change) => {
    const other = { ...address, ...change };
    const organization = await vault.createOrganizationKey(other.organizationId);
    const foreign = await vault.seal(organization, other, credentials);
    const edited: SealedCredential = { ...foreign, ...address };
    expect((await refusal(vault.open(key, edited, address))).code).toBe('tampered');
    // Whoever edits the key's row as well is stopped by what the key is wrapped with.
    const stolen = { ...organization, organizationId: address.organizationId };
    expect((await refusal(vault.open(stolen, edited, address))).code).toBe('tampered');
  });

  it('refuses the data key of one version with the payload of another', async () => {
    const next = await vault.seal(key, { ...address, version: 4 }, credentials);
    for (const mixed of [
      { ...sealed, sealed: next.sealed },
      { ...sealed, wrappedKey: next.wrappedKey },
    ]) {
      expect((await refusal(vault.open(key, mixed, address))).code).toBe('tampered');
    }
  });

  it('refuses to seal or open under the key of another organization', async () => {
    const other = await vault.createOrganizationKey('org-b');
    expect((await refusal(vault.seal(other, address, credentials))).code).toBe('wrong_tenant');
    expect((await refusal(vault.open(other, sealed, address))).code).toBe('wrong_tenant');
  });

  it('refuses a key that the keyring does not hold, and another key under its id', async () => {
    const strange = createVault(parseKeyring(entry2));
    const error = await refusal(strange.open(key, sealed, address));
    expect(error.code).toBe('unknown_key');
    expect(error.message).toContain('"k1"');
    const impostor = createVault(parseKeyring(generateKey('k1')));
    expect((await refusal(impostor.open(key, sealed, address))).code).toBe('tampered');
  });

  it('binds the id of the wrapping key', async () => {
    const both = createVault(parseKeyring(`${entry1},${entry2}`));
    expect((await refusal(both.open({ ...key, keyId: 'k2' }, sealed, address))).code).toBe('tampered');
  });
});

describe('rotation', () => {
  it('rewraps under the primary key, after which the old key may go', async () => {
    const rotating = createVault(parseKeyring(`${entry2},${entry1}`));
    const rewrapped = await rotating.rewrap(key);
    if (rewrapped === null) throw new Error('nothing was rewrapped');
    expect(rewrapped.keyId).toBe('k2');
    expect(await rotating.rewrap(rewrapped)).toBeNull();
    expect((await rotating.open(key, sealed, address)).reveal()).toEqual(credentials);

    const after = createVault(parseKeyring(entry2));
    expect((await after.open(rewrapped, sealed, address)).reveal()).toEqual(credentials);
    expect((await refusal(after.open(key, sealed, address))).code).toBe('unknown_key');
    expect(digest(await after.derive(rewrapped, 'redaction'))).toBe(digest(await vault.derive(key, 'redaction')));
  });

  it('has nothing to do under the primary key', async () => {
    expect(await vault.rewrap(key)).toBeNull();
  });
});

describe('derived keys', () => {
  it('are 32 bytes, stable, and differ by purpose and by organization', async () => {
    const other = await vault.createOrganizationKey('org-b');
    const derived = await Promise.all([
      vault.derive(key, 'redaction'),
      vault.derive(key, 'salt'),
      vault.derive(other, 'redaction'),
      vault.derive(key, 'redaction'),
    ]);
    expect(derived.every((secret) => secret.reveal().length === 32)).toBe(true);
    const digests = derived.map(digest);
    expect(new Set(digests.slice(0, 3)).size).toBe(3);
    expect(digests[3]).toBe(digests[0]);
  });
});

describe('keys in the clear', () => {
  it('are zeroed after use, also when opening failed', async () => {
    const ring = parseKeyring(entry1);
    const lent: Uint8Array[] = [];
    const watched = createVault({
      primaryKeyId: ring.primaryKeyId,
      wrap(plaintext, organizationId) {
        lent.push(plaintext);
        return ring.wrap(plaintext, organizationId);
      },
      async unwrap(keyId, wrapped, organizationId) {
        const plaintext = await ring.unwrap(keyId, wrapped, organizationId);
        lent.push(plaintext);
        return plaintext;
      },
    });
    const made = await watched.createOrganizationKey('org-a');
    const kept = await watched.seal(made, address, credentials);
    await watched.open(made, kept, address);
    await refusal(watched.open(made, { ...kept, sealed: flip(kept.sealed, 20, 1) }, address));
    await watched.derive(made, 'redaction');
    expect(lent).toHaveLength(5);
    expect(lent.every((bytes) => bytes.every((byte) => byte === 0))).toBe(true);
  });
});
