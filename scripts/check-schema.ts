// `npm run check:schema`: the migrations make what prisma/schema.prisma describes, and no tenant table is without forced row security.
import { readFile } from 'node:fs/promises';
import { startDatabase } from '@evidence-fleet/testbed';
import pg from 'pg';
import { createSchemaEngine, noFilters } from '../packages/db/src/schema-engine.ts';

const server = await startDatabase();
let failures: string[] = [];
try {
  const described = await databaseFromSchema();
  failures = [...difference(described, await shapeOf(server.superuser)), ...(await unprotected(server.superuser))];
} finally {
  await server.close();
}
for (const failure of failures) console.error(failure);
if (failures.length > 0) {
  console.error('prisma/schema.prisma and prisma/migrations do not agree. Write a migration, or mend the schema.');
  process.exit(1);
}

/** The shape of a second database, made from the schema alone. */
async function databaseFromSchema(): Promise<Set<string>> {
  const admin = new pg.Client({ connectionString: server.superuser });
  await admin.connect();
  await admin.query('CREATE DATABASE described');
  await admin.end();
  const url = server.postgres.superuserUrl('described');
  const engine = await createSchemaEngine(url);
  const content = await readFile(new URL('../prisma/schema.prisma', import.meta.url), 'utf8');
  const { stdout } = await engine.diff({
    from: { tag: 'empty' },
    to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content }] },
    script: true,
    exitCode: null,
    filters: noFilters,
  });
  engine.free();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(stdout ?? '');
  await client.end();
  return shapeOf(url);
}

/** Columns, keys and enum values, one line each. Indexes that Prisma cannot express exist in the migrations only, so those are left out. */
async function shapeOf(url: string): Promise<Set<string>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ line: string }>(`
    SELECT format('column %s.%s %s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
      CASE WHEN a.attnotnull THEN ' not null' END, ' default ' || pg_get_expr(d.adbin, d.adrelid)) AS line
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
      AND c.relname <> '_prisma_migrations'
    UNION ALL
    SELECT format('constraint %s %s', conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'f', 'u') AND conrelid::regclass::text <> '_prisma_migrations'
    UNION ALL
    SELECT format('index %s %s', tablename, regexp_replace(indexdef, '^.* USING ', '')) FROM pg_indexes
    WHERE schemaname = 'public' AND indexname LIKE ANY (ARRAY['%\\_idx', '%\\_key']) AND tablename <> '_prisma_migrations'
    UNION ALL
    SELECT format('enum %s %s', t.typname, e.enumlabel) FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid`);
  await client.end();
  return new Set(rows.map(({ line }) => line));
}

function difference(described: Set<string>, migrated: Set<string>): string[] {
  return [
    ...[...described.difference(migrated)].map((line) => `only in schema.prisma: ${line}`),
    ...[...migrated.difference(described)].map((line) => `only in migrations:    ${line}`),
  ];
}

async function unprotected(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ relname: string }>(`
    SELECT relname FROM pg_class c
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname <> '_prisma_migrations'
      AND NOT (relrowsecurity AND relforcerowsecurity
        AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND 'fleet_app'::regrole = ANY (p.polroles)))`);
  await client.end();
  return rows.map(({ relname }) => `table without forced row security for fleet_app: ${relname}`);
}
