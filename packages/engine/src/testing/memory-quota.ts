import type { Limit, QuotaReport } from '@evidence-fleet/connector-sdk';
import type { Quota, QuotaTurn } from '../ports.ts';

/** A quota in memory that grants every call at once, until told otherwise, and remembers what it was asked. */
export class MemoryQuota implements Quota {
  /** `<scope> <limit>` of every call granted, in order. */
  readonly granted: string[] = [];
  readonly reports: QuotaReport[] = [];
  readonly blocks: Date[] = [];
  /** Milliseconds to wait, for the next calls; a longer wait than the caller sits out grants nothing. */
  waitMs = 0;
  /** How late a call may begin, milliseconds. */
  toleranceMs = Number.POSITIVE_INFINITY;

  async reserve(scope: string, limit: Limit, maxWaitMs: number): Promise<QuotaTurn> {
    const granted = this.waitMs <= maxWaitMs;
    if (granted) this.granted.push(`${scope} ${limit.name}`);
    return { granted, waitMs: this.waitMs, toleranceMs: this.toleranceMs };
  }

  async report(_scope: string, _limit: Limit, report: QuotaReport): Promise<void> {
    this.reports.push(report);
  }

  async block(_scope: string, _limit: Limit, until: Date): Promise<void> {
    this.blocks.push(until);
  }
}
