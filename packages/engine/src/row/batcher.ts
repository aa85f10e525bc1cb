import type { Batch, CallTotal, PreparedGap, PreparedRow } from '../ports.ts';

/** How much may wait in memory, per stream slice. */
export interface BatchLimits {
  /** Rows and gaps together. */
  readonly rows: number;
  /** Bytes of material and observed as JSON. */
  readonly bytes: number;
  /** Milliseconds since the batch's first item. */
  readonly ageMs: number;
}

export const defaultBatchLimits: BatchLimits = {
  rows: 2_000,
  bytes: 4 * 1024 * 1024,
  ageMs: 1_000,
};

/** The next batch of one stream slice. A row that comes twice is kept once: the last one wins. */
export interface Batcher {
  addRow(row: PreparedRow, cursor: string | null): void;
  addGap(gap: PreparedGap): void;
  /** Everything added so far is before this token. */
  setCheckpoint(token: string): void;
  setExpected(total: number): void;
  readonly isEmpty: boolean;
  /** By rows or bytes; age is the caller's clock to watch. */
  readonly isFull: boolean;
  /** The batch so far; the next one starts empty and remembers only the watermark. */
  take(calls: readonly CallTotal[]): Batch;
}

export interface BatcherStart {
  readonly watermark: string | null;
  /** The starting watermark is not stored in this stream run yet, so that even an empty pass has something to commit. */
  readonly watermarkIsNew: boolean;
}

export function createBatcher(limits: BatchLimits, start: BatcherStart): Batcher {
  let rows = new Map<string, PreparedRow>();
  let gaps = new Map<string, PreparedGap>();
  let bytes = 0;
  let checkpoint: string | null = null;
  let expected: number | null = null;
  let { watermark } = start;
  let dirty = start.watermarkIsNew;

  return {
    addRow(row, cursor) {
      const id = Buffer.from(row.keySha).toString('latin1');
      bytes += row.bytes - (rows.get(id)?.bytes ?? 0);
      rows.set(id, row);
      if (cursor !== null && (watermark === null || cursor > watermark)) watermark = cursor;
      dirty = true;
    },
    addGap(gap) {
      gaps.set(`${gap.reason} ${gap.scope}`, gap);
      dirty = true;
    },
    setCheckpoint(token) {
      checkpoint = token;
      dirty = true;
    },
    setExpected(total) {
      expected = total;
      dirty = true;
    },
    get isEmpty() {
      return !dirty;
    },
    get isFull() {
      return rows.size + gaps.size >= limits.rows || bytes >= limits.bytes;
    },
    take(calls) {
      const batch: Batch = {
        rows: [...rows.values()],
        gaps: [...gaps.values()],
        checkpoint,
        watermark,
        expected,
        calls,
      };
      rows = new Map();
      gaps = new Map();
      bytes = 0;
      checkpoint = null;
      expected = null;
      dirty = false;
      return batch;
    },
  };
}
