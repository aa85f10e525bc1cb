import type { Database } from '@evidence-fleet/db';
import type { NetworkPolicy, Quota, RuntimeLimits } from '@evidence-fleet/engine';
import type { Logger, Scrubber, Tracer } from '@evidence-fleet/service';
import type { Vault } from '@evidence-fleet/vault';
import type { RunMetrics } from './run-metrics.ts';

/** What a job is done with; one of each a worker. */
export interface WorkerTools {
  readonly database: Database;
  /** Connections of their own for heartbeats: a lease must not be lost because batches stand in line. */
  readonly heartbeats: Database;
  readonly vault: Vault;
  readonly scrubber: Scrubber;
  readonly quota: Quota;
  readonly network: NetworkPolicy;
  /** Other patience than the engine's own, for proofs that make thousands of faulty calls. */
  readonly limits?: Partial<RuntimeLimits>;
  readonly log: Logger;
  /** Silent without them. */
  readonly tracer?: Tracer;
  readonly metrics?: RunMetrics;
  /** Names this worker in leases and attempts. */
  readonly worker: string;
}
