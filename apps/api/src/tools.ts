import type { Database } from '@evidence-fleet/db';
import type { Logger, Tracer } from '@evidence-fleet/service';
import type { Doorbell } from './doorbell.ts';
import type { ApiMetrics } from './metrics.ts';
import type { RateLimiter } from './rate-limiter.ts';

/** What the API works with; opened and closed by its process. */
export interface ApiTools {
  /** As fleet_app. */
  readonly database: Database;
  readonly doorbell: Doorbell;
  readonly limiter: RateLimiter;
  readonly measure: ApiMetrics;
  readonly log: Logger;
  readonly tracer: Tracer;
  /** Aborts when the process is asked to stop: streams end. */
  readonly stopping: AbortSignal;
}
