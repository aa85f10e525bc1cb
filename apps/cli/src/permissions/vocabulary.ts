import type { Stream } from '@evidence-fleet/connector-sdk';

/** A row of collected evidence, as stored. */
export type StoredFields = { readonly [field: string]: unknown };

/** What a grant allows beyond reading, and what would do instead. */
export interface Excess {
  readonly grant: string;
  readonly why: string;
  readonly todo: string;
}

/** What is known of a credential. */
export interface CredentialView {
  /** As the last check reported them. */
  readonly grants: readonly string[];
  /** Standing evidence of this integration; nothing where that type was never read. */
  evidence(type: string): AsyncIterable<StoredFields>;
}

/** How one provider speaks of permissions. */
export interface Vocabulary {
  /** What reading one evidence type needs. */
  needed(stream: Stream<never>): readonly string[];
  /** What the credential was granted, in the words of `needed`; null: the provider does not tell. */
  readonly granted: readonly string[] | null;
  /** Whether a grant includes a permission. */
  covers(grant: string, permission: string): boolean;
  /** Whether the provider tells if this one is granted; without it, of each one or of none, as `granted` is. */
  isTold?(permission: string): boolean;
  /** The permission that a call is made with. Without it a permission counts as used where an evidence type that needs it was read. */
  permissionOf?(operation: string): string;
  /** Far too much, as far as anybody tells. @returns null where nobody does, yet */
  excess(): Promise<readonly Excess[] | null>;
  /** What a reader has to know of the above. */
  readonly notes: readonly string[];
}
