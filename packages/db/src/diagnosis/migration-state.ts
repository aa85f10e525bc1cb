import type { Database } from '../database.ts';
import { migrationNames } from '../migrate.ts';

/** How the database stands to the migrations of this release, by name. */
export interface MigrationState {
  readonly applied: number;
  /** Of this release, and not applied. */
  readonly pending: readonly string[];
  /** Begun and never finished. */
  readonly failed: readonly string[];
  /** Applied by a newer release. */
  readonly newer: readonly string[];
}

/**
 * As any role that may read the table of migrations, which the app's role may. One that may not is shown none applied: the grant came with
 * a migration.
 * @throws DatabaseAwayError
 */
export async function readMigrationState(database: Database): Promise<MigrationState> {
  const [known, stored] = await Promise.all([migrationNames(), storedMigrations(database)]);
  const finished = new Set(stored.filter(({ finished }) => finished).map(({ name }) => name));
  const failed = stored.filter(({ finished }) => !finished).map(({ name }) => name);
  return {
    applied: finished.size,
    pending: known.filter((name) => !finished.has(name) && !failed.includes(name)),
    failed,
    newer: [...finished].filter((name) => !known.includes(name)),
  };
}

interface StoredMigration {
  readonly name: string;
  readonly finished: boolean;
}

async function storedMigrations(database: Database): Promise<StoredMigration[]> {
  const [table] = await database.withTrips(
    null,
    (trip) => trip.$queryRaw<{ readable: boolean | null }[]>`
    SELECT has_column_privilege(to_regclass('public._prisma_migrations'), 'migration_name', 'SELECT') AS readable`,
  );
  if (table?.readable !== true) return [];
  return database.withTrips(
    null,
    (trip) => trip.$queryRaw<StoredMigration[]>`
    SELECT migration_name AS name, finished_at IS NOT NULL AS finished FROM _prisma_migrations
    WHERE rolled_back_at IS NULL ORDER BY migration_name`,
  );
}
