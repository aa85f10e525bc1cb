import { createTestOrganization, startDatabase, type TestDatabase } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createDatabase, type Database, Prisma, type Transaction } from './database.ts';

describe('statements that travel together', () => {
  let server: TestDatabase;
  /** One connection, so that whatever a trip leaves behind meets the next. */
  let database: Database;
  const organizationIds: string[] = [];

  beforeAll(async () => {
    server = await startDatabase();
    database = createDatabase({ url: server.app, poolSize: 1 });
    for (const _ of [1, 2]) organizationIds.push((await createTestOrganization(database)).organizationId);
  });
  afterAll(async () => {
    await database.close();
    await server.close();
  });

  const own = () => organizationIds[0] ?? '';
  const names = async (transaction: Transaction) => {
    const rows = await transaction.$queryRaw<{ name: string }[]>`SELECT name FROM integration ORDER BY name`;
    return rows.map(({ name }) => name);
  };
  const rename = (transaction: Transaction, name: string) =>
    transaction.$executeRaw`UPDATE integration SET name = ${name} WHERE organization_id = ${own()}::uuid`;
  const fail = (transaction: Transaction) => transaction.$queryRaw`SELECT 1 / 0`;
  beforeEach(() => database.withTrips(own(), (transaction) => rename(transaction, 'before')));

  describe.each(['withTrips', 'withStatements'] as const)('%s', (kind) => {
    const play = <T>(work: (transaction: Transaction) => Promise<T>) => database[kind](own(), work);

    it('answers each statement its own, in the order they were asked for', async () => {
      const answers = await play((transaction) =>
        Promise.all([
          transaction.$queryRaw<{ number: bigint }[]>`SELECT ${1n}::bigint AS number`,
          rename(transaction, 'first'),
          names(transaction),
          transaction.$queryRaw<unknown[]>`SELECT 1 WHERE false`,
          transaction.$queryRaw<{ bytes: Buffer }[]>(Prisma.sql`SELECT ${Buffer.from([0, 255])}::bytea AS bytes`),
        ]),
      );
      expect(answers).toEqual([[{ number: 1n }], 1, ['first'], [], [{ bytes: Buffer.from([0, 255]) }]]);
    });

    it('takes all of them back where one fails, and tells each of it', async () => {
      const told: unknown[] = [];
      const failing = play(async (transaction) => {
        const asked = [rename(transaction, 'lost'), fail(transaction), names(transaction)];
        for (const { status } of await Promise.allSettled(asked)) told.push(status);
        await Promise.all(asked);
      });
      await expect(failing).rejects.toMatchObject({ code: '22012' });
      expect(told).toEqual(['rejected', 'rejected', 'rejected']);
      expect(await play(names)).toEqual(['before']);
    });

    it('sends nothing of a trip with a value that cannot be sent, and goes on', async () => {
      const unsendable = {
        toPostgres: () => {
          throw new Error('not a value');
        },
      };
      const failing = play((transaction) =>
        Promise.all([rename(transaction, 'lost'), transaction.$queryRaw`SELECT ${unsendable}`]),
      );
      await expect(failing).rejects.toThrow();
      expect(await play(names)).toEqual(['before']);
    });

    it('knows which statements the server has kept of a trip that failed', async () => {
      const [kept, lost] = [Prisma.raw(`'kept by ${kind}'`), Prisma.raw(`'lost by ${kind}'`)];
      const failing = play((transaction) =>
        Promise.all([transaction.$queryRaw`SELECT ${kept}`, fail(transaction), transaction.$queryRaw`SELECT ${lost}`]),
      );
      await expect(failing).rejects.toMatchObject({ code: '22012' });
      const again = (transaction: Transaction) =>
        Promise.all([transaction.$queryRaw`SELECT ${kept}`, transaction.$queryRaw`SELECT ${lost}`]);
      await play(again);
      await play(again);
      const statements = await play(
        (transaction) =>
          transaction.$queryRaw`SELECT count(*)::int AS times FROM pg_prepared_statements WHERE statement LIKE ${`% by ${kind}'`}`,
      );
      expect(statements).toEqual([{ times: 2 }]);
    });

    it('leaves no organization behind on the connection', async () => {
      await play(names);
      expect(await database.prisma.$queryRaw`SELECT count(*)::int AS count FROM integration`).toEqual([{ count: 0 }]);
      expect(await database[kind](organizationIds[1] ?? '', names)).toHaveLength(1);
    });
  });

  it('are transactions of their own as trips, and one where they are held together', async () => {
    const inTwoSteps = async (transaction: Transaction) => {
      await rename(transaction, 'kept');
      await fail(transaction);
    };
    await expect(database.withStatements(own(), inTwoSteps)).rejects.toMatchObject({ code: '22012' });
    expect(await database.withTrips(own(), names)).toEqual(['before']);
    await expect(database.withTrips(own(), inTwoSteps)).rejects.toMatchObject({ code: '22012' });
    expect(await database.withTrips(own(), names)).toEqual(['kept']);
  });

  it('fail where the work ends before they are answered badly, instead of counting', async () => {
    const careless = database.withStatements(own(), async (transaction) => {
      await rename(transaction, 'lost');
      fail(transaction).catch(() => {}); // nobody waits for it
      await new Promise((resolve) => setTimeout(resolve, 50));
    });
    await expect(careless).rejects.toThrow('nobody waited for');
    expect(await database.withTrips(own(), names)).toEqual(['before']);
  });

  it('are refused once their transaction is over, for the connection may serve others', async () => {
    const kept = await database.withStatements(own(), async (transaction) => {
      await names(transaction);
      return transaction;
    });
    await expect(kept.$queryRaw`SELECT 1`).rejects.toThrow('The transaction is over.');
  });
});
