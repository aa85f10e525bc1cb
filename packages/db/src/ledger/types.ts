/** The ledger's side of the engine's Sink port (packages/engine/src/ports.ts): the same shapes, since a floor-0 package imports no sibling. */
type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [key: string]: Json };

export interface PreparedRow {
  readonly key: readonly (string | number)[];
  readonly keySha: Uint8Array;
  readonly hash: Uint8Array;
  /** JSON. */
  readonly material: string;
  readonly observed: string;
}

export interface PreparedGap {
  readonly scope: string;
  readonly reason: string;
  readonly detail: string;
  readonly keySha: Uint8Array | null;
}

export interface Batch {
  readonly rows: readonly PreparedRow[];
  readonly gaps: readonly PreparedGap[];
  readonly checkpoint: string | null;
  readonly watermark: string | null;
  readonly expected: number | null;
  readonly calls: readonly object[];
}

export interface CloseStream {
  readonly status: 'complete' | 'partial' | 'failed';
  readonly gone: readonly Uint8Array[];
  readonly unproven: readonly Uint8Array[];
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly expected: number | null;
  readonly calls: readonly object[];
}

export interface Absence {
  readonly seen: number;
  readonly baseline: number;
  readonly missing: number;
  readonly mass: boolean;
  readonly candidates: readonly {
    readonly keySha: Uint8Array;
    readonly key: readonly (string | number)[];
    readonly material: JsonObject;
  }[];
}

export interface StreamCounts {
  readonly seen: number;
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly retired: number;
  readonly gaps: number;
}

export interface OpenedStream {
  readonly id: string;
  readonly state: 'open' | 'closed';
  readonly status: 'complete' | 'partial' | 'failed' | null;
  readonly checkpoint: string | null;
  readonly gaps: number;
  readonly expected: number | null;
  readonly watermark: string | null;
  readonly since: string | null;
  readonly sinceAt: Date | null;
  readonly isFirst: boolean;
}

/** One stream run, with what every statement about it needs. */
export interface StreamContext {
  readonly organizationId: string;
  readonly runId: string;
  readonly integrationId: string;
  readonly streamRunId: string;
  readonly type: string;
  readonly typeVersion: number;
  readonly mode: string;
  readonly slice: string;
  readonly visibility: Uint8Array;
}
