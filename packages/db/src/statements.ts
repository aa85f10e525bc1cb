import pg from 'pg';
import { Prisma } from './generated/client.ts';

/**
 * Raw statements of one transaction. One that is asked for before another was answered travels with it: statements that need nothing of each
 * other's answers cost one round trip together. They are carried out in the order in which they were asked for.
 */
export interface Transaction {
  $queryRaw<T = unknown>(text: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<T>;
  /** @returns rows changed */
  $executeRaw(text: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<number>;
}

const int8 = 20;
const types: pg.CustomTypesConfig = {
  // As Prisma reads them: a bigint is one.
  getTypeParser: (oid, format) => (Number(oid) === int8 ? BigInt : pg.types.getTypeParser(oid, format)),
};

/**
 * Runs raw statements in one transaction on a connection of the pool that Prisma uses, without Prisma's own work for each of them
 * (docs/decisions/0014). The pool's clients are in pipeline mode: the beginning travels with the first statement.
 * @param begin opens the transaction and makes its settings, by the simple protocol
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  begin: string,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  const statements = openStatements(client);
  const begun = client.query(begin).catch(statements.fail);
  try {
    const result = await work(statements);
    statements.end();
    await begun;
    const { command } = await client.query('COMMIT');
    if (command !== 'COMMIT') throw statements.failure();
    client.release();
    return result;
  } catch (error) {
    statements.end();
    await client.query('ROLLBACK').then(
      () => client.release(),
      () => client.release(true),
    );
    throw isConsequence(error) ? statements.failure() : error;
  }
}

interface Statements extends Transaction {
  /** Notes a failure: of those that fail after it, it is the cause. */
  fail(error: unknown): void;
  failure(): unknown;
  /** No more statements: the connection will be another's. */
  end(): void;
}

function openStatements(client: pg.PoolClient): Statements {
  let isOver = false;
  let first: unknown = null;
  const fail = (error: unknown) => {
    first ??= error;
  };
  const ask = async (text: TemplateStringsArray | Prisma.Sql, values: unknown[]) => {
    if (isOver) throw new Error('The transaction is over.');
    const sql = text instanceof Prisma.Sql ? text : Prisma.sql(text, ...values);
    try {
      return await client.query({ text: sql.text, values: sql.values, types });
    } catch (error) {
      fail(error);
      throw error;
    }
  };
  return {
    $queryRaw: async <T>(text: TemplateStringsArray | Prisma.Sql, ...values: unknown[]) =>
      (await ask(text, values)).rows as T, // as the caller's statement says
    $executeRaw: async (text, ...values) => (await ask(text, values)).rowCount ?? 0,
    fail,
    failure: () => first ?? new Error('The transaction was rolled back.'),
    end() {
      isOver = true;
    },
  };
}

/** PostgreSQL refuses every statement behind one that failed. */
function isConsequence(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === '25P02';
}
