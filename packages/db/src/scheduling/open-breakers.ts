import type { Database } from '../database.ts';

const most = 5_001;

/** How many integrations have an open breaker; counted to 5,001. Runs as fleet_scheduler. */
export async function openBreakers(database: Database): Promise<number> {
  const [row] = await database.withTrips(
    null,
    (trip) => trip.$queryRaw<{ open: number }[]>`
    SELECT count(*)::int AS open FROM (
      SELECT FROM integration WHERE breaker_until IS NOT NULL AND removed_at IS NULL
      ORDER BY breaker_until LIMIT ${most}) AS found`,
  );
  return row?.open ?? 0;
}
