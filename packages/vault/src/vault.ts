import { hkdfSync, randomBytes } from 'node:crypto';
import { context, openBox, sealBox } from './box.ts';
import type { KeyProvider } from './key-provider.ts';
import { Secret } from './secret.ts';
import { VaultError } from './vault-error.ts';

const keyBytes = 32;
const lengthBytes = 4;

/** An organization's key as it is stored. Destroying it erases every credential of the organization. */
export interface OrganizationKey {
  readonly organizationId: string;
  /** The key-encryption key it is wrapped under. */
  readonly keyId: string;
  readonly wrapped: Uint8Array;
}

/** Where a credential belongs. All four are bound into its encryption: it opens nowhere else. */
export interface CredentialAddress {
  readonly organizationId: string;
  readonly integrationId: string;
  readonly credentialId: string;
  /** Counts up with every change of the credential, from 1. */
  readonly version: number;
}

/** Where the secret of a notification channel belongs: it is sealed as a credential is, at a place that no integration has. */
export function channelAddress(organizationId: string, channelId: string): CredentialAddress {
  return { organizationId, integrationId: channelId, credentialId: channelId, version: 1 };
}

/** A credential version as it is stored. */
export interface SealedCredential extends CredentialAddress {
  /** The data key of this version and the length of the payload, under the organization's key. */
  readonly wrappedKey: Uint8Array;
  /** The credentials as JSON, under the data key. */
  readonly sealed: Uint8Array;
}

/**
 * Key-encryption key -> organization key -> data key of one credential version. Keys in the clear live for one call and are zeroed.
 * Every method throws VaultError when it refuses.
 */
export interface Vault {
  createOrganizationKey(organizationId: string): Promise<OrganizationKey>;
  /** Seals any JSON value. A Secret inside it is sealed as what it holds. */
  seal(key: OrganizationKey, address: CredentialAddress, credentials: unknown): Promise<SealedCredential>;
  /** @param expected what the caller wants to open, from the integration's row, never from the sealed row itself */
  open(key: OrganizationKey, sealed: SealedCredential, expected: CredentialAddress): Promise<Secret<unknown>>;
  /** The same organization key under the primary key; null when it already is. Nothing sealed under it changes. */
  rewrap(key: OrganizationKey): Promise<OrganizationKey | null>;
  /** 32 bytes for one purpose (HKDF-SHA-256), e.g. 'redaction'. Stays the same when the organization's key is rewrapped. */
  derive(key: OrganizationKey, purpose: string): Promise<Secret<Uint8Array>>;
}

export function createVault(provider: KeyProvider): Vault {
  async function wrap(organizationId: string, key: Uint8Array): Promise<OrganizationKey> {
    const intended = provider.primaryKeyId;
    const { keyId, wrapped } = await provider.wrap(key, organizationId);
    if (keyId !== intended) throw new Error('The key provider changed its primary key while it wrapped.');
    return { organizationId, keyId, wrapped };
  }

  async function withKey<T>(stored: OrganizationKey, use: (key: Uint8Array) => T | Promise<T>): Promise<T> {
    const key = await provider.unwrap(stored.keyId, stored.wrapped, stored.organizationId);
    try {
      return await use(key);
    } finally {
      key.fill(0);
    }
  }

  return {
    async createOrganizationKey(organizationId) {
      const key = randomBytes(keyBytes);
      try {
        return await wrap(organizationId, key);
      } finally {
        key.fill(0);
      }
    },

    async seal(key, address, credentials) {
      if (key.organizationId !== address.organizationId) throw wrongTenant();
      return withKey(key, (organizationKey) => sealCredential(organizationKey, address, credentials));
    },

    async open(key, sealed, expected) {
      if (key.organizationId !== expected.organizationId) throw wrongTenant();
      refuseOtherPlace(sealed, expected);
      return withKey(key, (organizationKey) => openCredential(organizationKey, sealed, expected));
    },

    async rewrap(key) {
      if (key.keyId === provider.primaryKeyId) return null;
      return withKey(key, (organizationKey) => wrap(key.organizationId, organizationKey));
    },

    async derive(key, purpose) {
      return withKey(key, (organizationKey) => Secret.of(subkey(organizationKey, context('derived', purpose))));
    },
  };
}

