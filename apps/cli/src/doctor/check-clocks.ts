import { type Database, readDatabaseClock } from '@evidence-fleet/db';
import type { Redis } from '../connect-redis.ts';
import { durationOf } from '../output.ts';
import { type Check, fail, ok, warn } from './check.ts';

/** AWS refuses a request whose time is five minutes off; what is asked on the way takes some of it. */
const refusedMs = 240_000;
const noticedMs = 5_000;

/** Compares the clocks of the database, of Redis and of this machine, each read in the middle of its round trip. */
export async function* checkClocks(database: Database | undefined, redis: Redis | undefined): AsyncGenerator<Check> {
  const readings = [
    ...(database === undefined ? [] : [{ whose: 'database', aheadMs: await ahead(() => readDatabaseClock(database)) }]),
    ...(redis === undefined ? [] : [{ whose: 'redis', aheadMs: await ahead(() => redisClock(redis)) }]),
  ];
  for (const { whose, aheadMs } of readings) yield aboutClock(whose, aheadMs);
}

function aboutClock(whose: string, aheadMs: number): Check {
  const offMs = Math.abs(aheadMs);
  const name = `clock of ${whose}`;
  if (offMs < noticedMs) return ok(name, 'agrees with this machine');
  const finding = `${durationOf(offMs)} ${aheadMs > 0 ? 'ahead of' : 'behind'} this machine`;
  const todo = 'Let NTP keep the clocks of this machine and of every server.';
  // Leases and due dates are of the database's clock, quotas of Redis' own: only signatures are made by this one.
  return offMs < refusedMs ? warn(name, finding, todo) : fail(name, `${finding}: AWS refuses such signatures`, todo);
}

/** How far the other clock is ahead of ours, in milliseconds. */
async function ahead(read: () => Promise<number>): Promise<number> {
  await read(); // so that no connection has to be opened within the round trip
  const asked = Date.now();
  const theirs = await read();
  return theirs - (asked + Date.now()) / 2;
}

async function redisClock(redis: Redis): Promise<number> {
  const [seconds, microseconds] = await redis.time();
  return Number(seconds) * 1_000 + Number(microseconds) / 1_000;
}
