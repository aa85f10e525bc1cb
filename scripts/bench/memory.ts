import type { Bench } from './bench.ts';
import { openLedgerStand } from './ledger/ledger-stand.ts';

const megabyte = 2 ** 20;

/** Whether a worker's memory depends on how much it reads. */
export const memory: Bench = {
  name: 'memory',
  async run({ isQuick, say }) {
    const [few, many] = isQuick ? [1_000, 3_000] : [10_000, 1_000_000];
    const stand = await openLedgerStand();
    try {
      const peaks: number[] = [];
      for (const count of [few, many]) {
        await stand.empty();
        const { rssPeak, states } = await stand.sync({ count, changedEvery: 0, gaps: 0 }, { loadsSdks: true });
        if (states[0] !== 'succeeded') throw new Error(`The sync of ${count} items ended as ${states[0]}.`);
        await stand.holds({ versions: count, current: count, gaps: 0, added: count });
        peaks.push(rssPeak / megabyte);
        say(`${count} items: ${Math.round(rssPeak / megabyte)} MB at the highest`);
      }
      const [low = 0, high = 0] = peaks;
      return {
        figures: [
          {
            what: `MB more for ${many.toLocaleString('en')} items of one stream than for ${few.toLocaleString('en')}`,
            samples: [high - low],
            reach: { is: 'at most', value: 32 },
            aim: { is: 'at most', value: 16 },
          },
          {
            what: 'MB at the highest, every SDK loaded',
            samples: [high],
            reach: { is: 'at most', value: 320 },
            aim: { is: 'at most', value: 256 },
          },
        ],
      };
    } finally {
      await stand.close();
    }
  },
};
