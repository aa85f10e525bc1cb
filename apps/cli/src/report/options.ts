import type { Framework } from '@evidence-fleet/controls';
import type { Period } from '../read-time.ts';

/** What a report is about. */
export interface ReportOptions {
  readonly framework: Framework;
  readonly period: Period;
  /** The database's clock. */
  readonly now: Date;
  /** Entries a list, at most. */
  readonly limit: number;
}
