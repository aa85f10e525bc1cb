import type { Database } from '../database.ts';
import { statesBefore } from '../run-states.ts';
import { closeOpenStreams, unreadDetail } from './close-open-streams.ts';
import { lockIntegrationOf, startFollowUp } from './release-run.ts';

/**
 * Asks that a run stop, from any process. One that no worker holds ends at once; a running one ends at its worker's next heartbeat.
 * @returns cancelled: it ended now. requested: its worker will end it. ended: it had ended already, or does not exist.
 */
export async function cancelRun(
  database: Database,
  run: { organizationId: string; runId: string },
): Promise<'cancelled' | 'requested' | 'ended'> {
  return database.withOrganization(run.organizationId, async (transaction) => {
    await lockIntegrationOf(transaction, run);
    const [row] = await transaction.$queryRaw<{ state: string }[]>`
      UPDATE sync_run SET cancel_requested_at = coalesce(cancel_requested_at, now()),
        state = CASE WHEN state = 'running' THEN state ELSE 'cancelled'::run_state END,
        finished_at = CASE WHEN state = 'running' THEN finished_at ELSE clock_timestamp() END
      WHERE organization_id = ${run.organizationId}::uuid AND id = ${run.runId}::uuid
        AND state::text = ANY(${statesBefore('cancelled')}::text[])
      RETURNING state::text`;
    if (row === undefined) return 'ended';
    if (row.state === 'running') return 'requested';
    await closeOpenStreams(transaction, run, { code: 'cancelled', message: unreadDetail });
    await startFollowUp(transaction, run.organizationId, run.runId);
    return 'cancelled';
  });
}
