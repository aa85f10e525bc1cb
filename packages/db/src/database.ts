import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { Prisma, PrismaClient } from './generated/client.ts';
import { createMortalSocket, DatabaseAwayError, isOutage } from './outage.ts';
import { inTransaction, type Transaction, together, type Way } from './statements.ts';

/** A transaction with Prisma's models, which may do whatever one of raw statements may. */
export type ModelTransaction = Prisma.TransactionClient;

export interface DatabaseOptions {
  /**
   * Address with the role to log in as: fleet_app, fleet_scheduler or fleet_keys. With `prepared_statements=false` among its parameters no
   * statement is known by a name, for poolers that know none.
   */
  readonly url: string;
  /** Connections at most. */
  readonly poolSize?: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName?: string;
  /** A connection on which nothing was heard for so long is given up, and so is the wait for a free one; milliseconds. */
  readonly patienceMs?: number;
}

/** The connections of one pool at a moment. */
export interface PoolUse {
  /** Open, and open without work. */
  readonly open: number;
  readonly idle: number;
  /** Who waits for a connection. */
  readonly waiting: number;
  readonly limit: number;
}

export interface Database {
  /** Without an organization: for the scheduler and keys roles, whose policies need none. As fleet_app it sees nothing. */
  readonly prisma: PrismaClient;
  /**
   * Runs `work` in one transaction in which row-level security shows this organization's rows and no other's. Never call a provider inside.
   * @throws DatabaseAwayError
   */
  withOrganization<T>(organizationId: string, work: (transaction: ModelTransaction) => Promise<T>): Promise<T>;
  /**
   * The same for raw statements alone, at a fraction of the cost: for what every run does.
   * @param organizationId null: as the scheduler's role, whose policies need none
   * @throws DatabaseAwayError
   */
  withStatements<T>(organizationId: string | null, work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /**
   * The same where every round trip may be a transaction of its own: what `work` asks for together succeeds or fails together, and costs
   * one.
   * @throws DatabaseAwayError
   */
  withTrips<T>(organizationId: string | null, work: (trips: Transaction) => Promise<T>): Promise<T>;
  /** Throws when the database does not answer. */
  ping(): Promise<void>;
  /** How its connections are used. Asks nobody. */
  poolUse(): PoolUse;
  close(): Promise<void>;
}

/** Longest wait for a connection of the pool, longest silence on one, and longest transaction, in milliseconds. */
const maxWaitMs = 10_000;
const longestSilenceMs = 30_000;
const transactionTimeoutMs = 60_000;

/**
 * A client that vanishes in the middle of a transaction leaves its locks behind, and whoever takes over its run waits for them: the server
 * ends a transaction that has heard nothing for as long as a lease. It also ends a statement before its silence would pass for an outage:
 * one that is too slow is a defect, and must cost an attempt. Nobody waits for a lock for as long as its holder may be silent: of a worker that
 * has vanished, every transaction that stood in line would inherit the lock and keep it for another while. Said in each transaction, because
 * poolers refuse it at the start.
 */
const endIfAbandoned = Prisma.sql`set_config('idle_in_transaction_session_timeout', '8s', true),
  set_config('lock_timeout', '7s', true), set_config('statement_timeout', '25s', true)`;

function settingsOf(organizationId: string | null): Prisma.Sql {
  return Prisma.sql`SELECT set_config('app.organization_id', ${organizationId ?? ''}, true), ${endIfAbandoned}`;
}

/**
 * Of raw statements, which come again and again: each is planned once a connection, whatever its values. Planning took four times as long as
 * carrying out. No statement may read a whole table of all organizations, whatever its size was when it was planned. None
 * starts parallel workers: what a plan for any values takes for long is short, and they cost 6 ms before a row is read.
 */
function statementSettingsOf(organizationId: string | null): Prisma.Sql {
  return Prisma.sql`${settingsOf(organizationId)}, set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),
    set_config('max_parallel_workers_per_gather', '0', true)`;
}

/**
 * Between pool and adapter there are moments in which nobody listens to a connection, and one that breaks just then would end the process.
 * Whoever uses the connection next hears of it all the same.
 */
class HeardClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super(config);
    this.on('error', () => {});
  }
}

/** Opens a pool of connections; nothing is connected until the first query. */
export function createDatabase(options: DatabaseOptions): Database {
  const waitMs = Math.min(options.patienceMs ?? maxWaitMs, maxWaitMs);
  const limit = options.poolSize ?? 10;
  const pool = new pg.Pool({
    connectionString: options.url,
    max: limit,
    application_name: options.applicationName ?? 'evidence-fleet',
    connectionTimeoutMillis: waitMs,
    stream: () => createMortalSocket(options.patienceMs ?? longestSilenceMs),
    Client: HeardClient,
    keepAlive: true,
    allowExitOnIdle: true,
  });
  pool.on('error', () => {}); // an idle connection that breaks: the pool drops it
  const isNamed = new URL(options.url).searchParams.get('prepared_statements') !== 'false';
  const way = (organizationId: string | null): Way => ({
    pool,
    settings: statementSettingsOf(organizationId),
    isNamed,
  });
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: 'minimal' });
  return {
    prisma,
    async withOrganization(organizationId, work) {
      try {
        return await prisma.$transaction(
          async (transaction) => {
            await transaction.$executeRaw`${settingsOf(organizationId)}`;
            return work(transaction);
          },
          { maxWait: waitMs, timeout: transactionTimeoutMs },
        );
      } catch (error) {
        throw isOutage(error) ? new DatabaseAwayError(error) : error;
      }
    },
    async withStatements(organizationId, work) {
      try {
        return await inTransaction(way(organizationId), work);
      } catch (error) {
        throw isOutage(error) ? new DatabaseAwayError(error) : error;
      }
    },
    async withTrips(organizationId, work) {
      try {
        return await work(together(way(organizationId)));
      } catch (error) {
        throw isOutage(error) ? new DatabaseAwayError(error) : error;
      }
    },
    async ping() {
      await prisma.$queryRaw`SELECT 1`;
    },
    poolUse: () => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount, limit }),
    async close() {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}

export { Prisma, type Transaction };
