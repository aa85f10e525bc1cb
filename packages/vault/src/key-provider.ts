/**
 * Who holds the key-encryption keys. New wraps are made under the primary key; older keys stay as long as something is wrapped
 * under them. A provider wraps 32-byte keys, binds the organization, and answers with a VaultError when it refuses.
 */
export interface KeyProvider {
  readonly primaryKeyId: string;
  wrap(plaintext: Uint8Array, organizationId: string): Promise<{ keyId: string; wrapped: Uint8Array }>;
  /** @returns bytes that the caller owns, and zeroes */
  unwrap(keyId: string, wrapped: Uint8Array, organizationId: string): Promise<Uint8Array>;
}
