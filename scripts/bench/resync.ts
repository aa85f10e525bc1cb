import { type Bench, median } from './bench.ts';
import { longestBlock, measureLedger } from './ledger/measure-ledger.ts';

/** How fast a re-sync finds that nothing has changed, and what it writes. */
export const resync: Bench = {
  name: 'resync',
  async run(options) {
    const { rows, copy, resync: samples, walBytes, cpuMs, blockedMs } = await measureLedger(options);
    const yardstick = { what: 'COPY into the same table', samples: copy };
    return {
      figures: [
        {
          what: 'items/s, nothing changed',
          samples,
          yardstick,
          reach: { is: 'at least', value: 1, ofYardstick: true },
          aim: { is: 'at least', value: 2, ofYardstick: true },
        },
        {
          what: 'WAL bytes an item',
          samples: walBytes,
          reach: { is: 'at most', value: 40 },
          aim: { is: 'at most', value: 15 },
        },
        { what: longestBlock, samples: blockedMs.resync, reach: { is: 'at most', value: 50 } },
      ],
      notes: [`${((median(cpuMs.resync) * 1_000) / rows).toFixed(1)} µs of the worker's CPU an item`],
    };
  },
};
