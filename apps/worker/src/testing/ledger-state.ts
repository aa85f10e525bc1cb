import type { Fleet } from '@evidence-fleet/testbed';

/**
 * Everything that a tenant's ledger says, as sorted lines, without what must differ between two tenants: ids, salts and times. What an
 * interrupted run may do otherwise is left out too: how a row was counted when it was read twice.
 */
export async function ledgerState(superuser: Fleet['superuser'], organizationId: string): Promise<string[]> {
  const lines: string[] = [];
  for (const [what, query] of Object.entries(queries)) {
    const { rows } = await superuser.query<{ line: string }>(
      `SELECT to_jsonb(it)::text AS line FROM (${query}) AS it`,
      [organizationId],
    );
    lines.push(...rows.map(({ line }) => `${what} ${line}`));
  }
  return lines.toSorted();
}

const queries = {
  version: `SELECT type, key, slice, type_version, encode(hash, 'hex') AS hash, material, valid_to IS NULL AS current, end_reason
    FROM evidence WHERE organization_id = $1`,
  head: `SELECT h.type, encode(h.key_sha, 'hex') AS key, encode(h.hash, 'hex') AS hash, h.slice, h.observed - 'readAt' AS observed, h.unversioned, h.missing_passes,
      h.seen_visibility IS NULL AS seen, e.valid_to IS NULL AND e.key_sha = h.key_sha AS points_at_current
    FROM evidence_head h LEFT JOIN evidence e ON e.organization_id = h.organization_id AND e.id = h.version_id
    WHERE h.organization_id = $1`,
  gap: `SELECT type, slice, scope, reason, detail, closed_at IS NULL AS open FROM gap WHERE organization_id = $1`,
  finding: `SELECT control_id, type, resource, status, reason, valid_to IS NULL AS open FROM finding WHERE organization_id = $1`,
  verdict: `SELECT control_id, status, valid_to IS NULL AS open FROM verdict WHERE organization_id = $1`,
  stream: `SELECT rank() OVER (PARTITION BY s.type, s.slice ORDER BY r.requested_at) AS run, s.type, s.slice, s.status, s.retired, s.gaps, s.expected,
      CASE WHEN s.mode = 'snapshot' THEN s.seen END AS seen
    FROM stream_run s JOIN sync_run r ON r.organization_id = s.organization_id AND r.id = s.run_id WHERE s.organization_id = $1`,
  run: `SELECT rank() OVER (ORDER BY requested_at) AS run, state, attempts, error_code FROM sync_run WHERE organization_id = $1`,
  'left over': `SELECT 'stream_seen' AS what FROM stream_seen WHERE organization_id = $1`,
};
