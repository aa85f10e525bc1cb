import { type Bench, median } from './bench.ts';
import { longestBlock, measureLedger } from './ledger/measure-ledger.ts';

/** How fast what was never seen before is stored. */
export const firstLoad: Bench = {
  name: 'first-load',
  async run(options) {
    const { rows, rowBytes, copy, psql, firstLoad: samples, cpuMs, blockedMs } = await measureLedger(options);
    const yardstick = { what: 'COPY into the same table', samples: copy };
    return {
      figures: [
        {
          what: 'rows/s stored',
          samples,
          yardstick,
          reach: { is: 'at least', value: 0.5, ofYardstick: true },
          aim: { is: 'at least', value: 0.8, ofYardstick: true },
        },
        { what: longestBlock, samples: blockedMs.firstLoad, reach: { is: 'at most', value: 50 } },
      ],
      notes: [
        `${rows.toLocaleString('en')} rows of ${rowBytes} bytes, one worker, with history, hashes, redaction, gaps and row-level security; ${((median(cpuMs.firstLoad) * 1_000) / rows).toFixed(1)} µs of the worker's CPU a row`,
        psql.length === 0
          ? 'no psql here to hold our COPY against'
          : `our COPY reaches ${(median(copy) / median(psql)).toFixed(2)} of psql's \\copy of the same file`,
      ],
    };
  },
};
