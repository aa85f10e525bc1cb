import type { Database } from '../database.ts';
import { storeTold } from '../notifications/notify.ts';

const atOnce = 500;
const most = 5_001;

/**
 * Tells the organizations whose sources are about to forget what no pass has read, and once more when that date is past: also while a sync is
 * paused, quarantined or failing, for then it is needed most. What is told and when it is told next change in one statement, and a row that
 * another scheduler is at is left to it: nothing is told twice. Runs as fleet_scheduler.
 * @returns how many were told now, and how many are within their warning (counted to 5,001)
 */
export async function warnBeforeForgetting(database: Database): Promise<{ told: number; warned: number }> {
  const [[told], [row]] = await database.withTrips(null, (trip) =>
    Promise.all([
      trip.$queryRaw<{ told: number }[]>`
    WITH due AS (
      SELECT organization_id, id, forgets_at, forgets_type, forgets_at <= clock_timestamp() AS is_late FROM integration
      WHERE retention_warns_at IS NOT NULL AND removed_at IS NULL AND retention_warns_at <= now()
      ORDER BY retention_warns_at LIMIT ${atOnce} FOR NO KEY UPDATE SKIP LOCKED),
    moved AS (
      UPDATE integration i SET retention_warns_at = CASE WHEN NOT is_late THEN due.forgets_at END
      FROM due WHERE i.organization_id = due.organization_id AND i.id = due.id
      RETURNING i.organization_id, i.id, due.forgets_at, due.forgets_type, is_late),
    told AS MATERIALIZED (SELECT organization_id, gen_random_uuid() AS id, id AS integration_id, 'integration.retention' AS kind, format(
      CASE WHEN is_late
        THEN 'Since %2$s UTC the source of %1$s forgets what was not read: that is lost for good, and more of it every hour. '
        ELSE 'From %2$s UTC on the source of %1$s forgets what was not read, and it is lost for good. ' END
      || 'No sync has read it to its end for long: see why with "fleet integrations show %3$s", mend that, then run "fleet sync %3$s".',
      forgets_type, to_char(forgets_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), id) AS message
    FROM moved), ${storeTold} SELECT count(*)::int AS told FROM told`,
      trip.$queryRaw<{ warned: number }[]>`
    SELECT count(*)::int AS warned FROM (
      SELECT FROM integration
      WHERE forgets_at IS NOT NULL AND removed_at IS NULL AND (retention_warns_at IS NULL OR retention_warns_at = forgets_at)
      ORDER BY forgets_at LIMIT ${most}) AS found`,
    ]),
  );
  return { told: told?.told ?? 0, warned: row?.warned ?? 0 };
}
