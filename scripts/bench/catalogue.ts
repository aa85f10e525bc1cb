import type { Bench } from './bench.ts';

/** Every bench, in the order of the table. */
export const benches: readonly Bench[] = [];
