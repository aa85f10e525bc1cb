import { randomBytes } from 'node:crypto';
import { bootstrapRoles, migrate } from '@evidence-fleet/db';
import pg from 'pg';
import { findTemplate, type Template } from './database-template.ts';
import { type Postgres, type PostgresOptions, startPostgres } from './postgres.ts';

/** Addresses of one migrated database, a role each. */
export interface DatabaseUrls {
  readonly app: string;
  readonly scheduler: string;
  readonly keys: string;
  readonly migrator: string;
  /** For tests that look behind the policies. */
  readonly superuser: string;
}

export interface TestDatabase extends DatabaseUrls {
  readonly postgres: Postgres;
  close(): Promise<void>;
}

const databaseName = 'fleet';

/**
 * A private PostgreSQL with roles and every migration applied: a fresh database for one test file. The first test file of a run makes it,
 * the others begin with a copy.
 */
export async function startDatabase(options: PostgresOptions = {}): Promise<TestDatabase> {
  const template = options.directory === undefined ? await findTemplate(makeTemplate) : undefined;
  const postgres = await startPostgres({ ...options, ...template });
  try {
    const urls =
      template === undefined
        ? await createDatabase(postgres, databaseName)
        : urlsOf(postgres, databaseName, template.password);
    return { ...urls, postgres, close: () => postgres.close() };
  } catch (error) {
    await postgres.close();
    throw error;
  }
}

async function makeTemplate({ copyOf: directory, password }: Template): Promise<void> {
  const postgres = await startPostgres({ directory, password });
  try {
    await createDatabase(postgres, databaseName, password);
  } finally {
    await postgres.close();
  }
}

/** Makes the database with roles if it is missing, and applies what migrations it lacks. */
export async function createDatabase(
  postgres: Postgres,
  name: string,
  password = randomBytes(16).toString('hex'),
): Promise<DatabaseUrls> {
  await createIfMissing(postgres.superuserUrl('postgres'), name);
  const urls = urlsOf(postgres, name, password);
  await bootstrapRoles(urls.superuser, { migrator: password, app: password, scheduler: password, keys: password });
  await migrate(urls.migrator);
  return urls;
}

function urlsOf({ host, port, superuserUrl }: Postgres, name: string, password: string): DatabaseUrls {
  const url = (role: string) => `postgresql://fleet_${role}:${password}@${host}:${port}/${name}`;
  return {
    ...{ app: url('app'), scheduler: url('scheduler'), keys: url('keys'), migrator: url('migrator') },
    superuser: superuserUrl(name),
  };
}

async function createIfMissing(superuserUrl: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0)
      await client.query(
        `CREATE DATABASE ${client.escapeIdentifier(name)} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'`,
      );
  } finally {
    await client.end();
  }
}
