import { PrismaPg } from '@prisma/adapter-pg';
import { Prisma, PrismaClient } from './generated/client.ts';

/** A transaction that sees one organization only. */
export type Transaction = Prisma.TransactionClient;

export interface DatabaseOptions {
  /** Address with the role to log in as: fleet_app, fleet_scheduler or fleet_keys. */
  readonly url: string;
  /** Connections at most. */
  readonly poolSize?: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName?: string;
}

export interface Database {
  /** Without an organization: for the scheduler and keys roles, whose policies need none. As fleet_app it sees nothing. */
  readonly prisma: PrismaClient;
  /** Runs `work` in one transaction in which row-level security shows this organization's rows and no other's. Never call a provider inside. */
  withOrganization<T>(organizationId: string, work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** Throws when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Longest wait for a connection of the pool, and longest transaction, in milliseconds. */
const maxWaitMs = 10_000;
const transactionTimeoutMs = 60_000;

/** Opens a pool of connections; nothing is connected until the first query. */
export function createDatabase(options: DatabaseOptions): Database {
  const adapter = new PrismaPg({
    connectionString: options.url,
    max: options.poolSize ?? 10,
    application_name: options.applicationName ?? 'evidence-fleet',
    connectionTimeoutMillis: maxWaitMs,
    keepAlive: true,
    allowExitOnIdle: true,
  });
  const prisma = new PrismaClient({ adapter, errorFormat: 'minimal' });
  return {
    prisma,
    withOrganization: (organizationId, work) =>
      prisma.$transaction(
        async (transaction) => {
          await transaction.$executeRaw`SELECT set_config('app.organization_id', ${organizationId}, true)`;
          return work(transaction);
        },
        { maxWait: maxWaitMs, timeout: transactionTimeoutMs },
      ),
    async ping() {
      await prisma.$queryRaw`SELECT 1`;
    },
    close: () => prisma.$disconnect(),
  };
}

export { Prisma };
