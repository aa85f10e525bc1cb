import pg from 'pg';
import { Prisma } from './generated/client.ts';

/**
 * Raw statements. Those that are asked for before the first of them is answered travel together, one round trip for all, and are carried out
 * in that order; where one fails, all of them do.
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

/** Several statements as one query of pg: one message to the server, and one transaction unless they stand in one already. */
class Trip extends pg.Query {
  readonly #statements: readonly Prisma.Sql[];

  constructor(statements: readonly Prisma.Sql[], done: (error: Error | null, results: unknown) => void) {
    super({ text: '', types } as pg.QueryConfig, (error, results) => done(error ?? null, results));
    this.#statements = statements;
  }

  override submit = (connection: pg.Connection): void => {
    const unended: pg.Connection = Object.create(connection, { sync: { value: () => {} } }); // the last one ends it for all
    connection.stream.cork();
    for (const { text, values } of this.#statements)
      new pg.Query({ text, values, queryMode: 'extended' } as pg.QueryConfig, (error) => {
        if (error) connection.stream.destroy(error); // a value that cannot be sent: nothing of the trip may count
      }).submit(unended);
    connection.sync();
    connection.stream.uncork();
  };
}

function travel(client: pg.ClientBase, statements: readonly Prisma.Sql[]): Promise<pg.QueryResult[]> {
  return new Promise((resolve, reject) => {
    client.query(
      new Trip(statements, (error, results) => {
        if (error) reject(error);
        else resolve((Array.isArray(results) ? results : [results]) as pg.QueryResult[]); // pg gives a single one as it is
      }),
    );
  });
}

/** Statements that wait for the others that are asked for in the same turn. */
function collecting(send: (statements: readonly Prisma.Sql[]) => Promise<pg.QueryResult[]>): Transaction {
  let waiting: { sql: Prisma.Sql; resolve: (result: pg.QueryResult) => void; reject: (error: unknown) => void }[] = [];
  const flush = () => {
    const asked = waiting;
    waiting = [];
    send(asked.map(({ sql }) => sql)).then(
      (results) => {
        for (const [index, { resolve }] of asked.entries()) resolve(results[index] as pg.QueryResult); // one each
      },
      (error) => {
        for (const { reject } of asked) reject(error);
      },
    );
  };
  const ask = (text: TemplateStringsArray | Prisma.Sql, values: unknown[]) =>
    new Promise<pg.QueryResult>((resolve, reject) => {
      if (waiting.length === 0) process.nextTick(flush);
      waiting.push({ sql: text instanceof Prisma.Sql ? text : Prisma.sql(text, ...values), resolve, reject });
    });
  return {
    $queryRaw: async <T>(text: TemplateStringsArray | Prisma.Sql, ...values: unknown[]) =>
      (await ask(text, values)).rows as T, // as the caller's statement says
    $executeRaw: async (text, ...values) => (await ask(text, values)).rowCount ?? 0,
  };
}

/**
 * What is asked for together is a transaction of its own; where statements build on each other's answers, each trip is one.
 * @param settings come first in each
 */
export function together(pool: pg.Pool, settings: Prisma.Sql): Transaction {
  return collecting(async (statements) => {
    const client = await pool.connect();
    try {
      const [, ...results] = await travel(client, [settings, ...statements]);
      client.release();
      return results;
    } catch (error) {
      client.release(isLost(error));
      throw error;
    }
  });
}

/** All that `work` asks for in one transaction, in as many trips as its statements need. */
export async function inTransaction<T>(
  pool: pg.Pool,
  settings: Prisma.Sql,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let isBegun = false;
  let isOver = false;
  const transaction = collecting(async (statements) => {
    if (isOver) throw new Error('The transaction is over.'); // the connection is another's by now
    if (isBegun) return travel(client, statements);
    isBegun = true;
    const [, , ...results] = await travel(client, [begin, settings, ...statements]);
    return results;
  });
  try {
    const result = await work(transaction);
    isOver = true;
    const ended = isBegun ? await client.query('COMMIT') : null;
    if (ended !== null && ended.command !== 'COMMIT') throw new Error('A statement failed that nobody waited for.');
    client.release();
    return result;
  } catch (error) {
    isOver = true;
    await client.query('ROLLBACK').then(
      () => client.release(),
      () => client.release(true),
    );
    throw error;
  }
}

const begin = Prisma.sql`BEGIN`;

/** The server itself answers with a code of five characters; whatever else went wrong, the connection is not to be used again. */
function isLost(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return !(typeof code === 'string' && /^(?!57P|08)[0-9A-Z]{5}$/.test(code));
}
