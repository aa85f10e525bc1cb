import type { Database } from '../database.ts';

/** A worker that died while it sent is followed by another one after so long. Longer than a job may take. */
const deliveryLeaseMs = 120_000;

/**
 * Channels that have something to send, in order of their dates, which are moved past the time that a worker may take. Runs as
 * fleet_scheduler.
 * @param limit channels at most
 */
export function dueChannels(
  database: Database,
  limit: number,
): Promise<{ organizationId: string; channelId: string }[]> {
  return database.withTrips(
    null,
    (trip) => trip.$queryRaw<{ organizationId: string; channelId: string }[]>`
    WITH due AS (
      SELECT organization_id, id FROM notification_channel
      WHERE due_at <= now() ORDER BY due_at LIMIT ${limit} FOR NO KEY UPDATE SKIP LOCKED)
    UPDATE notification_channel c SET due_at = now() + ${deliveryLeaseMs} * interval '1 millisecond'
    FROM due WHERE c.organization_id = due.organization_id AND c.id = due.id
    RETURNING c.organization_id AS "organizationId", c.id AS "channelId"`,
  );
}
