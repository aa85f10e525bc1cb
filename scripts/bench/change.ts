import type { Bench } from './bench.ts';
import { measureLedger } from './ledger/measure-ledger.ts';

/** What a hundredth of change costs beside none. */
export const change: Bench = {
  name: 'change',
  async run(options) {
    const { change: samples, resync } = await measureLedger(options);
    return {
      figures: [
        {
          what: 'items/s, 1 % changed',
          samples,
          yardstick: { what: 're-sync of the same, nothing changed', samples: resync },
          reach: { is: 'at least', value: 0.9, ofYardstick: true },
        },
      ],
    };
  },
};