function sealCredential(
  organizationKey: Uint8Array,
  address: CredentialAddress,
  credentials: unknown,
): SealedCredential {
  const payload = Buffer.from(toJson(credentials));
  const envelope = Buffer.alloc(keyBytes + lengthBytes);
  randomBytes(keyBytes).copy(envelope);
  envelope.writeUInt32BE(payload.length, keyBytes);
  const wrappingKey = subkey(organizationKey, context('wrapping'));
  try {
    return {
      organizationId: address.organizationId,
      integrationId: address.integrationId,
      credentialId: address.credentialId,
      version: address.version,
      wrappedKey: sealBox(wrappingKey, envelope, addressContext('data-key', address)),
      sealed: sealBox(envelope.subarray(0, keyBytes), payload, addressContext('credential', address)),
    };
  } finally {
    for (const buffer of [payload, envelope, wrappingKey]) buffer.fill(0);
  }
}

function openCredential(
  organizationKey: Uint8Array,
  stored: SealedCredential,
  expected: CredentialAddress,
): Secret<unknown> {
  const wrappingKey = subkey(organizationKey, context('wrapping'));
  const opened: Uint8Array[] = [wrappingKey];
  try {
    const envelope = openBox(wrappingKey, stored.wrappedKey, {
      aad: addressContext('data-key', expected),
      plaintextBytes: keyBytes + lengthBytes,
      what: "The credential's data key",
    });
    opened.push(envelope);
    const payload = openBox(envelope.subarray(0, keyBytes), stored.sealed, {
      aad: addressContext('credential', expected),
      plaintextBytes: envelope.readUInt32BE(keyBytes),
      what: 'The stored credential',
    });
    opened.push(payload);
    return Secret.of<unknown>(JSON.parse(payload.toString()));
  } finally {
    for (const buffer of opened) buffer.fill(0);
  }
}

/** Early and exact refusals. Whoever edits the row to get past them is stopped by the authenticated address: `tampered`. */
function refuseOtherPlace(stored: CredentialAddress, expected: CredentialAddress): void {
  if (stored.organizationId !== expected.organizationId) throw wrongTenant();
  if (stored.integrationId !== expected.integrationId || stored.credentialId !== expected.credentialId) {
    throw new VaultError(
      'swapped_row',
      'The stored credential belongs to another integration, so it was not opened. Restore the row from a backup, or connect this integration again.',
    );
  }
  if (stored.version !== expected.version) {
    throw new VaultError(
      'replayed_version',
      `The stored credential is version ${stored.version} where version ${expected.version} is current, so it was not opened. Restore the current row, or connect the integration again.`,
    );
  }
}

function wrongTenant(): VaultError {
  return new VaultError(
    'wrong_tenant',
    'The credential and the key belong to different organizations, so it was not opened. Load both under the organization that owns the integration.',
  );
}

function addressContext(purpose: 'data-key' | 'credential', address: CredentialAddress): Uint8Array {
  return context(purpose, address.organizationId, address.integrationId, address.credentialId, address.version);
}

/** The organization key itself encrypts nothing: wrapping and deriving each use a key of their own. No salt: the input is uniformly random. */
function subkey(organizationKey: Uint8Array, info: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', organizationKey, new Uint8Array(), info, keyBytes));
}

function toJson(credentials: unknown): string {
  // JSON.stringify hands over what toJSON made of a value, which for a Secret is "[redacted]"; its holder still has the Secret.
  const json: string | undefined = JSON.stringify(credentials, function (this: Record<string, unknown>, name, value) {
    const original = this[name];
    return original instanceof Secret ? original.reveal() : value;
  });
  if (json === undefined) throw new TypeError('Credentials must be a JSON value.');
  return json;
}
