import type { Bench } from './bench.ts';
import { change } from './change.ts';
import { coldStart } from './cold-start.ts';
import { fairness } from './fairness.ts';
import { firstLoad } from './first-load.ts';
import { history } from './history.ts';
import { idleTick } from './idle-tick.ts';
import { judge } from './judge.ts';
import { latency } from './latency.ts';
import { memory } from './memory.ts';
import { quota } from './quota.ts';
import { resync } from './resync.ts';
import { scaleOut } from './scale-out.ts';
import { schedule } from './schedule.ts';
import { tinySyncs } from './tiny-syncs.ts';
import { wideMemory } from './wide-memory.ts';

/** Every bench, in the order of the table. */
export const benches: readonly Bench[] = [
  firstLoad,
  resync,
  change,
  memory,
  wideMemory,
  tinySyncs,
  schedule,
  idleTick,
  quota,
  fairness,
  scaleOut,
  latency,
  coldStart,
  history,
  judge,
];
