export { generateKey, type KeyProvider, parseKeyring } from './keyring.ts';
export { Secret } from './secret.ts';
export {
  type CredentialAddress,
  createVault,
  type OrganizationKey,
  type SealedCredential,
  type Vault,
} from './vault.ts';
export { VaultError, type VaultErrorCode } from './vault-error.ts';
