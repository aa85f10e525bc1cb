import type { Transaction } from '../database.ts';
import { uuid } from '../uuid.ts';
import type { OpenedStream, StreamContext } from './types.ts';

interface Row {
  id: string;
  status: 'open' | 'complete' | 'partial' | 'failed';
  checkpoint: string | null;
  gaps: number;
  expected: number | null;
  watermark: string | null;
  since: string | null;
  sinceAt: Date | null;
  isFirst: boolean;
  isEmpty: boolean;
}

/**
 * Makes the stream run, or finds the one that an earlier attempt of this very run left.
 * @returns isEmpty: the integration has no resource of this type yet
 */
export async function openStream(
  transaction: Transaction,
  stream: Omit<StreamContext, 'streamRunId'>,
): Promise<OpenedStream & { readonly isEmpty: boolean }> {
  const { organizationId, runId, integrationId, type, typeVersion, mode, slice, visibility } = stream;
  const made = transaction.$executeRaw`
    INSERT INTO stream_run (organization_id, id, run_id, integration_id, type, type_version, mode, slice, visibility, since,
      since_at)
    SELECT ${organizationId}::uuid, ${uuid()}::uuid, ${runId}::uuid, ${integrationId}::uuid, ${type}, ${typeVersion}, ${mode}, ${slice},
      ${visibility},
      last.since, last.opened_at
    FROM (SELECT 1) AS one LEFT JOIN LATERAL (
      SELECT coalesce(watermark, since) AS since, opened_at FROM stream_run
      WHERE organization_id = ${organizationId}::uuid AND integration_id = ${integrationId}::uuid AND type = ${type} AND slice = ${slice}
        AND (status = 'complete' OR carries_on) AND ${mode} <> 'snapshot'
      ORDER BY opened_at DESC LIMIT 1) AS last ON true
    ON CONFLICT (organization_id, run_id, type, slice) DO NOTHING`;
  const read = transaction.$queryRaw<Row[]>`
    SELECT id, status::text, checkpoint, gaps, expected, watermark, since, since_at AS "sinceAt",
      NOT EXISTS (SELECT FROM stream_run earlier
        WHERE earlier.organization_id = ${organizationId}::uuid AND earlier.integration_id = ${integrationId}::uuid
          AND earlier.type = ${type} AND earlier.slice = ${slice} AND earlier.run_id <> ${runId}::uuid
          AND earlier.status IN ('complete', 'partial')) AS "isFirst",
      NOT EXISTS (SELECT FROM evidence_head WHERE organization_id = ${organizationId}::uuid
        AND integration_id = ${integrationId}::uuid AND type = ${type}) AS "isEmpty"
    FROM stream_run
    WHERE organization_id = ${organizationId}::uuid AND run_id = ${runId}::uuid AND type = ${type} AND slice = ${slice}`;
  const [, [row]] = await Promise.all([made, read]);
  if (row === undefined) throw new Error('the stream run that was just made is not there');
  const { status, ...rest } = row;
  return { ...rest, state: status === 'open' ? 'open' : 'closed', status: status === 'open' ? null : status };
}
