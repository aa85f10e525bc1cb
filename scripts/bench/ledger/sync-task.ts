import type { Assets } from './assets.ts';

/** What a sync program has to do. */
export interface SyncTask {
  /** As fleet_app. */
  readonly url: string;
  readonly runs: readonly { readonly organizationId: string; readonly runId: string }[];
  readonly assets: Assets;
  /** Loads every provider's SDK first, as a worker has after a while. */
  readonly loadsSdks: boolean;
}

/** What it measured. */
export interface SyncMeasured {
  /** From the first claim to the last release, milliseconds. */
  readonly ms: number;
  /** Resident memory before the first claim, and at its highest; bytes. */
  readonly rssBefore: number;
  readonly rssPeak: number;
  /** User and system CPU time; milliseconds. */
  readonly cpuMs: number;
  /** The longest that the event loop was kept from its next turn; milliseconds. */
  readonly blockedMs: number;
  /** How the runs ended. */
  readonly states: readonly string[];
}
