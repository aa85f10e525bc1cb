import { setTimeout as pause } from 'node:timers/promises';
import { mountSmallVolume } from '@evidence-fleet/testbed';
import pg from 'pg';
import { playRounds } from './outages.ts';
import type { Scenario } from './scenario.ts';
import { databaseMissed } from './traces.ts';

const megabytes = 250;
/** More than any room that the server has set aside. */
const write = `CREATE TABLE ballast AS SELECT repeat(md5(n::text), 100) FROM generate_series(1, 100000) AS n`;

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
          // The log begins a new file, whose pages are not there yet: the next commit does not find room for its own.
          await fleet.superuser.query('SELECT pg_switch_wal()');
          await volume.fill();
          await fleet.superuser.query(write).then(
            () => {
              throw new Error('the disk is full, and Postgres could write');
            },
            (error: unknown) => {
              // Anything else that the server says is another fault; a broken connection is its end by the full disk.
              if (error instanceof pg.DatabaseError && error.code !== '53100') throw error;
              context.say(`a write failed: ${error instanceof Error ? error.message : error}`);
            },
          );
          // The log may have a page left, and heartbeats alone would take longer to use it up.
          for (const end = Date.now() + 5_000; Date.now() < end; await pause(50)) {
            await volume.fill();
            await fleet.superuser
              .query(`SELECT pg_logical_emit_message(true, 'full', repeat('x', 8000))`)
              .catch(() => {});
          }
          await volume.free();
          // Where the log itself could not be written, the server has stopped itself; an operator starts it again.
          await fleet.superuser.query('SELECT 1').catch(async () => {
            await fleet.urls.postgres.stop('immediate').catch(() => undefined);
            await fleet.urls.postgres.start();
          });
          return { at, overAt: Date.now() };
        },
        {
          trace: databaseMissed,
          latest: 0.5,
          delayMs: 300,
          fleet: { postgres: { directory: volume.directory, durable: true, settings } },
        },
      );
    } finally {
      await volume.close();
    }
  },
};
