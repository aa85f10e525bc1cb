import type { Database } from '../database.ts';

/** The roles of prisma/roles.sql. */
const expectedRoles = ['fleet_owner', 'fleet_migrator', 'fleet_app', 'fleet_scheduler', 'fleet_keys'];

/** Whether tenants are kept apart, as the role that asks finds it. */
export interface TenancyReport {
  readonly missingRoles: readonly string[];
  /** Roles of the fleet, or the one that asks, for which no policy counts: superusers, and those that bypass row security. */
  readonly exemptRoles: readonly string[];
  /** Tables that show this role more than one organization. */
  readonly unprotectedTables: readonly string[];
  /** Tried: without an organization this role is shown none. False also where it may not read at all. */
  readonly seesNothingUnasked: boolean;
}

/** Needs migrated tables. @throws DatabaseAwayError */
export async function inspectTenancy(database: Database): Promise<TenancyReport> {
  const [report] = await database.withTrips(
    null,
    (trip) => trip.$queryRaw<Omit<TenancyReport, 'seesNothingUnasked'>[]>`
    SELECT ARRAY(SELECT name FROM unnest(${expectedRoles}::text[]) AS name
        WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)) AS "missingRoles",
      ARRAY(SELECT rolname::text FROM pg_roles
        WHERE (rolname = ANY(${expectedRoles}::text[]) OR rolname = current_user) AND (rolsuper OR rolbypassrls)
        ORDER BY 1) AS "exemptRoles",
      ARRAY(SELECT relname::text FROM pg_class c
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname <> '_prisma_migrations'
          AND NOT (relforcerowsecurity AND row_security_active(c.oid)) ORDER BY 1) AS "unprotectedTables"`,
  );
  if (report === undefined) throw new Error('a catalogue always answers');
  return { ...report, seesNothingUnasked: await seesNothing(database) };
}

async function seesNothing(database: Database): Promise<boolean> {
  const [may] = await database.withTrips(
    null,
    (trip) => trip.$queryRaw<{ read: boolean | null }[]>`
    SELECT has_table_privilege(to_regclass('public.integration'), 'SELECT') AS read`,
  );
  if (may?.read !== true) return false;
  const [row] = await database.withTrips(
    null,
    (trip) => trip.$queryRaw<{ sees: boolean }[]>`SELECT EXISTS (SELECT FROM integration) AS sees`,
  );
  return row?.sees === false;
}
