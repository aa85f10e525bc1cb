import type { Bench } from './bench.ts';
import { change } from './change.ts';
import { coldStart } from './cold-start.ts';
import { firstLoad } from './first-load.ts';
import { history } from './history.ts';
import { judge } from './judge.ts';
import { latency } from './latency.ts';
import { memory } from './memory.ts';
import { resync } from './resync.ts';
import { wideMemory } from './wide-memory.ts';

/** Every bench, in the order of the table. */
export const benches: readonly Bench[] = [
  firstLoad,
  resync,
  change,
  memory,
  wideMemory,
  latency,
  coldStart,
  history,
  judge,
];
