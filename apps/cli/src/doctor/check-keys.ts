import { type Database, type Organization, readOrganizationKey } from '@evidence-fleet/db';
import { createKeyProvider, createVault, type KeyProvider, type KeySources, VaultError } from '@evidence-fleet/vault';
import { type Check, fail, ok, warn } from './check.ts';

export interface KeyQuestion extends KeySources {
  readonly database: Database | undefined;
  readonly organization: Organization | null;
}

/** The key-encryption keys can be read, and they open the organization's key; nothing that is sealed under that is opened. */
export async function* checkKeys({ keyring, kmsKeys, database, organization }: KeyQuestion): AsyncGenerator<Check> {
  if (keyring === undefined && kmsKeys === undefined) {
    const todo =
      'Set FLEET_KEYRING (or FLEET_KEYRING_FILE) or FLEET_KMS_KEY as the workers have it, to have it looked at.';
    yield warn('keyring', 'neither FLEET_KEYRING nor FLEET_KMS_KEY is set here', todo);
    return;
  }
  const keys = keysOf({ keyring, kmsKeys });
  if (keys instanceof VaultError) {
    yield fail(
      'keyring',
      keys.message,
      'Give every process the same keys; `fleet keys generate` makes one of a keyring.',
    );
    return;
  }
  yield ok('keyring', `can be read; "${keys.primaryKeyId}" wraps`);
  if (database === undefined || organization === null) return;
  yield await aboutOrganizationKey(database, organization, keys);
}

function keysOf(sources: KeySources): KeyProvider | VaultError {
  try {
    return createKeyProvider(sources);
  } catch (error) {
    if (error instanceof VaultError) return error;
    throw error;
  }
}

async function aboutOrganizationKey(database: Database, { id, slug }: Organization, keys: KeyProvider): Promise<Check> {
  try {
    const key = await readOrganizationKey(database, id);
    await createVault(keys).derive(key, 'doctor');
    if (key.keyId === keys.primaryKeyId) return ok('organization key', `that of ${slug} opens`);
    const todo = 'Wrap all keys anew with `fleet keys rotate`, and keep the old key until it is done.';
    return warn('organization key', `that of ${slug} opens, and is wrapped under the older key "${key.keyId}"`, todo);
  } catch (error) {
    if (!(error instanceof Error && /^(VaultError|OrganizationKeyDestroyedError)$/.test(error.name))) throw error;
    const todo = 'Give this process, and the workers, the keys that this organization was made with.';
    return fail('organization key', `that of ${slug} does not open: ${error.message}`, todo);
  }
}
