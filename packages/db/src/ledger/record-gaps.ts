import { Prisma, type Transaction } from '../database.ts';
import { uuid } from '../uuid.ts';
import type { PreparedGap, StreamContext } from './types.ts';

/** Opens gaps; one that is open already is met again instead. */
export async function recordGaps(
  transaction: Transaction,
  stream: StreamContext,
  gaps: readonly PreparedGap[],
): Promise<void> {
  if (gaps.length > 0) await transaction.$executeRaw`${insertGaps(stream, gaps)}`;
}

/** @param beside joins a relation of one row, or of none where nothing is to be written */
export function insertGaps(stream: StreamContext, gaps: readonly PreparedGap[], beside = Prisma.empty): Prisma.Sql {
  const distinct = [...new Map(gaps.map((gap) => [`${gap.reason} ${gap.scope}`, gap])).values()];
  const { organizationId, integrationId, runId, streamRunId, type, slice } = stream;
  return Prisma.sql`
    INSERT INTO gap (organization_id, id, integration_id, type, slice, scope, reason, detail, key_sha, opened_run_id, opened_at,
      stream_run_id)
    SELECT ${organizationId}::uuid, id, ${integrationId}::uuid, ${type}, ${slice}, scope, reason, detail, key_sha, ${runId}::uuid,
      now(), ${streamRunId}::uuid
    FROM unnest(${distinct.map(() => uuid())}::uuid[], ${distinct.map((gap) => gap.scope)}::text[],
      ${distinct.map((gap) => gap.reason)}::text[], ${distinct.map((gap) => gap.detail)}::text[],
      ${distinct.map((gap) => gap.keySha)}::bytea[]) AS t(id, scope, reason, detail, key_sha) ${beside}
    ON CONFLICT (organization_id, integration_id, type, slice, scope, reason) WHERE closed_at IS NULL
    DO UPDATE SET stream_run_id = excluded.stream_run_id, detail = excluded.detail, key_sha = excluded.key_sha`;
}
