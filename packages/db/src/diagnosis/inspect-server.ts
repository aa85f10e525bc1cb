import type { Database } from '../database.ts';

/** What the server says of itself, and of the role that asks. */
export interface ServerReport {
  /** e.g. `17.2` */
  readonly version: string;
  /** e.g. 170002 */
  readonly versionNumber: number;
  readonly role: string;
  /** The role is fleet_app, or may act as it. */
  readonly actsAsApp: boolean;
  /** Where the server itself listens: another port than that of the address means that something stands between. Null: a Unix socket. */
  readonly port: number | null;
  readonly connections: number;
  readonly maxConnections: number;
  /** What was confirmed survives a crash: fsync and synchronous_commit are on. */
  readonly isDurable: boolean;
}

/** One look at the server, as any role. @throws DatabaseAwayError */
export async function inspectServer(database: Database): Promise<ServerReport> {
  const [report] = await database.withTrips(
    null,
    (trip) => trip.$queryRaw<ServerReport[]>`
    SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS "versionNumber",
      current_user::text AS role, inet_server_port() AS port,
      EXISTS (SELECT FROM pg_roles r WHERE rolname = 'fleet_app' AND pg_has_role(current_user, r.oid, 'USAGE')) AS "actsAsApp",
      (SELECT sum(numbackends)::int FROM pg_stat_database) AS connections,
      current_setting('max_connections')::int AS "maxConnections",
      current_setting('fsync') = 'on' AND current_setting('synchronous_commit') <> 'off' AS "isDurable"`,
  );
  if (report === undefined) throw new Error('a server always tells its settings');
  return report;
}

/** The database's clock, in milliseconds since the epoch. @throws DatabaseAwayError */
export async function readDatabaseClock(database: Database): Promise<number> {
  const [row] = await database.withTrips(
    null,
    (trip) => trip.$queryRaw<{ now: number }[]>`SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now`,
  );
  return row?.now ?? Number.NaN;
}
