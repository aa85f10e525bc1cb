import type { Database } from '../database.ts';
import type { IntegrationStatus } from '../generated/enums.ts';

/** How an integration is, as far as the database knows. */
export interface IntegrationCondition {
  readonly id: string;
  readonly name: string;
  readonly connector: string;
  readonly status: IntegrationStatus;
  /** A public sentence: why it is degraded or in error, and what to do. */
  readonly statusReason: string | null;
  /** The credential that it names is stored. */
  readonly hasCredential: boolean;
  readonly quarantinedRunId: string | null;
  /** Its breaker is open: the last syncs ended in an outage of the provider, for this reason. */
  readonly breakerUntil: Date | null;
  readonly failingReason: string | null;
  readonly forgetsAt: Date | null;
  readonly forgetsType: string | null;
  /** What the last check that found another health than the one before found, and when. Null: none yet. */
  readonly health: 'ok' | 'degraded' | 'error' | null;
  readonly healthSince: Date | null;
  /** How long its health check has been due, milliseconds; 0: it is not, or none is planned. */
  readonly healthOverdueMs: number;
}

/** The first `limit` integrations by name; a look into three indexes for each. */
export async function readIntegrationConditions(
  database: Database,
  { organizationId, limit }: { readonly organizationId: string; readonly limit: number },
): Promise<IntegrationCondition[]> {
  return database.withStatements(
    organizationId,
    (transaction) => transaction.$queryRaw<IntegrationCondition[]>`
      SELECT i.id, i.name, i.connector, i.status::text, i.status_reason AS "statusReason",
        EXISTS (SELECT FROM credential c WHERE c.organization_id = i.organization_id AND c.integration_id = i.id
          AND c.version = i.credential_version) AS "hasCredential",
        i.quarantined_run_id AS "quarantinedRunId", i.breaker_until AS "breakerUntil", i.failing_reason AS "failingReason",
        i.forgets_at AS "forgetsAt", i.forgets_type AS "forgetsType", h.status AS health, h.checked_at AS "healthSince",
        CASE WHEN i.status IN ('paused', 'disabled') OR i.next_health_at IS NULL THEN 0
          ELSE greatest(0, extract(epoch FROM clock_timestamp() - i.next_health_at) * 1000)::float8 END AS "healthOverdueMs"
      FROM integration i LEFT JOIN LATERAL (
        SELECT status, checked_at FROM health_check
        WHERE organization_id = i.organization_id AND integration_id = i.id ORDER BY checked_at DESC LIMIT 1) h ON true
      WHERE i.organization_id = ${organizationId}::uuid AND i.removed_at IS NULL ORDER BY i.name LIMIT ${limit}`,
  );
}
