export { createKeyProvider, type KeySources } from './create-key-provider.ts';
export type { KeyProvider } from './key-provider.ts';
export { generateKey, parseKeyring } from './keyring.ts';
export { Secret } from './secret.ts';
export {
  type CredentialAddress,
  channelAddress,
  createVault,
  type OrganizationKey,
  type SealedCredential,
  type Vault,
} from './vault.ts';
export { VaultError, type VaultErrorCode } from './vault-error.ts';
