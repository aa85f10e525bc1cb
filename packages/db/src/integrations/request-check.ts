import type { Database } from '../database.ts';
import type { IntegrationStatus } from '../generated/enums.ts';

interface Target {
  readonly organizationId: string;
  readonly integrationId: string;
}

/** Whether a check was asked for; where not, the state that an integration has which takes none, or that it does not exist. */
export type CheckRequested =
  | { readonly kind: 'requested'; readonly at: Date }
  | { readonly kind: 'refused'; readonly status: IntegrationStatus }
  | { readonly kind: 'not_found' };

/** Makes the next health check due now: the scheduler rings for it within a tick. Asked again before that, it is one check. */
export async function requestCheck(
  database: Database,
  { organizationId, integrationId }: Target,
): Promise<CheckRequested> {
  const [[due], [standing]] = await database.withTrips(organizationId, (trip) =>
    Promise.all([
      trip.$queryRaw<{ at: Date }[]>`
        UPDATE integration SET next_health_at = least(next_health_at, clock_timestamp())
        WHERE organization_id = ${organizationId}::uuid AND id = ${integrationId}::uuid AND removed_at IS NULL
          AND status IN ('pending', 'active', 'degraded', 'error')
        RETURNING clock_timestamp() AS at`,
      trip.$queryRaw<{ status: IntegrationStatus }[]>`
        SELECT status::text FROM integration
        WHERE organization_id = ${organizationId}::uuid AND id = ${integrationId}::uuid AND removed_at IS NULL`,
    ]),
  );
  if (standing === undefined) return { kind: 'not_found' };
  return due === undefined ? { kind: 'refused', status: standing.status } : { kind: 'requested', at: due.at };
}

/** When a worker last opened the credential, for a sync or a check: each of them checks the integration's health. Null: never. */
export async function readLastCheck(
  database: Database,
  { organizationId, integrationId }: Target,
): Promise<Date | null> {
  const [row] = await database.withTrips(
    organizationId,
    (trip) => trip.$queryRaw<{ at: Date | null }[]>`
      SELECT max(last_at) AS at FROM (
        SELECT last_at FROM credential_use
        WHERE organization_id = ${organizationId}::uuid AND integration_id = ${integrationId}::uuid
        ORDER BY day DESC LIMIT 4) AS latest`,
  );
  return row?.at ?? null;
}
