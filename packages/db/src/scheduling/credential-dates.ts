import type { Database } from '../database.ts';
import { storeTold } from '../notifications/notify.ts';

const atOnce = 500;

/**
 * Tells the organizations whose credentials are old or about to end, each once: what is told and that it is told change in one statement, and
 * a row that another scheduler is at is left to it. Runs as fleet_scheduler.
 * @returns how many were told now
 */
export async function warnOfCredentials(database: Database): Promise<number> {
  const [row] = await database.withTrips(
    null,
    (trip) => trip.$queryRaw<{ told: number }[]>`
    WITH due AS (
      SELECT organization_id, id, credential_ages_at <= now() AS is_old, credential_expiry_warns_at <= now() AS ends, credential_expires_at
      FROM integration
      WHERE removed_at IS NULL AND least(credential_ages_at, credential_expiry_warns_at) IS NOT NULL
        AND least(credential_ages_at, credential_expiry_warns_at) <= now()
      ORDER BY least(credential_ages_at, credential_expiry_warns_at) LIMIT ${atOnce} FOR NO KEY UPDATE SKIP LOCKED),
    moved AS (
      UPDATE integration i SET credential_ages_at = CASE WHEN NOT due.is_old THEN i.credential_ages_at END,
        credential_expiry_warns_at = CASE WHEN NOT due.ends THEN i.credential_expiry_warns_at END
      FROM due WHERE i.organization_id = due.organization_id AND i.id = due.id
      RETURNING i.organization_id, i.id AS integration_id, due.is_old, due.ends, due.credential_expires_at AS expires_at),
    told AS MATERIALIZED (
      SELECT organization_id, gen_random_uuid() AS id, integration_id, kind, message || format(
        ' Make a new one at the provider and store it with "fleet integrations update-credentials %s", then revoke the old one.', integration_id) AS message
      FROM moved CROSS JOIN LATERAL (VALUES
        (is_old, 'integration.credential_old', 'The credential of this integration is 90 days old.'),
        (ends, 'integration.credential_expires', format('The credential of this integration ends at %s UTC, and its syncs with it.',
          to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')))
      ) what (is_due, kind, message) WHERE is_due),
    ${storeTold} SELECT count(*)::int AS told FROM told`,
  );
  return row?.told ?? 0;
}
