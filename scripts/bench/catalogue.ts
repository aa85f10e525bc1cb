import type { Bench } from './bench.ts';
import { history } from './history.ts';
import { judge } from './judge.ts';

/** Every bench, in the order of the table. */
export const benches: readonly Bench[] = [history, judge];
