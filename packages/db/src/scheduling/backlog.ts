import { type Database, Prisma } from '../database.ts';
import { isDue, isToRing } from './candidates.ts';
import { queueOf, type ScheduledRing, type Trigger } from './ring.ts';

/** Since when the oldest work of one queue waits, whether or not a job stands for it. */
export interface WaitingAge {
  readonly queue: ScheduledRing['queue'] | 'health' | 'notify';
  readonly seconds: number;
}

/** What the whole fleet has before it. */
export interface Backlog {
  /** Of every queue for which something waits. */
  readonly ages: readonly WaitingAge[];
  /** Integrations that are quarantined; counted to 5,001. */
  readonly quarantined: number;
  /** Integrations with an open breaker; counted to 5,001. */
  readonly openBreakers: number;
}

/** Runs looked at in each of their lines, and integrations counted, at most. */
const most = 5_001;

/**
 * How long what waits longest has been waiting, by the database's clock: integrations whose sync or check is due, runs whose time has come and
 * that no worker has claimed, channels with something to send; and what is put aside. Index probes, whatever the number of integrations. Runs as fleet_scheduler.
 */
export async function readBacklog(database: Database): Promise<Backlog> {
  const now = Prisma.sql`now()`;
  const [since, [aside]] = await database.withTrips(null, (trip) =>
    Promise.all([
      trip.$queryRaw<{ line: Trigger | 'health' | 'notify'; seconds: number }[]>`
    SELECT line, extract(epoch FROM now() - min(since))::float8 AS seconds FROM (
      (SELECT 'schedule' AS line, next_sync_at AS since FROM integration WHERE ${isDue(now)} ORDER BY next_sync_at LIMIT 1)
      UNION ALL
      (SELECT trigger::text, available_at FROM sync_run WHERE ${isToRing(now)} ORDER BY available_at LIMIT ${most})
      UNION ALL
      (SELECT trigger::text, available_at FROM sync_run
       WHERE state IN ('queued', 'waiting') AND rung_at IS NOT NULL AND available_at <= now() ORDER BY rung_at LIMIT ${most})
      UNION ALL
      (SELECT 'health', next_health_at FROM integration
       WHERE status IN ('pending', 'active', 'degraded', 'error') AND removed_at IS NULL AND next_health_at <= now()
       ORDER BY next_health_at LIMIT 1)
      UNION ALL
      (SELECT 'notify', due_at FROM notification_channel
       WHERE due_at IS NOT NULL AND due_at <= now() AND removed_at IS NULL ORDER BY due_at LIMIT 1)) AS waiting
    GROUP BY line`,
      trip.$queryRaw<Omit<Backlog, 'ages'>[]>`
    SELECT (SELECT count(*)::int FROM (
        SELECT FROM integration WHERE quarantined_run_id IS NOT NULL ORDER BY organization_id LIMIT ${most}) AS found) AS quarantined,
      (SELECT count(*)::int FROM (
        SELECT FROM integration WHERE breaker_until IS NOT NULL AND removed_at IS NULL ORDER BY breaker_until LIMIT ${most}) AS found) AS "openBreakers"`,
    ]),
  );
  return {
    ages: since.map(({ line, seconds }) => ({
      queue: line === 'health' || line === 'notify' ? line : queueOf(line),
      seconds: Math.max(0, seconds),
    })),
    quarantined: aside?.quarantined ?? 0,
    openBreakers: aside?.openBreakers ?? 0,
  };
}
