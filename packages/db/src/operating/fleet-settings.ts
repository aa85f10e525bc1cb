import { type Database, Prisma } from '../database.ts';

/** What operators have set for the whole fleet, over what each process' environment says. Names of queues are those of the queue package. */
export interface FleetSettings {
  /** Queues of which no worker takes jobs, and since when. */
  readonly paused: ReadonlyMap<string, SetBy>;
  /** Jobs of a queue that every worker does at once. */
  readonly slots: ReadonlyMap<string, number>;
  /** Share of every documented provider limit that the fleet may use, above 0 and at most 1; null: each process' own. */
  readonly quotaShare: number | null;
}

interface SetBy {
  /** By the database's clock. */
  readonly at: Date;
  readonly by: string;
}

type FleetSettingName = `paused.${string}` | `slots.${string}` | 'quota.share';

export interface FleetSettingChange {
  readonly name: FleetSettingName;
  /** A switch is 1; null takes the setting back. */
  readonly value: number | null;
}

/** A few rows by their key. Runs as fleet_app or fleet_scheduler. @throws DatabaseAwayError */
export async function readFleetSettings(database: Database): Promise<FleetSettings> {
  const rows = await database.withTrips(
    null,
    (trip) => trip.$queryRaw<{ name: string; value: number; at: Date; by: string }[]>`
    SELECT name, value, set_at AS at, set_by AS by FROM fleet_setting ORDER BY name LIMIT 100`,
  );
  const under = (prefix: string) =>
    rows.filter(({ name }) => name.startsWith(prefix)).map((row) => ({ ...row, of: row.name.slice(prefix.length) }));
  return {
    paused: new Map(under('paused.').map(({ of, at, by }) => [of, { at, by }])),
    slots: new Map(under('slots.').map(({ of, value }) => [of, value])),
    quotaShare: rows.find(({ name }) => name === 'quota.share')?.value ?? null,
  };
}

/**
 * Workers follow within seconds. A setting that stands with the same value keeps who set it, and when. All of the changes or none. Runs as
 * fleet_scheduler.
 * @throws DatabaseAwayError
 */
export async function changeFleetSettings(
  database: Database,
  changes: readonly FleetSettingChange[],
  by: string,
): Promise<void> {
  const set = changes.filter(({ value }) => value !== null);
  const names = Prisma.sql`${changes.map(({ name }) => name)}::text[]`;
  await database.withTrips(null, (trip) =>
    Promise.all([
      trip.$executeRaw`
        DELETE FROM fleet_setting WHERE name = ANY(${names}) AND NOT name = ANY(${set.map(({ name }) => name)}::text[])`,
      trip.$executeRaw`
        INSERT INTO fleet_setting (name, value, set_by)
        SELECT name, value, ${by}::text FROM unnest(${set.map(({ name }) => name)}::text[], ${set.map(({ value }) => value)}::float8[]) AS made (name, value)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value, set_at = clock_timestamp(), set_by = excluded.set_by
        WHERE fleet_setting.value <> excluded.value`,
    ]),
  );
}
