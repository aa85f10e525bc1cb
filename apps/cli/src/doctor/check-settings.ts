import { type Database, readFleetSettings } from '@evidence-fleet/db';
import { timeOf } from '../output.ts';
import { type Check, ok, warn } from './check.ts';

/** What operators have set while the fleet runs, and may have forgotten. */
export async function* checkSettings(database: Database): AsyncGenerator<Check> {
  const { paused } = await readFleetSettings(database);
  if (paused.size === 0) yield ok('queues', 'none is paused');
  for (const [queue, { at, by }] of paused) {
    const finding = `${queue} is paused since ${timeOf(at)} by ${by}: no worker takes its jobs`;
    yield warn('queues', finding, `When the reason is gone: fleet queues resume ${queue}`);
  }
}
