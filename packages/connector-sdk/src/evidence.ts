import type { z } from 'zod';

/**
 * How a stream of this type reads its source.
 * - `snapshot`: every resource, each time. Only a snapshot can prove an absence.
 * - `incremental`: what changed since the highest cursor; never retires anything.
 * - `event`: append-only facts by the provider's event id.
 */
export type EvidenceMode = 'snapshot' | 'incremental' | 'event';

/** What becomes of a sensitive field before it is hashed or stored: a keyed HMAC per organization, or nothing at all. */
export type Redaction = 'hmac' | 'drop';

/** An evidence type is data: it can be listed, documented, versioned and turned into JSON Schema without running code. */
export interface EvidenceType<Name extends string = string, Schema extends z.ZodObject = z.ZodObject> {
  /** `<connector>.<thing>`, singular. */
  readonly name: Name;
  readonly title: string;
  /** Raised when the meaning of a field changes. A new field alone writes no version of existing evidence. */
  readonly version: number;
  readonly mode: EvidenceMode;
  /** Fields that name one resource inside an integration: the provider's immutable id, with account and region where it needs them. */
  readonly key: readonly (keyof z.output<Schema> & string)[];
  /** Field that only grows, ISO 8601 or a zero-padded string: incremental and event types. */
  readonly cursor?: keyof z.output<Schema> & string;
  /** How long the source remembers: incremental and event types of sources that forget. A pass that comes later has lost what was between. */
  readonly retention?: { readonly days: number; readonly docs: string };
  readonly schema: Schema;
  /** Fields whose latest value is kept on the head, unhashed and unversioned: `lastUsed`, `pushedAt`. */
  readonly observed?: readonly (keyof z.output<Schema> & string)[];
  /** Lists whose order means nothing; they are sorted before hashing. */
  readonly unordered?: readonly (keyof z.output<Schema> & string)[];
  readonly redact?: { readonly [Field in keyof z.output<Schema> & string]?: Redaction };
}

export type Row<E extends EvidenceType> = z.output<E['schema']>;

/** Declares an evidence type; the types of its key, cursor, observed, unordered and redacted fields are checked against its schema. */
export function defineEvidence<const Name extends string, Schema extends z.ZodObject>(
  type: EvidenceType<Name, Schema>,
): EvidenceType<Name, Schema> {
  return type;
}
