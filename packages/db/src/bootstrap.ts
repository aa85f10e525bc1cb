import { readFile } from 'node:fs/promises';
import pg from 'pg';

/** The roles that log in, each with a password of its own. */
export interface RolePasswords {
  readonly migrator: string;
  readonly app: string;
  readonly scheduler: string;
  readonly keys: string;
}

/**
 * Makes the roles of prisma/roles.sql and sets their passwords; safe to run again.
 * @param superuserUrl address of the fleet's database as a superuser; used here only
 */
export async function bootstrapRoles(superuserUrl: string, passwords: RolePasswords): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    await client.query(await readFile(new URL('../../../prisma/roles.sql', import.meta.url), 'utf8'));
    for (const [role, password] of Object.entries(passwords)) {
      // ALTER ROLE takes no parameters; the server's own quoting makes the statement, which is never logged here.
      const { rows } = await client.query<{ statement: string }>(
        `SELECT format('ALTER ROLE %I PASSWORD %L', 'fleet_' || $1::text, $2::text) AS statement`,
        [role, password],
      );
      await client.query(rows[0]?.statement ?? '');
    }
  } finally {
    await client.end();
  }
}
