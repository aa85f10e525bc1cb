import type pg from 'pg';
import { claimRun, type Database, requestSync } from '../../index.ts';

/** A claimed run whose lease outlasts the test. */
export async function startRun(
  database: Database,
  superuser: pg.Client,
  of: { readonly organizationId: string; readonly integrationId: string },
) {
  const { runId } = await requestSync(database, { ...of, types: [] });
  const run = await claimRun(database, { ...of, runId, worker: 'test' });
  if (run === null) throw new Error('the run could not be claimed');
  await superuser.query(`UPDATE sync_run SET lease_until = now() + interval '1 hour' WHERE id = $1`, [runId]);
  return { ...of, runId, fence: run.fence };
}
