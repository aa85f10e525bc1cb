import type { Bench } from './bench.ts';
import { openLedgerStand } from './ledger/ledger-stand.ts';

/** What a worker with many large syncs at once needs. */
export const wideMemory: Bench = {
  name: 'wide-memory',
  async run({ isQuick }) {
    const [syncs, count] = isQuick ? [5, 200] : [50, 20_000];
    const stand = await openLedgerStand(syncs);
    try {
      const { rssPeak, states } = await stand.sync({ count, changedEvery: 0, gaps: 0 });
      if (states.some((state) => state !== 'succeeded')) throw new Error(`Syncs ended as ${states.join(', ')}.`);
      await stand.holds({ versions: syncs * count, current: syncs * count, gaps: 0, added: count });
      return {
        figures: [
          {
            what: `MB at the highest, ${syncs} syncs of ${count.toLocaleString('en')} items at once`,
            samples: [rssPeak / 2 ** 20],
            reach: { is: 'at most', value: 420 },
          },
        ],
      };
    } finally {
      await stand.close();
    }
  },
};
