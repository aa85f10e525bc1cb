import type { Transaction } from '../database.ts';
import type { Claim } from '../hold-run.ts';
import { type Tally, tally } from './absence.ts';
import { recordCalls } from './commit-batch.ts';
import { retireMissing } from './retire.ts';
import type { CloseStream, StreamContext, StreamCounts } from './types.ts';

/**
 * Records what a pass was. Only a snapshot whose listing was complete retires anything; a pass that ran to its end closes the gaps it
 * did not meet again; one that broke off leaves them as they are.
 * @param close tally: as counted since the last batch
 */
export async function closeStream(
  transaction: Transaction,
  stream: StreamContext,
  claim: Claim,
  close: CloseStream & { readonly tally?: Tally | undefined },
): Promise<StreamCounts> {
  const counts = stream.mode === 'snapshot' ? (close.tally ?? (await tally(transaction, stream))) : undefined;
  const retired =
    counts !== undefined && close.status === 'complete' && counts.missing > 0
      ? await retireMissing(transaction, stream, counts, close.gone)
      : 0;
  return closePass(transaction, stream, claim, close, { retired, seen: counts?.seen ?? null });
}

/** Nothing has to be counted or retired first: all that closes the pass can be asked for at once. */
export function isCloseOfOneTrip({ mode }: StreamContext, { status }: CloseStream, tally: Tally | undefined): boolean {
  return mode !== 'snapshot' || (tally !== undefined && (status !== 'complete' || tally.missing === 0));
}

/** The end of a pass whose absences are settled. */
export async function closePass(
  transaction: Transaction,
  stream: StreamContext,
  claim: Claim,
  close: CloseStream,
  counted: { readonly retired: number; readonly seen: number | null },
): Promise<StreamCounts> {
  const [, , , finished] = await Promise.all([
    close.status !== 'failed' && closeGapsNotMet(transaction, stream, close.status),
    recordCalls(transaction, claim, close.calls),
    transaction.$executeRaw`
      DELETE FROM stream_seen
      WHERE organization_id = ${stream.organizationId}::uuid AND stream_run_id = ${stream.streamRunId}::uuid`,
    finish(transaction, stream, close, counted),
  ]);
  return finished;
}

/** What is held as missing is decided by complete listings only; a partial one lets go of what it saw. */
async function closeGapsNotMet(
  transaction: Transaction,
  stream: StreamContext,
  status: 'complete' | 'partial',
): Promise<void> {
  await transaction.$executeRaw`
    UPDATE gap g SET closed_at = now(), closed_run_id = ${stream.runId}::uuid
    WHERE organization_id = ${stream.organizationId}::uuid AND integration_id = ${stream.integrationId}::uuid
      AND type = ${stream.type} AND slice = ${stream.slice} AND closed_at IS NULL AND stream_run_id <> ${stream.streamRunId}::uuid
      AND (${status} = 'complete' OR reason NOT IN ('absence_unproven', 'scope_changed', 'mass_absence')
        OR EXISTS (SELECT FROM evidence_head h WHERE h.organization_id = g.organization_id AND h.integration_id = g.integration_id
          AND h.type = g.type AND h.key_sha = g.key_sha AND h.missing_passes = 0))`;
}

/** A pass that leaves a gap open is partial, however complete its listing was. */
async function finish(
  transaction: Transaction,
  stream: StreamContext,
  close: CloseStream,
  { retired, seen }: { retired: number; seen: number | null },
): Promise<StreamCounts> {
  const [row] = await transaction.$queryRaw<StreamCounts[]>`
    WITH open_gaps AS (
      SELECT count(*)::int AS total, coalesce(bool_and(reason = 'forgotten'), false) AS forgotten FROM gap
      WHERE organization_id = ${stream.organizationId}::uuid AND integration_id = ${stream.integrationId}::uuid
        AND type = ${stream.type} AND slice = ${stream.slice} AND closed_at IS NULL
    )
    UPDATE stream_run SET closed_at = now(),
      status = CASE WHEN ${close.status} = 'complete' AND total > 0 THEN 'partial' ELSE ${close.status} END::stream_status,
      listed_all = ${close.status} = 'complete', carries_on = ${close.status} = 'complete' AND forgotten,
      seen = coalesce(${seen}::int, added + changed + unchanged), retired = ${retired}, gaps = total,
      expected = coalesce(${close.expected}::int, expected),
      error_code = ${close.error?.code ?? null}, error_message = ${close.error?.message ?? null}
    FROM open_gaps
    WHERE organization_id = ${stream.organizationId}::uuid AND id = ${stream.streamRunId}::uuid AND status = 'open'
    RETURNING seen, added, changed, unchanged, retired, gaps`;
  if (row === undefined) throw new Error(`stream run ${stream.streamRunId} is closed already`);
  return row;
}
