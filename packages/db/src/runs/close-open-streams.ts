import type { Transaction } from '../database.ts';
import { uuid } from '../uuid.ts';

/** What is said of a pass that nobody will go on with because somebody ended its run. */
export const unreadDetail = 'The run was cancelled.';

/**
 * The end of a run that left passes open, because it crashed, was cancelled or ran out of tries: each is closed as failed under a gap
 * `unread`, so that nobody takes an unfinished pass for anything. A handful of statements, however many passes there are.
 */
export async function closeOpenStreams(
  transaction: Transaction,
  run: { readonly organizationId: string; readonly runId: string },
  error: { readonly code: string; readonly message: string },
): Promise<void> {
  const { organizationId, runId } = run;
  const closed = await transaction.$queryRaw<{ id: string }[]>`
    UPDATE stream_run SET status = 'failed', closed_at = clock_timestamp(), error_code = ${error.code}, error_message = ${error.message},
      seen = added + changed + unchanged
    WHERE organization_id = ${organizationId}::uuid AND run_id = ${runId}::uuid AND status = 'open'
    RETURNING id`;
  if (closed.length === 0) return;
  const ids = closed.map(({ id }) => id);
  await transaction.$executeRaw`
    INSERT INTO gap (organization_id, id, integration_id, type, slice, scope, reason, detail, opened_run_id, stream_run_id)
    SELECT s.organization_id, t.gap_id, s.integration_id, s.type, s.slice, '*', 'unread', ${`Not read to its end. ${error.message}`}, s.run_id, s.id
    FROM unnest(${ids}::uuid[], ${ids.map(() => uuid())}::uuid[]) AS t(id, gap_id)
    JOIN stream_run s ON s.organization_id = ${organizationId}::uuid AND s.id = t.id
    ON CONFLICT (organization_id, integration_id, type, slice, scope, reason) WHERE closed_at IS NULL
    DO UPDATE SET stream_run_id = excluded.stream_run_id, detail = excluded.detail`;
  await transaction.$executeRaw`
    DELETE FROM stream_seen WHERE organization_id = ${organizationId}::uuid AND stream_run_id = ANY(${ids}::uuid[])`;
  await transaction.$executeRaw`
    UPDATE stream_run s SET gaps = (SELECT count(*) FROM gap g WHERE g.organization_id = s.organization_id
      AND g.integration_id = s.integration_id AND g.type = s.type AND g.slice = s.slice AND g.closed_at IS NULL)
    WHERE s.organization_id = ${organizationId}::uuid AND s.id = ANY(${ids}::uuid[])`;
}
