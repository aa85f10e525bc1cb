import { type CipherKey, createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { VaultError } from './vault-error.ts';

// One box: format (1 byte) | nonce (12) | ciphertext (as long as the plaintext) | tag (16). AES-256-GCM.
const algorithm = 'aes-256-gcm';
const format = 1;
const nonceBytes = 12;
// Node accepts shorter tags on decryption unless the length is pinned: https://nodejs.org/api/crypto.html#deciphersetauthtagbuffer-encoding
const authTagLength = 16;
const headerBytes = 1 + nonceBytes;

/**
 * What a box is bound to, as additional authenticated data. JSON of an array is unambiguous: no two lists of fields give the same bytes.
 * The format is part of it, so that a later format cannot be passed off as this one.
 */
export function context(purpose: string, ...fields: readonly (string | number)[]): Uint8Array {
  return Buffer.from(JSON.stringify(['evidence-fleet', format, purpose, ...fields]));
}

/** Encrypts under a 32-byte key with a random nonce: at most 2^32 boxes a key (NIST SP 800-38D, 8.3), which no key here comes near. */
export function sealBox(key: CipherKey, plaintext: Uint8Array, aad: Uint8Array): Uint8Array {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength }).setAAD(aad);
  return Buffer.concat([Uint8Array.of(format), nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/**
 * Opens a box whose plaintext is exactly `plaintextBytes` long. The caller always knows that length from something authenticated,
 * which is why a cut box can be told from a changed one.
 * @param what how the box is called in the error's sentence, e.g. "The stored credential"
 * @throws VaultError unsupported_format, truncated or tampered
 */
export function openBox(
  key: CipherKey,
  box: Uint8Array,
  expected: { aad: Uint8Array; plaintextBytes: number; what: string },
): Buffer {
  const { aad, plaintextBytes, what } = expected;
  const tagAt = headerBytes + plaintextBytes;
  if (box.length < tagAt + authTagLength) throw truncated(what);
  if (box[0] !== format) {
    throw new VaultError(
      'unsupported_format',
      `${what} is in a format that this version does not know. Run the version that wrote it or a newer one; if there is none, the row was changed: restore it from a backup.`,
    );
  }
  if (box.length > tagAt + authTagLength) throw tampered(what);

  const decipher = createDecipheriv(algorithm, key, box.subarray(1, headerBytes), { authTagLength });
  decipher.setAAD(aad).setAuthTag(box.subarray(tagAt));
  const plaintext = decipher.update(box.subarray(headerBytes, tagAt));
  try {
    decipher.final();
  } catch {
    // OpenSSL's only answer here is "unable to authenticate data"; what it had decrypted so far must not be seen.
    plaintext.fill(0);
    throw tampered(what);
  }
  return plaintext;
}

function truncated(what: string): VaultError {
  return new VaultError(
    'truncated',
    `${what} is shorter than it was written, so it was not opened. Restore the row from a backup, or connect the integration again.`,
  );
}

function tampered(what: string): VaultError {
  return new VaultError(
    'tampered',
    `${what} is not what was sealed for this place: the row was changed or moved, or the keyring holds another key under the same id. Check the keyring first, then restore the row from a backup or connect the integration again.`,
  );
}
