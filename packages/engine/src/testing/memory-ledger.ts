import type { EvidenceMode, GapReason } from '@evidence-fleet/connector-sdk';
import type { CloseStream, Json, JsonObject, StreamCounts } from '../ports.ts';

export interface MemoryVersion {
  readonly type: string;
  readonly slice: string;
  /** Hexadecimal. */
  readonly keySha: string;
  readonly hash: string;
  readonly key: readonly (string | number)[];
  readonly material: JsonObject;
  readonly from: string;
  to: string | null;
  endReason: 'changed' | 'deleted' | 'no_longer_visible' | null;
}

export interface MemoryHead {
  version: MemoryVersion;
  slice: string;
  observed: JsonObject;
  /** The run whose complete pass first missed it, without proof. */
  missedBy: string | null;
}

export interface MemoryGap {
  readonly type: string;
  readonly slice: string;
  readonly scope: string;
  readonly reason: GapReason;
  readonly detail: string;
  readonly keySha: string | null;
  readonly openedBy: string;
  closedBy: string | null;
}

export interface MemoryStreamRun {
  readonly openedAt: Date;
  /** Partial for nothing but what the source had forgotten. */
  carriesOn: boolean;
  readonly id: string;
  readonly run: string;
  readonly type: string;
  readonly mode: EvidenceMode;
  readonly slice: string;
  status: CloseStream['status'] | null;
  error: CloseStream['error'];
  checkpoint: string | null;
  watermark: string | null;
  expected: number | null;
  /** Rows of each committed batch. */
  readonly batches: number[];
  readonly seen: Set<string>;
  readonly gaps: Set<MemoryGap>;
  counts: { -readonly [K in keyof StreamCounts]: number };
}

/** What an integration's evidence is, in memory: for tests of connectors and of the run loop. Outlives runs. */
export class MemoryLedger {
  /** The ledger's clock. */
  now: () => Date = () => new Date();
  readonly versions: MemoryVersion[] = [];
  readonly gaps: MemoryGap[] = [];
  readonly streamRuns: MemoryStreamRun[] = [];
  readonly heads = new Map<string, MemoryHead>();
  /** Whether a pass over a slice that this ledger does not know is a first one; else every slice counts as read before. */
  tellsFirst = false;

  /** The current evidence of a type, by its key. */
  current(type: string): Map<string, Json> {
    const found = [...this.heads.values()].filter(({ version }) => version.type === type);
    return new Map(found.map(({ version }) => [version.key.join('/'), version.material]));
  }

  headsOf(type: string, slice: string): MemoryHead[] {
    return [...this.heads.values()].filter((head) => head.version.type === type && head.slice === slice);
  }

  openGaps(type?: string): MemoryGap[] {
    return this.gaps.filter((gap) => gap.closedBy === null && (type === undefined || gap.type === type));
  }

  /** The last stream run of a type, whatever its slice. */
  lastRun(type: string): MemoryStreamRun | undefined {
    return this.streamRuns.findLast((streamRun) => streamRun.type === type);
  }
}
