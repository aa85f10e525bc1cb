import { setTimeout as pause } from 'node:timers/promises';
import { mountSmallVolume } from '@evidence-fleet/testbed';
import { playRounds } from './outages.ts';
import type { Scenario } from './scenario.ts';

const megabytes = 400;

export const fullDisk: Scenario = {
  name: 'Disk full under Postgres',
  times: { full: 3, sample: 0 },
  rounds: (times) => times,
  async run(context) {
    const volume = await mountSmallVolume(megabytes);
    if (volume === null) return 'not available here: a volume cannot be mounted';
    const settings = { wal_recycle: 'off', min_wal_size: '32MB', max_wal_size: '32MB', wal_init_zero: 'off' };
    try {
      return await playRounds(
        context,
        async ({ fleet }) => {
          const at = Date.now();
          await volume.fill();
          await pause(4_000);
          await volume.free();
          // Where the log itself could not be written, the server has stopped itself; an operator starts it again.
          await fleet.superuser.query('SELECT 1').catch(async () => {
            await fleet.urls.postgres.stop('immediate').catch(() => undefined);
            await fleet.urls.postgres.start();
          });
          return { at, overAt: Date.now() };
        },
        { fleet: { postgres: { directory: volume.directory, durable: true, settings } } },
      );
    } finally {
      await volume.close();
    }
  },
};
