import { Prisma, type Transaction } from '../database.ts';
import { uuid } from '../uuid.ts';
import { recordGaps } from './record-gaps.ts';
import type { StreamContext } from './types.ts';

interface SlicesOptions {
  readonly organizationId: string;
  readonly runId: string;
  readonly integrationId: string;
  readonly visibility: Uint8Array;
  readonly type: string;
  readonly slices: readonly string[];
}

/** Whether anything is known of slices that are not listed: of most streams nothing is, and nothing has to be written. */
export async function hasUnlistedSlices(
  transaction: Transaction,
  { organizationId, integrationId, type, slices }: SlicesOptions,
): Promise<boolean> {
  const unlisted = Prisma.sql`organization_id = ${organizationId}::uuid AND integration_id = ${integrationId}::uuid AND type = ${type}
    AND slice <> ALL(${slices}::text[])`;
  const [row] = await transaction.$queryRaw<{ some: boolean }[]>`
    SELECT EXISTS (SELECT FROM gap WHERE ${unlisted} AND closed_at IS NULL) OR EXISTS (SELECT FROM evidence_head WHERE ${unlisted}) AS some`;
  return row?.some ?? true;
}

/** Settles the slices of earlier passes that are not listed any more. */
export async function closeSlices(transaction: Transaction, options: SlicesOptions): Promise<void> {
  const { organizationId, integrationId, runId, type, slices } = options;
  const closed = transaction.$executeRaw`
    UPDATE gap g SET closed_at = now(), closed_run_id = ${runId}::uuid
    WHERE organization_id = ${organizationId}::uuid AND integration_id = ${integrationId}::uuid AND type = ${type}
      AND closed_at IS NULL AND slice <> ALL(${slices}::text[])
      AND NOT EXISTS (SELECT FROM evidence_head h WHERE h.organization_id = g.organization_id AND h.integration_id = g.integration_id
        AND h.type = g.type AND h.slice = g.slice)`;
  const found = transaction.$queryRaw<{ slice: string }[]>`
    SELECT DISTINCT slice FROM evidence_head
    WHERE organization_id = ${organizationId}::uuid AND integration_id = ${integrationId}::uuid AND type = ${type}
      AND slice <> ALL(${slices}::text[])`;
  const [, unlisted] = await Promise.all([closed, found]);
  for (const { slice } of unlisted) await settleSlice(transaction, options, slice);
}

/**
 * Same account and grants but other scope settings: the organization took it out of scope. Anything else is a gap, until a person
 * confirms that it is gone.
 */
async function settleSlice(transaction: Transaction, options: SlicesOptions, slice: string): Promise<void> {
  const { organizationId, integrationId, type } = options;
  const [last] = await transaction.$queryRaw<{ visibility: Uint8Array; type_version: number; mode: string }[]>`
    SELECT visibility, type_version, mode FROM stream_run
    WHERE organization_id = ${organizationId}::uuid AND integration_id = ${integrationId}::uuid AND type = ${type} AND slice = ${slice}
      AND status IN ('complete', 'partial')
    ORDER BY opened_at DESC LIMIT 1`;
  if (last === undefined) return;
  if (last.mode !== 'snapshot' || leftScope(last.visibility, options.visibility)) {
    return retireSlice(transaction, options, slice, 'out_of_scope');
  }
  if (await isConfirmed(transaction, options, slice)) {
    return retireSlice(transaction, options, slice, 'no_longer_visible');
  }
  const streamRunId = await failedPass(transaction, options, {
    slice,
    typeVersion: last.type_version,
    mode: last.mode,
  });
  const stream: StreamContext = { ...options, slice, streamRunId, typeVersion: last.type_version, mode: last.mode };
  await recordGaps(transaction, stream, [{ scope: '*', reason: 'scope_changed', detail: notListed, keySha: null }]);
}

const notListed =
  'this region, account or organization is not listed by the provider any more; its evidence is held until it is back or taken out of the settings';

function leftScope(before: Uint8Array, now: Uint8Array): boolean {
  const same = (from: number, to: number) => Buffer.compare(before.subarray(from, to), now.subarray(from, to)) === 0;
  return same(0, 32) && !same(32, 64);
}

async function isConfirmed(transaction: Transaction, options: SlicesOptions, slice: string): Promise<boolean> {
  const rows = await transaction.$queryRaw<unknown[]>`
    SELECT 1 FROM gap
    WHERE organization_id = ${options.organizationId}::uuid AND integration_id = ${options.integrationId}::uuid
      AND type = ${options.type} AND slice = ${slice} AND scope = '*' AND reason = 'scope_changed' AND closed_at IS NULL
      AND confirmed_at IS NOT NULL`;
  return rows.length > 0;
}

async function retireSlice(
  transaction: Transaction,
  options: SlicesOptions,
  slice: string,
  reason: 'out_of_scope' | 'no_longer_visible',
): Promise<void> {
  const { organizationId, integrationId, runId, type } = options;
  await transaction.$executeRaw`
    WITH removed AS (
      DELETE FROM evidence_head
      WHERE organization_id = ${organizationId}::uuid AND integration_id = ${integrationId}::uuid AND type = ${type} AND slice = ${slice}
      RETURNING version_id
    )
    UPDATE evidence e SET valid_to = now(), to_run_id = ${runId}::uuid, end_reason = ${reason}
    FROM removed WHERE e.organization_id = ${organizationId}::uuid AND e.id = removed.version_id`;
  await transaction.$executeRaw`
    UPDATE gap SET closed_at = now(), closed_run_id = ${runId}::uuid
    WHERE organization_id = ${organizationId}::uuid AND integration_id = ${integrationId}::uuid AND type = ${type} AND slice = ${slice}
      AND closed_at IS NULL`;
}

async function failedPass(
  transaction: Transaction,
  options: SlicesOptions,
  { slice, typeVersion, mode }: { slice: string; typeVersion: number; mode: string },
): Promise<string> {
  const [row] = await transaction.$queryRaw<{ id: string }[]>`
    INSERT INTO stream_run (organization_id, id, run_id, integration_id, type, type_version, mode, slice, visibility, status, closed_at,
      error_code, error_message)
    VALUES (${options.organizationId}::uuid, ${uuid()}::uuid, ${options.runId}::uuid, ${options.integrationId}::uuid, ${options.type},
      ${typeVersion}, ${mode}, ${slice}, ${options.visibility}, 'failed', now(), 'not_found', ${notListed})
    ON CONFLICT (organization_id, run_id, type, slice) DO UPDATE SET closed_at = now()
    RETURNING id`;
  if (row === undefined) throw new Error('the failed pass was not recorded');
  return row.id;
}
