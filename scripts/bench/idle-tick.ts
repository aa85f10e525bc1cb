import type { Bench } from './bench.ts';
import { measureSchedule } from './schedule-load/measure-schedule.ts';

const megabyte = 2 ** 20;

/** What a scheduler costs that has nothing to do. */
export const idleTick: Bench = {
  name: 'idle-tick',
  async run(options) {
    const { integrations, ticks } = await measureSchedule(options);
    return {
      figures: [
        {
          what: 'ms a tick with nothing due',
          samples: ticks.ms,
          reach: { is: 'at most', value: 5 },
          aim: { is: 'at most', value: 1 },
        },
        {
          what: 'MB more after all of them',
          samples: [(ticks.rssAfter - ticks.rssBefore) / megabyte],
          reach: { is: 'at most', value: 8 },
        },
        { what: 'MB at the end', samples: [ticks.rssAfter / megabyte] },
      ],
      notes: [
        `${integrations.toLocaleString('en')} integrations, each synced once before; ${ticks.ms.length.toLocaleString('en')} ticks, one after the other, each a look by every concern.`,
      ],
    };
  },
};
