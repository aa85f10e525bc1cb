import type { Database } from '../database.ts';
import { uuid } from '../uuid.ts';

/** What stands between this process and the server does with a connection. */
export type PoolerReport =
  | { readonly kind: 'fits' /** Server processes that answered. */; readonly backends: number }
  /** It hands a connection on before a transaction is over. */
  | { readonly kind: 'splits_transactions' }
  /** It does not know the named statements of one connection on another. */
  | { readonly kind: 'forgets_statements' };

const rounds = 8;
/** No such prepared statement; one of that name is there already: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const statementCodes = /^(26000|42P05)$/;

/** Tries what every run relies on, several times and two at once: the tenant set for a transaction, and named statements. @throws DatabaseAwayError */
export async function probePooler(database: Database): Promise<PoolerReport> {
  const backends = new Set<number>();
  try {
    for (let round = 0; round < rounds; round += 1) {
      const kept = await Promise.all([keepsTenant(database, backends), keepsTenant(database, backends)]);
      if (kept.includes(false)) return { kind: 'splits_transactions' };
    }
  } catch (error) {
    if (statementCodes.test(String((error as { code?: unknown }).code))) return { kind: 'forgets_statements' };
    throw error;
  }
  return { kind: 'fits', backends: backends.size };
}

async function keepsTenant(database: Database, backends: Set<number>): Promise<boolean> {
  const organizationId = uuid();
  return database.withStatements(organizationId, async (transaction) => {
    const ask = () => transaction.$queryRaw<{ tenant: string; pid: number }[]>`
      SELECT current_setting('app.organization_id', true) AS tenant, pg_backend_pid() AS pid`;
    const [[first], [second]] = [await ask(), await ask()];
    if (first !== undefined) backends.add(first.pid);
    return first?.tenant === organizationId && second?.tenant === organizationId && first.pid === second.pid;
  });
}
