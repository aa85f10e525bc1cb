import type { Transaction } from '../database.ts';

/** What stands in a finished run's manifest; plain JSON. */
export type Manifest = { readonly [key: string]: unknown };

/**
 * What a run did: as whom, with which grants, the calls of every attempt summed by operation, and how each stream slice ended. Plain JSON,
 * for the run's row.
 */
export async function readManifest(
  transaction: Transaction,
  run: { readonly organizationId: string; readonly runId: string },
): Promise<Manifest> {
  const [row] = await transaction.$queryRaw<{ manifest: Manifest }[]>`
      WITH call AS (
        SELECT c.* FROM sync_attempt a, jsonb_to_recordset(a.calls) AS c(operation text, calls bigint, retries bigint, throttled bigint,
          failed bigint, "responseBytes" bigint, "waitedMs" bigint)
        WHERE a.organization_id = ${run.organizationId}::uuid AND a.run_id = ${run.runId}::uuid
      ), operations AS (
        SELECT operation, sum(calls)::bigint AS calls, sum(retries)::bigint AS retries, sum(throttled)::bigint AS throttled,
          sum(failed)::bigint AS failed, sum("responseBytes")::bigint AS "responseBytes", sum("waitedMs")::bigint AS "waitedMs"
        FROM call GROUP BY operation ORDER BY operation
      ), streams AS (
        SELECT type, slice, status, opened_at AS "openedAt", closed_at AS "closedAt", expected, seen, added, changed, unchanged, retired,
          gaps, error_code AS "errorCode"
        FROM stream_run WHERE organization_id = ${run.organizationId}::uuid AND run_id = ${run.runId}::uuid ORDER BY type, slice
      ), attempts AS (
        SELECT count(*) AS total, count(*) FILTER (WHERE ended_as = 'crash') AS crashes FROM sync_attempt
        WHERE organization_id = ${run.organizationId}::uuid AND run_id = ${run.runId}::uuid
      )
      SELECT jsonb_build_object('version', 1, 'account', i.account_id, 'grants', i.grants,
        'attempts', (SELECT total FROM attempts), 'crashes', (SELECT crashes FROM attempts),
        'calls', (SELECT coalesce(jsonb_agg(to_jsonb(operations)), '[]') FROM operations),
        'streams', (SELECT coalesce(jsonb_agg(to_jsonb(streams)), '[]') FROM streams)) AS manifest
      FROM sync_run r JOIN integration i ON i.organization_id = r.organization_id AND i.id = r.integration_id
      WHERE r.organization_id = ${run.organizationId}::uuid AND r.id = ${run.runId}::uuid`;
  if (row === undefined) throw new Error('a manifest is always one row');
  return row.manifest;
}
