import type { Release } from '@evidence-fleet/db';

/** How a job went, for metrics; null when the doorbell rang for nothing. */
export type RunEnd = { readonly connector: string; readonly release: Release } | null;
