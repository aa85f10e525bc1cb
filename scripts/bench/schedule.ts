import type { Bench } from './bench.ts';
import { measureSchedule } from './schedule-load/measure-schedule.ts';

/** How fast what is due gets into the hands of workers, each organization in turn. */
export const schedule: Bench = {
  name: 'schedule',
  async run(options) {
    const { integrations, runs, seedSeconds, scheduled, bare } = await measureSchedule(options);
    return {
      figures: [
        {
          what: 'runs/s made, rung and taken',
          samples: scheduled,
          yardstick: { what: 'bare insert and addBulk, side by side', samples: bare },
          reach: { is: 'at least', value: 0.5, ofYardstick: true },
          aim: { is: 'at least', value: 0.8, ofYardstick: true },
        },
      ],
      notes: [
        `${integrations.toLocaleString('en')} integrations of organizations with 100 each, all due; ${runs.toLocaleString('en')} of them a turn, by a scheduler's own process with a window of 10,000, behind which jobs are taken as they come and their runs ended. Seeding took ${seedSeconds.toFixed(0)} s.`,
      ],
    };
  },
};
