import { createDatabase, type Database, DatabaseAwayError } from '@evidence-fleet/db';
import { createLogger } from '@evidence-fleet/service';
import {
  type BlackHole,
  createTestOrganization,
  startBlackHole,
  startDatabase,
  type TestDatabase,
  until,
} from '@evidence-fleet/testbed';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createDatabaseGate, type DatabaseGate } from './database-gate.ts';

const patienceMs = 2_000;

describe('a worker takes jobs only while its database can be reached', () => {
  let server: TestDatabase;
  let line: BlackHole;
  let far: Database;
  let gate: DatabaseGate;
  let organizationId: string;
  let pings: number;
  /** What the gate did and said, in order. */
  let deeds: string[];

  beforeAll(async () => {
    server = await startDatabase();
    const near = createDatabase({ url: server.app });
    ({ organizationId } = await createTestOrganization(near));
    await near.close();
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    line = await startBlackHole(server.postgres.port);
    const url = new URL(server.app);
    url.port = String(line.port);
    far = createDatabase({ url: url.href, poolSize: 2, patienceMs });
    pings = 0;
    deeds = [];
    gate = createDatabaseGate({
      database: {
        ...far,
        ping() {
          pings += 1;
          return far.ping();
        },
      },
      pause: async () => void deeds.push('pause'),
      resume: () => void deeds.push('resume'),
      log: createLogger({
        name: 'test',
        level: 'info',
        destination: { write: (line) => void deeds.push(JSON.parse(line).msg) },
      }),
    });
  });
  afterEach(async () => {
    await gate.close();
    await far.close();
    await line.close();
  });

  const beat = (from = gate.heard) =>
    from.withOrganization(organizationId, (transaction) => transaction.syncRun.count());
  const untilAsked = () =>
    until('the gate asks', async () => {
      await gate.isOpen();
      return pings > 0;
    });

  it('which it asks when nothing was heard of it for a second, once for all who want to know', async () => {
    expect(await gate.isOpen()).toBe(true);
    expect(pings).toBe(0);
    await untilAsked();
    expect(pings).toBe(1);
    await until('it would ask again', async () => {
      await Promise.all([gate.isOpen(), gate.isOpen(), gate.isOpen()]);
      return pings > 1;
    });
    expect(pings).toBe(2);
    expect(deeds).toEqual([]);
  });

  it('which it need not ask while heartbeats are answered', async () => {
    const enough = performance.now() + 1_500;
    await until('a second and a half is over', async () => {
      await beat();
      expect(await gate.isOpen()).toBe(true);
      return performance.now() > enough;
    });
    expect(pings).toBe(0);
  });

  it('is shut when the database swallows what it is asked, and opens when that is over', async () => {
    await beat();
    line.swallow();
    await until('the gate is shut', async () => !(await gate.isOpen()));
    const asked = pings;
    expect(await Promise.all([gate.isOpen(), gate.isOpen()])).toEqual([false, false]);
    expect(pings).toBe(asked);
    expect(deeds).toEqual(['database.away', 'pause']);
    await until('it has asked again in vain', () => pings > asked + 1);
    expect(await gate.isOpen()).toBe(false);
    line.heal();
    await until('the consumers go on', () => deeds.includes('resume'));
    expect(await gate.isOpen()).toBe(true);
    expect(deeds).toEqual(['database.away', 'pause', 'database.back', 'resume']);
    await beat();
  });

  it('is shut at once by a heartbeat that fails, again at the next outage, and once for all that fail', async () => {
    for (const mode of ['fast', 'immediate'] as const) {
      deeds.length = 0;
      await server.postgres.stop(mode);
      const beats = await Promise.allSettled([beat(), beat(), beat()]);
      for (const ended of beats) expect(ended).toMatchObject({ reason: expect.any(DatabaseAwayError) });
      expect(pings).toBe(0);
      expect(await gate.isOpen()).toBe(false);
      await server.postgres.start();
      await until('the consumers go on', () => deeds.includes('resume'));
      expect(deeds).toEqual(['database.away', 'pause', 'database.back', 'resume']);
      pings = 0;
    }
  });

  it('stays open after a heartbeat that failed by itself', async () => {
    const defect = gate.heard.withOrganization(organizationId, () => Promise.reject(new Error('a defect')));
    await expect(defect).rejects.toThrow('a defect');
    expect(await gate.isOpen()).toBe(true);
    expect(deeds).toEqual([]);
  });

  it('opens no more once it is closed', async () => {
    line.swallow();
    await expect(beat()).rejects.toBeInstanceOf(DatabaseAwayError);
    line.heal();
    await gate.close(); // which wakes it up, and it finds the database back
    expect(deeds).toEqual(['database.away', 'pause', 'database.back']);
  });
});
