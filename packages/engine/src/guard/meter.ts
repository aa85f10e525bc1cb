import type { CallCounts } from '../observer.ts';
import type { CallTotal } from '../ports.ts';

type Totals = { -readonly [K in keyof CallCounts]: CallCounts[K] };

/** Counts the calls of one run, by operation; the raw material of its manifest. */
export interface Meter {
  /** Cumulative totals, ordered by operation. */
  snapshot(): CallTotal[];
}

export interface CallMeter extends Meter {
  add(operation: string, counts: Partial<Totals>): void;
}

/** Distinct operations counted; further ones share a row, so that a connector naming ids does not fill a manifest. */
const mostOperations = 200;

/**
 * An empty meter.
 * @param hear what is added, as it is
 */
export function createMeter(hear: (counts: Partial<CallCounts>) => void = () => {}): CallMeter {
  const totals = new Map<string, Totals>();
  return {
    add(operation, counts) {
      const name = totals.has(operation) || totals.size < mostOperations ? operation : 'other';
      let total = totals.get(name);
      if (total === undefined) {
        total = { calls: 0, retries: 0, throttled: 0, failed: 0, responseBytes: 0, waitedMs: 0 };
        totals.set(name, total);
      }
      total.calls += counts.calls ?? 0;
      total.retries += counts.retries ?? 0;
      total.throttled += counts.throttled ?? 0;
      total.failed += counts.failed ?? 0;
      total.responseBytes += counts.responseBytes ?? 0;
      total.waitedMs += counts.waitedMs ?? 0;
      hear(counts);
    },
    snapshot() {
      const rows = [...totals].map(([operation, total]) => ({ operation, ...total }));
      return rows.sort((a, b) => (a.operation < b.operation ? -1 : 1));
    },
  };
}
