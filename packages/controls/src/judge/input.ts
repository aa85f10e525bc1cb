import type { Status } from '../answer.ts';
import type { StoredFields } from '../stored-row.ts';

/** The current version of one resource. */
export interface JudgedRow {
  /** SHA-256 of the key, 32 bytes. */
  readonly keySha: Uint8Array;
  readonly key: readonly (string | number)[];
  readonly slice: string;
  readonly material: StoredFields;
  /** The last complete pass did not show it, and nobody has proven it gone. */
  readonly isMissing: boolean;
}

/** Something that could not be read. */
export interface OpenGap {
  /** The key's SHA-256 where the gap concerns one resource, else that of its type, slice and scope. 32 bytes. */
  readonly resourceSha: Uint8Array;
  readonly slice: string;
  readonly scope: string;
  readonly detail: string;
}

/** What is known of one slice of one evidence type. */
export interface SliceProof {
  readonly slice: string;
  /** How its last pass closed; null: none has closed yet. */
  readonly status: 'complete' | 'partial' | 'failed' | null;
  /** When the last pass that was read to its end began: nothing it showed is older. null: there was none. */
  readonly provenAt: Date | null;
}

/** All that one test is judged by, for one integration. */
export interface JudgementInput {
  /** What a person calls the account. */
  readonly account: string;
  /** The database's clock. */
  readonly now: Date;
  /** Ascending by keySha. */
  readonly rows: AsyncIterable<JudgedRow>;
  /** Ascending by resourceSha. */
  readonly gaps: AsyncIterable<OpenGap>;
  /** The slices the type consists of now; none: it was never read. */
  readonly slices: readonly SliceProof[];
}

/** What a control says of one resource. */
export interface Finding {
  /** 32 bytes; no two findings of one judgement share it. */
  readonly resourceSha: Uint8Array;
  readonly resource: string;
  readonly status: Status;
  readonly reason: string;
}
