import { requestSync } from '@evidence-fleet/db';
import { syncRun } from '../../apps/worker/src/sync-run.ts';
import type { WorkerTools } from '../../apps/worker/src/tools.ts';
import type { Bench } from './bench.ts';
import type { Target } from './clone.ts';

export interface SyncEnd {
  readonly runId: string;
  readonly attempts: number;
  /** Why there was no end; null: there was one. */
  readonly hung: string | null;
}

export interface SyncPlan {
  readonly types: readonly string[];
  readonly limits: NonNullable<WorkerTools['limits']>;
  /** For all attempts together. */
  readonly deadlineMs: number;
}

/** A run may be told to come back within this, and no later. Hours. */
const longestWaitH = 25;
/** Attempts after which the run is made a day older, so that it has waited past its interval. */
const patience = 3;
const mostAttempts = 8;

/** Asks for a sync and works on it as workers would, attempt after attempt, until it has ended; waits are skipped. */
export async function syncToEnd(bench: Bench, target: Target, plan: SyncPlan): Promise<SyncEnd> {
  const stopping = AbortSignal.timeout(plan.deadlineMs);
  const { organizationId, integrationId } = target;
  const { database } = bench.tools('none:', plan.limits);
  const { runId } = await requestSync(database, { organizationId, integrationId, types: plan.types });
  for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
    const tools = bench.tools(`${runId}-${attempt}:`, plan.limits);
    const worked = syncRun(tools, { organizationId, runId }, stopping);
    if (!(await endsInTime(worked, stopping)))
      return { runId, attempts: attempt, hung: 'the worker did not hand over after its deadline' };
    const run = await readRun(bench, organizationId, runId);
    if (run.finished) return { runId, attempts: attempt, hung: null };
    if (stopping.aborted) return { runId, attempts: attempt, hung: `no end within ${plan.deadlineMs} ms` };
    if (run.waitH > longestWaitH)
      return { runId, attempts: attempt, hung: `sleeps for ${Math.round(run.waitH)} hours` };
    await skipWait(bench, organizationId, runId, attempt >= patience);
  }
  return { runId, attempts: mostAttempts, hung: 'waits again and again, also past its interval' };
}

async function endsInTime(work: Promise<unknown>, stopping: AbortSignal): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => {
    const after = () => setTimeout(() => resolve(false), 10_000).unref();
    if (stopping.aborted) after();
    else stopping.addEventListener('abort', after, { once: true });
  });
  return Promise.race([work.then(() => true), late]);
}

async function readRun({ superuser }: Bench, organizationId: string, runId: string) {
  const { rows } = await superuser.query<{ finished: boolean; waitH: number }>(
    `SELECT finished_at IS NOT NULL AS finished, (extract(epoch FROM available_at - now()) / 3600)::float AS "waitH"
     FROM sync_run WHERE organization_id = $1 AND id = $2`,
    [organizationId, runId],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the run is gone');
  return row;
}

async function skipWait(
  { superuser }: Bench,
  organizationId: string,
  runId: string,
  aDayOlder: boolean,
): Promise<void> {
  await superuser.query(
    `UPDATE sync_run SET available_at = now() - interval '1 second',
       started_at = started_at - CASE WHEN $3 THEN interval '25 hours' ELSE interval '0' END
     WHERE organization_id = $1 AND id = $2`,
    [organizationId, runId, aDayOlder],
  );
}
