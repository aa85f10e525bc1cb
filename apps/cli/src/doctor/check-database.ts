import {
  type Database,
  inspectServer,
  inspectTenancy,
  type MigrationState,
  type PoolerReport,
  probePooler,
  readMigrationState,
  type ServerReport,
  type TenancyReport,
} from '@evidence-fleet/db';
import { type Check, fail, ok, placeOf, warn } from './check.ts';

const defaultPort = 5432;
const oldestVersion = 150_000;

/** Reachability and version, migrations, roles, row security, connections and whatever stands between. @throws DatabaseAwayError and others */
export async function* checkDatabase(url: string, database: Database): AsyncGenerator<Check> {
  const server = await inspectServer(database);
  yield aboutServer(server, placeOf(url, defaultPort));
  const migrations = await readMigrationState(database);
  yield aboutMigrations(migrations);
  yield aboutRole(server);
  // Without tables there is nothing to be kept apart.
  if (migrations.applied > 0) yield* aboutTenancy(await inspectTenancy(database), server);
  yield aboutConnections(server);
  yield aboutPooler(await probePooler(database), server, Number(new URL(url).port || defaultPort));
  yield server.isDurable
    ? ok('durability', 'fsync and synchronous_commit are on')
    : warn(
        'durability',
        'fsync or synchronous_commit is off: a crash of PostgreSQL loses what it had confirmed',
        'Turn both on, unless this fleet is a trial.',
      );
}

function aboutServer({ version, versionNumber }: ServerReport, place: string): Check {
  if (versionNumber < oldestVersion)
    return fail('database', `PostgreSQL ${version} at ${place}`, 'Move to PostgreSQL 15 or newer.');
  return ok('database', `PostgreSQL ${version} at ${place}`);
}

function aboutMigrations({ applied, pending, failed, newer }: MigrationState): Check {
  if (failed.length > 0) {
    return fail(
      'migrations',
      `begun and not finished: ${failed.join(', ')}`,
      'Read in the log of `fleet migrate` what stopped it, mend that, and run it again before anything else starts.',
    );
  }
  if (pending.length > 0) {
    return fail(
      'migrations',
      `${pending.length} missing: ${pending.join(', ')}`,
      'Run `fleet migrate` (MIGRATOR_DATABASE_URL), then start workers and schedulers of this release.',
    );
  }
  if (newer.length > 0) {
    return warn(
      'migrations',
      `all applied, and ${newer.length} of a newer release: ${newer.join(', ')}`,
      'Use the `fleet` of the release that workers run.',
    );
  }
  return ok('migrations', `all ${applied} applied`);
}

function aboutRole({ role, actsAsApp }: ServerReport): Check {
  if (actsAsApp) return ok('role', `logged in as ${role}`);
  return fail(
    'role',
    `logged in as ${role}, for which no policy of the fleet is made`,
    'Let DATABASE_URL name fleet_app; `fleet migrate --bootstrap` makes that role and sets its password.',
  );
}

function* aboutTenancy(report: TenancyReport, { role }: ServerReport): Generator<Check> {
  const { missingRoles, exemptRoles, unprotectedTables, seesNothingUnasked } = report;
  if (exemptRoles.length > 0) {
    yield fail(
      'roles',
      `superuser, or exempt from row security: ${exemptRoles.join(', ')}`,
      `As a superuser: ALTER ROLE … NOSUPERUSER NOBYPASSRLS.${exemptRoles.includes(role) ? ' Let DATABASE_URL name fleet_app.' : ''}`,
    );
  } else if (missingRoles.length > 0) {
    yield fail('roles', `missing: ${missingRoles.join(', ')}`, 'Run `fleet migrate --bootstrap`.');
  } else {
    yield ok('roles', 'all there; none is a superuser or exempt from row security');
  }
  if (unprotectedTables.length > 0) {
    yield fail(
      'row security',
      `not in force for ${role} on ${listed(unprotectedTables)}`,
      'Tenants are not kept apart. Log in as fleet_app; where that is so already, ALTER TABLE … ENABLE, and FORCE, ROW LEVEL SECURITY.',
    );
  } else if (!seesNothingUnasked) {
    yield fail(
      'row security',
      `${role} may not read integrations, or sees those of every organization`,
      'Compare its policies and grants with prisma/migrations: nothing but an organization that was asked for may be shown.',
    );
  } else {
    yield ok('row security', 'forced on every table, and tried: without an organization nothing is shown');
  }
}

function aboutConnections({ connections, maxConnections }: ServerReport): Check {
  const finding = `${connections} of ${maxConnections} in use`;
  if (connections < maxConnections * 0.8) return ok('connections', finding);
  return warn(
    'connections',
    finding,
    'Raise max_connections above what all workers open (slots plus 4 each, 40 at most), or put a pooler in transaction mode before it.',
  );
}

function aboutPooler(report: PoolerReport, { port }: ServerReport, addressPort: number): Check {
  switch (report.kind) {
    case 'splits_transactions':
      return fail(
        'pooler',
        'a transaction does not stay on one connection, so the tenant set for it may be lost',
        'Set the pooler to transaction mode (PgBouncer: pool_mode = transaction).',
      );
    case 'forgets_statements':
      return fail(
        'pooler',
        'named statements of one connection are not known on the next',
        'Use PgBouncer 1.21 or newer with max_prepared_statements of at least 500, or add prepared_statements=false to the parameters of the address.',
      );
    case 'fits': {
      const isBetween = report.backends > 2 || (port !== null && port !== addressPort);
      return ok(
        'pooler',
        isBetween
          ? 'something stands before PostgreSQL; it keeps transactions together and named statements known'
          : 'none to be seen',
      );
    }
  }
  return report satisfies never;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
