import type { KeyProvider } from './key-provider.ts';
import { parseKeyring } from './keyring.ts';
import { createKmsKeys } from './kms-keys.ts';
import { VaultError } from './vault-error.ts';

/** The key-encryption keys as an environment names them. */
export interface KeySources {
  /** `id:base64` entries, the primary one first (parseKeyring). */
  readonly keyring?: string | undefined;
  /** ARNs of AWS KMS keys, the primary one first, separated by commas or white space. */
  readonly kmsKeys?: string | undefined;
}

/**
 * Keys of AWS KMS where there are any, else the keyring. Where there are both, KMS wraps, and what the keyring has wrapped still opens: so a fleet
 * moves to KMS.
 * @throws VaultError bad_keyring when neither is set, or one is no good
 */
export function createKeyProvider({ keyring, kmsKeys }: KeySources): KeyProvider {
  const ring = keyring === undefined ? undefined : parseKeyring(keyring);
  if (kmsKeys !== undefined) return createKmsKeys(kmsKeys, ring === undefined ? {} : { others: ring });
  if (ring !== undefined) return ring;
  throw new VaultError(
    'bad_keyring',
    'There is no key-encryption key. Set FLEET_KEYRING (make a key with `fleet keys generate`) or FLEET_KMS_KEY.',
  );
}
