export type VaultErrorCode =
  | 'unknown_key'
  | 'wrong_tenant'
  | 'swapped_row'
  | 'replayed_version'
  | 'truncated'
  | 'tampered'
  | 'bad_keyring'
  /** The keys cannot be asked now, or not by this process: the fleet's own outage, which says nothing of a credential. */
  | 'keys_unavailable'
  | 'unsupported_format';

/** Every refusal of the vault. `message` is a public sentence that says what to do; it never holds a key, a credential or a part of one. */
export class VaultError extends Error {
  override readonly name = 'VaultError';
  readonly code: VaultErrorCode;

  constructor(code: VaultErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
