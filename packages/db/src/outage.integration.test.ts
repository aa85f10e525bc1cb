import {
  createTestOrganization,
  startBlackHole,
  startDatabase,
  type TestDatabase,
  until,
} from '@evidence-fleet/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createDatabase, type Database, DatabaseAwayError, type ModelTransaction } from './index.ts';

const patienceMs = 1_000;

describe('an outage of the database is told from a defect', () => {
  let urls: TestDatabase;
  let database: Database;
  let organizationId: string;

  beforeAll(async () => {
    urls = await startDatabase();
    database = createDatabase({ url: urls.app, poolSize: 2, patienceMs });
  });
  beforeEach(async () => {
    ({ organizationId } = await createTestOrganization(database));
  });
  afterAll(async () => {
    await database.close();
    await urls.close();
  });

  const within = (work: (transaction: ModelTransaction) => Promise<unknown>, from: Database = database) =>
    from.withOrganization(organizationId, work);
  const ask = (transaction: ModelTransaction) => transaction.$queryRaw`SELECT 1`;

  it.each(['fast', 'immediate'] as const)('stopped %s in the middle of a transaction, away, and back', async (mode) => {
    const interrupted = within(async (transaction) => {
      await ask(transaction);
      await urls.postgres.stop(mode);
      await ask(transaction);
    });
    await expect(interrupted).rejects.toBeInstanceOf(DatabaseAwayError);
    await expect(within(ask)).rejects.toBeInstanceOf(DatabaseAwayError);
    await urls.postgres.start();
    await within(ask);
  });

  it('stopped while a statement is under way', async () => {
    const interrupted = within((transaction) => transaction.$queryRaw`SELECT pg_sleep(20)::text`);
    const said = expect(interrupted).rejects.toBeInstanceOf(DatabaseAwayError);
    await within(ask);
    await urls.postgres.stop('fast');
    await said;
    await urls.postgres.start();
    await within(ask);
  });

  it('and a statement that is too slow is ended before its silence passes for an outage', async () => {
    const limit = await within(
      (transaction) => transaction.$queryRaw`SELECT current_setting('statement_timeout') AS limit`,
    );
    expect(limit).toEqual([{ limit: '25s' }]);
    const tooSlow = within(async (transaction) => {
      await transaction.$executeRaw`SET LOCAL statement_timeout = '100ms'`;
      await transaction.$queryRaw`SELECT pg_sleep(5)::text`;
    });
    await expect(tooSlow).rejects.not.toBeInstanceOf(DatabaseAwayError);
  });

  it('no connection of the pool comes free', async () => {
    const { promise: held, resolve: free } = Promise.withResolvers<void>();
    const holders = [1, 2].map(() => within(() => held));
    await expect(within(ask)).rejects.toBeInstanceOf(DatabaseAwayError);
    free();
    await Promise.all(holders);
    await within(ask);
  });

  it('broken off where two wait for each other, and the other one goes on', async () => {
    const patient = createDatabase({ url: urls.app, poolSize: 2 }); // longer than Postgres takes to notice
    const begun = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const lockBoth = (first: number, second: number) =>
      patient.withStatements(organizationId, async (transaction) => {
        await transaction.$executeRaw`SELECT pg_advisory_xact_lock(${first}::int)`;
        begun[first]?.resolve();
        await begun[second]?.promise;
        await transaction.$executeRaw`SELECT pg_advisory_xact_lock(${second}::int)`;
      });
    const ends = await Promise.allSettled([lockBoth(0, 1), lockBoth(1, 0)]);
    expect(ends.flatMap((end) => (end.status === 'rejected' ? [end.reason.name] : []))).toEqual(['DatabaseAwayError']);
    await patient.close();
  });

  it('leaves no lock to those who stood in line behind it', async () => {
    const line = await startBlackHole(urls.postgres.port);
    const url = new URL(urls.app);
    url.port = String(line.port);
    const far = createDatabase({ url: url.href, poolSize: 2, patienceMs });
    const superuser = new pg.Client({ connectionString: urls.superuser });
    await superuser.connect();
    const lock = (transaction: ModelTransaction) => transaction.$queryRaw`SELECT pg_advisory_xact_lock(1)::text`;
    const isFree = `SELECT pg_try_advisory_xact_lock(1) AS "isFree"`;
    const { promise: held, resolve: isHeld } = Promise.withResolvers<void>();
    const { promise: never } = Promise.withResolvers<void>();
    try {
      void within(async (transaction) => {
        await lock(transaction);
        isHeld();
        await never;
      }, far).catch(() => {});
      await held;
      void within(lock, far).catch(() => {});
      await until('the next one stands in line', async () => {
        const { rowCount } = await superuser.query(`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'`);
        return rowCount === 1;
      });
      line.swallow();
      const started = performance.now();
      await until('the lock is free', async () => (await superuser.query<{ isFree: boolean }>(isFree)).rows[0]?.isFree);
      expect(performance.now() - started).toBeLessThan(12_000); // the holder's silence, and nobody else's
    } finally {
      await superuser.end();
      await line.close();
      await far.close();
    }
  });

  it('a connection that swallows everything is given up, and the next one is used', async () => {
    const line = await startBlackHole(urls.postgres.port);
    const url = new URL(urls.app);
    url.port = String(line.port);
    const far = createDatabase({ url: url.href, poolSize: 1, patienceMs });
    try {
      await within(ask, far);
      line.swallow();
      const started = performance.now();
      await expect(within(ask, far)).rejects.toBeInstanceOf(DatabaseAwayError);
      expect(performance.now() - started).toBeLessThan(10 * patienceMs);
      await expect(within(ask, far)).rejects.toBeInstanceOf(DatabaseAwayError);
      line.heal();
      await until('the next one answers', () =>
        within(ask, far).then(
          () => true,
          () => false, // the pool's one place may still be held by the connection that is being given up
        ),
      );
    } finally {
      await far.close();
      await line.close();
    }
  });

  it('leaves no lock behind when its client vanished in a transaction', async () => {
    const line = await startBlackHole(urls.postgres.port);
    const url = new URL(urls.app);
    url.port = String(line.port);
    const far = createDatabase({ url: url.href, poolSize: 1, patienceMs });
    const lock = (transaction: ModelTransaction) => transaction.$queryRaw`SELECT 1 FROM integration FOR NO KEY UPDATE`;
    try {
      const vanished = within(async (transaction) => {
        await lock(transaction);
        line.swallow();
        await lock(transaction);
      }, far);
      await expect(vanished).rejects.toBeInstanceOf(DatabaseAwayError);
      const patient = createDatabase({ url: urls.app });
      await within(lock, patient);
      await patient.close();
    } finally {
      await far.close();
      await line.close();
    }
  }, 20_000);

  it('a defect is none', async () => {
    const wrong = within((transaction) => transaction.$queryRaw`SELECT * FROM nowhere`);
    await expect(wrong).rejects.not.toBeInstanceOf(DatabaseAwayError);
    await expect(wrong).rejects.toThrow();
  });
});
