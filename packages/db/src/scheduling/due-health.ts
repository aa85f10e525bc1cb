import type { Database } from '../database.ts';

const longestMinutes = 60;

export interface DueHealthOptions {
  /** Integrations at most. */
  readonly limit: number;
  /** Minutes between two checks of a healthy integration. */
  readonly intervalMinutes: number;
}

/**
 * Integrations whose health is to be checked, in order of their dates, which are advanced: by the interval, doubled with every failure in
 * a row up to an hour, and by up to a tenth more or less, so that checks made together drift apart. Runs as fleet_scheduler.
 */
export async function dueHealth(
  database: Database,
  options: DueHealthOptions,
): Promise<{ organizationId: string; integrationId: string }[]> {
  const { limit, intervalMinutes } = options;
  return database.withTrips(
    null,
    (trip) => trip.$queryRaw<{ organizationId: string; integrationId: string }[]>`
    WITH due AS (
      SELECT organization_id, id FROM integration
      WHERE status IN ('pending', 'active', 'degraded', 'error') AND removed_at IS NULL AND next_health_at <= now()
      ORDER BY next_health_at LIMIT ${limit} FOR NO KEY UPDATE SKIP LOCKED)
    UPDATE integration SET next_health_at = now() + interval '1 minute' * (0.9 + random() * 0.2)
      * greatest(${intervalMinutes}, least(${intervalMinutes} * 2 ^ least(health_failures, 10), ${longestMinutes}))
    FROM due WHERE integration.organization_id = due.organization_id AND integration.id = due.id
    RETURNING integration.organization_id AS "organizationId", integration.id AS "integrationId"`,
  );
}
