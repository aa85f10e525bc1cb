import type { ConnectorErrorCode, EvidenceMode, GapReason, Limit, QuotaReport } from '@evidence-fleet/connector-sdk';

/** JSON as it is stored: NUL and lone surrogates already escaped. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** One row, parsed, keyed, redacted, escaped and hashed. */
export interface PreparedRow {
  /** The key fields in the order of the evidence type. */
  readonly key: readonly (string | number)[];
  /** SHA-256 of the RFC 8785 JSON of `key`, 32 bytes. */
  readonly keySha: Uint8Array;
  /** SHA-256 of `material`, 32 bytes. */
  readonly hash: Uint8Array;
  /** An object in RFC 8785 JSON. */
  readonly material: string;
  /** Latest values that are neither hashed nor versioned, in RFC 8785 JSON; {} where the type has none. */
  readonly observed: string;
  /** Bytes of material and observed. */
  readonly bytes: number;
}

export interface PreparedGap {
  readonly scope: string;
  readonly reason: GapReason;
  readonly detail: string;
  readonly keySha: Uint8Array | null;
}

/** Calls of this attempt so far, cumulative: the raw material of the run's manifest. Milliseconds, bytes. */
export interface CallTotal {
  readonly operation: string;
  readonly calls: number;
  readonly retries: number;
  readonly throttled: number;
  readonly failed: number;
  readonly responseBytes: number;
  readonly waitedMs: number;
}

export interface Batch {
  /** At most one row a key (the last one wins). */
  readonly rows: readonly PreparedRow[];
  readonly gaps: readonly PreparedGap[];
  /** Everything before this token is in this batch or an earlier one; null: unchanged. */
  readonly checkpoint: string | null;
  /** The highest cursor value seen so far in this stream run; null for snapshots. */
  readonly watermark: string | null;
  /** The total that the provider promised for this slice; null: unchanged. */
  readonly expected: number | null;
  readonly calls: readonly CallTotal[];
}

/** A stream run as it stands: the later fields are what earlier attempts of this very run left there. */
export interface OpenedStream {
  readonly id: string;
  /** closed: an earlier attempt of this run finished it; it is not read again. */
  readonly state: 'open' | 'closed';
  /** How it was closed; null while open. */
  readonly status: CloseStream['status'] | null;
  readonly checkpoint: string | null;
  /** Gaps committed before the checkpoint: a resumed pass does not show them again, and is partial all the same. */
  readonly gaps: number;
  readonly expected: number | null;
  readonly watermark: string | null;
  /** Where an incremental or event stream goes on: the watermark of the last complete pass over this slice. */
  readonly since: string | null;
  /** When that pass began; null: there was none. */
  readonly sinceAt: Date | null;
  /** No earlier run has read this slice to its end: there is nothing to hold a listing against. */
  readonly isFirst: boolean;
}

/** A resource that the current pass did not show. */
export interface Missing {
  readonly keySha: Uint8Array;
  readonly key: readonly (string | number)[];
  readonly material: JsonObject;
}

export interface Absence {
  /** Distinct keys seen in this stream run. */
  readonly seen: number;
  /** Current keys of this slice before the pass closes. */
  readonly baseline: number;
  /** How many of them were not seen. */
  readonly missing: number;
  /** More are missing than max(10, 20 %): nothing may be retired, probing is pointless. */
  readonly mass: boolean;
  /** The missing ones to probe; empty when `mass`. */
  readonly candidates: readonly Missing[];
}

export interface CloseStream {
  readonly status: 'complete' | 'partial' | 'failed';
  /** Missing keys that a probe proved gone. */
  readonly gone: readonly Uint8Array[];
  /** Missing keys that a probe could neither prove gone nor there. */
  readonly unproven: readonly Uint8Array[];
  readonly error: { readonly code: ConnectorErrorCode | 'internal'; readonly message: string } | null;
  readonly expected: number | null;
  readonly calls: readonly CallTotal[];
}

export interface StreamCounts {
  readonly seen: number;
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly retired: number;
  readonly gaps: number;
}

/**
 * Where a run's evidence goes. Every call commits in one transaction that holds the run row and checks the fence;
 * it throws FenceLostError when another worker has the run, and the run must stop at once without another write.
 */
export interface Sink {
  open(stream: { type: string; mode: EvidenceMode; typeVersion: number; slice: string }): Promise<OpenedStream>;
  commit(streamId: string, batch: Batch): Promise<void>;
  /** Only for snapshots whose listing ended without a gap. */
  absence(streamId: string): Promise<Absence>;
  close(streamId: string, close: CloseStream): Promise<StreamCounts>;
  /**
   * The slices of a type as they could be listed now, for every mode. Slices of earlier passes that are not among them: current keys
   * of a snapshot type are held under a gap, or out of scope; where there are no keys, open gaps are closed (a type whose slices could
   * not be listed is failed under slice '').
   */
  closeSlices(type: string, slices: readonly string[]): Promise<void>;
}

/** Another worker holds the run now. Nothing was written. */
export class FenceLostError extends Error {
  override readonly name = 'FenceLostError';
}

/** When a call may be made, in milliseconds. */
export interface QuotaTurn {
  readonly granted: boolean;
  readonly waitMs: number;
  /** A call that would begin later than this after the wait has missed its turn: others' calls are due by then. */
  readonly toleranceMs: number;
  /** How much of the budget is used by now, 1 for all of it, where the quota tells. */
  readonly used?: number;
}

/** The fleet-wide budgets of all quota scopes. A method that throws means: nobody knows, so no call is made. */
export interface Quota {
  /**
   * Reserves one call and says how many milliseconds to wait before making it. Never polls. A wait longer than `maxWaitMs`
   * reserves nothing: `granted` is false.
   */
  reserve(scope: string, limit: Limit, maxWaitMs: number): Promise<QuotaTurn>;
  /** Corrects the budget by what the provider said; the smaller wins. */
  report(scope: string, limit: Limit, report: QuotaReport): Promise<void>;
  /** No call before `until`: the provider throttled. */
  block(scope: string, limit: Limit, until: Date): Promise<void>;
}
