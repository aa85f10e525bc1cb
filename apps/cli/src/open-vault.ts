import { createKeyProvider, createVault, type KeyProvider, type Vault } from '@evidence-fleet/vault';
import { type CliEnv, requireVariable } from './env.ts';

/** The vault of this environment. @throws CliError or VaultError that say what is missing */
export function openVault(env: CliEnv): Vault {
  return createVault(openKeys(env));
}

/** The key-encryption keys of this environment. @throws as above */
export function openKeys(env: CliEnv): KeyProvider {
  const { FLEET_KMS_KEY: kmsKeys } = env;
  const keyring = kmsKeys === undefined ? requireVariable(env, 'FLEET_KEYRING') : env.FLEET_KEYRING;
  return createKeyProvider({ keyring, kmsKeys });
}
