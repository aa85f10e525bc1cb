import pg from 'pg';
import { serialize } from 'pg-protocol';
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

/** What pg makes of a value for the server; its types do not tell. */
const { prepareValue } = (pg as unknown as { utils: { prepareValue(value: unknown): Buffer | string | null } }).utils;

interface Freight {
  readonly statements: readonly Prisma.Sql[];
  readonly isNamed: boolean;
}

/** Where statements travel. */
export interface Way {
  readonly pool: pg.Pool;
  /** Said first in each transaction. */
  readonly settings: Prisma.Sql;
  /** Whether the server knows a statement by its name again; behind a pooler that hands connections on it may not. */
  readonly isNamed: boolean;
}

/** Several statements as one query of pg: one message to the server, and one transaction unless they stand in one already. */
class Trip extends pg.Query {
  readonly #statements: readonly Prisma.Sql[];
  readonly #isNamed: boolean;
  #end = () => {};

  constructor({ statements, isNamed }: Freight, done: (error: Error | null, results: unknown) => void) {
    super({ text: '', types } as pg.QueryConfig, (error, results) => {
      this.#end();
      done(error ?? null, results);
    });
    this.#statements = statements;
    this.#isNamed = isNamed;
  }

  /** @returns why nothing is sent: a value that cannot be */
  override submit = (connection: pg.Connection): Error | null => {
    const parsing = new Set<string>();
    try {
      const parsed = parsedOn(connection);
      const messages = this.#statements.flatMap((statement) => {
        const name = this.#isNamed ? nameOf(statement.text) : unnamed;
        const isKnown = parsed.has(name) || parsing.has(name);
        if (!isKnown && name !== unnamed) parsing.add(name);
        return messagesOf(statement, name, isKnown);
      });
      this.#end = notingParsed(connection, [...parsing]);
      connection.stream.write(Buffer.concat([...messages, serialize.sync()]));
      return null;
    } catch (error) {
      return error as Error;
    }
  };
}

function messagesOf({ text, values }: Prisma.Sql, name: string, isKnown: boolean): Buffer[] {
  return [
    ...(isKnown ? [] : [serialize.parse({ name, text })]),
    serialize.bind({ statement: name, values: values.map(prepareValue) }),
    serialize.describe({ type: 'P' }),
    serialize.execute(),
  ];
}

/** By its name the server knows a statement again: it is parsed and planned once a connection. */
const names = new Map<string, string>();
const mostNames = 500;
const unnamed = '';

/** @returns `unnamed` where there are too many already: texts that hardly come again would fill the server's memory */
function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  if (names.size === mostNames) return unnamed;
  const name = `s${names.size}`;
  names.set(text, name);
  return name;
}

const parsedNames = new WeakMap<pg.Connection, Set<string>>();

/** The named statements that the server has of a connection. */
function parsedOn(connection: pg.Connection): Set<string> {
  const parsed = parsedNames.get(connection) ?? new Set();
  parsedNames.set(connection, parsed);
  return parsed;
}

/** Where a statement fails the server has parsed those before it, also if what they did is taken back. @returns ends the listening */
function notingParsed(connection: pg.Connection, parsing: string[]): () => void {
  if (parsing.length === 0) return () => {};
  const parsed = parsedOn(connection);
  const note = () => {
    const name = parsing.shift(); // in the order in which they were sent
    if (name !== undefined) parsed.add(name);
  };
  connection.on('parseComplete', note);
  return () => connection.off('parseComplete', note);
}

function travel(client: pg.ClientBase, freight: Freight): Promise<pg.QueryResult[]> {
  return new Promise((resolve, reject) => {
    client.query(
      new Trip(freight, (error, results) => {
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

/** What is asked for together is a transaction of its own; where statements build on each other's answers, each trip is one. */
export function together({ pool, settings, isNamed }: Way): Transaction {
  return collecting(async (statements) => {
    const client = await pool.connect();
    try {
      const [, ...results] = await travel(client, { statements: [settings, ...statements], isNamed });
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
  { pool, settings, isNamed }: Way,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let isBegun = false;
  let isOver = false;
  const transaction = collecting(async (statements) => {
    if (isOver) throw new Error('The transaction is over.'); // the connection is another's by now
    if (isBegun) return travel(client, { statements, isNamed });
    isBegun = true;
    const [, , ...results] = await travel(client, { statements: [begin, settings, ...statements], isNamed });
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
