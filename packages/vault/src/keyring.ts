import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { context, openBox, sealBox } from './box.ts';
import type { KeyProvider } from './key-provider.ts';
import { VaultError } from './vault-error.ts';

const keyBytes = 32;
const idPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/**
 * Reads a keyring as it stands in one environment variable or secret file: `id:base64` entries of 32-byte keys, separated by commas or
 * white space, the first one primary. Rotation: put a new key first, rewrap, remove the old one.
 * @throws VaultError bad_keyring; entries are named by their position, never quoted
 */
export function parseKeyring(text: string): KeyProvider {
  const keys = new Map<string, KeyObject>();
  for (const [index, entry] of text
    .split(/[\s,]+/)
    .filter((part) => part !== '')
    .entries()) {
    const { id, key } = parseEntry(entry, `Entry ${index + 1} of the keyring`);
    if (keys.has(id))
      throw badKeyring(`Entry ${index + 1} of the keyring repeats the id "${id}". Give every key its own id.`);
    for (const [otherId, other] of keys) {
      if (other.equals(key))
        throw badKeyring(`The keys "${otherId}" and "${id}" of the keyring are the same. Remove one of them.`);
    }
    keys.set(id, key);
  }
  const [primaryKeyId] = keys.keys();
  if (primaryKeyId === undefined) throw badKeyring('The keyring is empty. Make a key with `fleet keys generate`.');
  return createKeyring(primaryKeyId, keys);
}

/**
 * One new keyring entry, `id:base64`, to put first into the keyring.
 * @throws VaultError bad_keyring when the id is not 1 to 63 letters, digits, dots, dashes or underscores
 */
export function generateKey(id: string): string {
  if (!idPattern.test(id)) {
    throw badKeyring(
      'A key id is 1 to 63 letters, digits, dots, dashes or underscores, and starts with a letter or a digit.',
    );
  }
  return `${id}:${randomBytes(keyBytes).toString('base64')}`;
}

function createKeyring(primaryKeyId: string, keys: ReadonlyMap<string, KeyObject>): KeyProvider {
  const find = (id: string): KeyObject => {
    const key = keys.get(id);
    if (key !== undefined) return key;
    throw new VaultError(
      'unknown_key',
      `The organization's key is wrapped under "${id}", which is not in the keyring. Put that key back (after the primary one) and rotate before removing it.`,
    );
  };
  return {
    primaryKeyId,
    async wrap(plaintext, organizationId) {
      if (plaintext.length !== keyBytes) throw new TypeError(`A keyring wraps keys of ${keyBytes} bytes.`);
      const aad = organizationContext(primaryKeyId, organizationId);
      return { keyId: primaryKeyId, wrapped: sealBox(find(primaryKeyId), plaintext, aad) };
    },
    async unwrap(keyId, wrapped, organizationId) {
      const aad = organizationContext(keyId, organizationId);
      return openBox(find(keyId), wrapped, { aad, plaintextBytes: keyBytes, what: "The organization's key" });
    },
  };
}

function organizationContext(keyId: string, organizationId: string): Uint8Array {
  return context('organization-key', keyId, organizationId);
}

function parseEntry(entry: string, where: string): { id: string; key: KeyObject } {
  const colon = entry.indexOf(':');
  // Without a colon the whole entry may be a key: it is not quoted.
  if (colon < 0) throw badKeyring(`${where} has no id. Write it as id:base64, as \`fleet keys generate\` prints it.`);
  const id = entry.slice(0, colon);
  if (!idPattern.test(id)) {
    throw badKeyring(
      `${where} has a bad id: 1 to 63 letters, digits, dots, dashes or underscores stand before the colon.`,
    );
  }
  const encoded = entry.slice(colon + 1);
  const bytes = Buffer.from(encoded, 'base64');
  // Buffer skips what is not base64, so that a damaged key would silently become another key: only the canonical form counts.
  const isCanonical = bytes.toString('base64') === encoded;
  if (!isCanonical || bytes.length !== keyBytes) {
    throw badKeyring(
      `${where} ("${id}") is not the base64 of ${keyBytes} bytes. Copy it again as \`fleet keys generate\` printed it.`,
    );
  }
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return { id, key };
}

function badKeyring(message: string): VaultError {
  return new VaultError('bad_keyring', message);
}
