import { evidenceTypes } from '@evidence-fleet/connectors';
import { type ClaimedRun, DatabaseAwayError, type Release, releaseRun, StaleFenceError } from '@evidence-fleet/db';
import { sleep } from '@evidence-fleet/service';
import type { WorkerTools } from './tools.ts';

/** While the database is away there is nothing else that the slot could do; past this the run is left to its lease. */
const patienceMs = 30_000;
const pauseMs = 500;

/** Of every connector: a run that ends before its own is known counts, too. */
const retention = [...evidenceTypes.values()].flatMap((type) =>
  type.retention === undefined ? [] : [{ type: type.name, days: type.retention.days }],
);

/**
 * Tells the database how the run ended, again and again while that is away. A release that took place though its answer was lost is met
 * by the fence, like one that comes too late.
 * @returns whether this worker's word counted
 */
export async function letGo(
  tools: Pick<WorkerTools, 'database' | 'log'>,
  run: ClaimedRun,
  release: Release,
): Promise<boolean> {
  const { database, log } = tools;
  const end = performance.now() + patienceMs;
  for (;;) {
    try {
      await releaseRun(database, run, release.kind === 'end' ? { ...release, retention } : release, 'read');
      break;
    } catch (err) {
      if (err instanceof StaleFenceError) {
        log.warn({}, 'sync.lost');
        return false;
      }
      if (!(err instanceof DatabaseAwayError)) throw err;
      if (performance.now() > end) {
        log.warn({ err }, 'sync.left_to_lease');
        return false;
      }
      await sleep(pauseMs);
    }
  }
  const fields = release.kind === 'end' ? { state: release.state } : { as: release.as, delayMs: release.delayMs };
  log.info({ ...fields, code: release.error?.code }, release.kind === 'end' ? 'sync.ended' : 'sync.waits');
  return true;
}
