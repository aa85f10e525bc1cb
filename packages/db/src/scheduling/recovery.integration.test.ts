import { seedIntegrations, startDatabase, type TestDatabase } from '@evidence-fleet/testbed';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  claimRun,
  createDatabase,
  type Database,
  dueHealth,
  feed,
  heartbeat,
  reapRuns,
  ringForgotten,
  type ScheduledRing,
  standingRuns,
} from '../index.ts';

const minute = 60_000;

describe('what the scheduler takes back', () => {
  let server: TestDatabase;
  let app: Database;
  let superuser: Database;
  let scheduler: Database;

  beforeAll(async () => {
    server = await startDatabase();
    app = createDatabase({ url: server.app });
    superuser = createDatabase({ url: server.superuser });
    scheduler = createDatabase({ url: server.scheduler });
  });
  afterAll(async () => {
    await Promise.all([app, superuser, scheduler].map((database) => database.close()));
    await server.close();
  });
  afterEach(async () => {
    await superuser.prisma.$executeRaw`TRUNCATE organization CASCADE`;
  });
  const rungRun = async (): Promise<ScheduledRing> => {
    await seedIntegrations(server.superuser, [{ integrations: 1, dueForMs: minute }]);
    const { rings } = await feed(scheduler, { window: 1 });
    if (rings[0] === undefined) throw new Error('nothing was rung');
    return rings[0];
  };
  const endLeases = () =>
    superuser.prisma.$executeRaw`UPDATE sync_run SET lease_until = now() - interval '1 ms' WHERE state = 'running'`;

  it('takes a run back whose lease is over, and the dead worker hears of it', async () => {
    const ring = await rungRun();
    const claim = await claimRun(app, { ...ring, worker: 'killed' });
    if (claim === null) throw new Error('the run was not to be had');
    expect(await reapRuns(scheduler)).toEqual([]);
    await endLeases();
    const reaped = await Promise.all([reapRuns(scheduler), reapRuns(scheduler)]);
    expect(reaped.flat()).toEqual([{ organizationId: ring.organizationId, runId: ring.runId, crashCount: 1 }]);
    expect(await heartbeat(app, claim)).toBeNull();
    expect(await superuser.prisma.syncRun.findFirst()).toMatchObject({
      state: 'waiting',
      rungAt: null,
      leaseOwner: null,
      leaseUntil: null,
      crashCount: 1,
      attempts: 0,
    });
    expect(await superuser.prisma.syncAttempt.findMany()).toMatchObject([{ endedAs: 'crash', worker: 'killed' }]);
    expect((await feed(scheduler, { window: 1 })).rings).toMatchObject([{ runId: ring.runId, ring: 2 }]);
  });

  it.each(['the scheduler', 'a worker'])(
    '%s counts no crash where the database was down as the lease ran out',
    async (who) => {
      const ring = await rungRun();
      await claimRun(app, { ...ring, worker: 'innocent' });
      await superuser.prisma
        .$executeRaw`UPDATE sync_run SET lease_until = pg_postmaster_start_time() - interval '1 second' WHERE state = 'running'`;
      if (who === 'the scheduler') await reapRuns(scheduler);
      expect(await claimRun(app, { ...ring, worker: 'next' })).toMatchObject({ fence: 2n, crashCount: 0 });
    },
  );

  it('gives a run a new ring when its job is gone, once', async () => {
    const ring = await rungRun();
    expect(await standingRuns(scheduler, minute)).toEqual([]);
    const standing = await standingRuns(scheduler, -1);
    expect(standing).toEqual([ring]);
    const rung = await Promise.all([ringForgotten(scheduler, standing), ringForgotten(scheduler, standing)]);
    expect(rung.flat()).toEqual([{ ...ring, ring: 2 }]);
    expect(await ringForgotten(scheduler, standing)).toEqual([]);
  });

  it('does not ring a run that was claimed in the meantime', async () => {
    const ring = await rungRun();
    const standing = await standingRuns(scheduler, -1);
    await claimRun(app, { ...ring, worker: 'test' });
    expect(await ringForgotten(scheduler, standing)).toEqual([]);
    expect(await standingRuns(scheduler, -1)).toEqual([]);
  });

  it('hands out each due health check once, and checks what fails less often, up to an hour', async () => {
    await seedIntegrations(server.superuser, [{ integrations: 4, dueForMs: -minute, healthDueForMs: minute }]);
    const integrations = await superuser.prisma.integration.findMany({ orderBy: { name: 'asc' } });
    for (const [index, healthFailures] of [0, 1, 3, 40].entries())
      await superuser.prisma.integration.updateMany({
        where: { id: integrations[index]?.id ?? '' },
        data: { healthFailures, status: healthFailures === 0 ? 'active' : 'error' },
      });
    const options = { limit: 3, intervalMinutes: 5 };
    const due = (await Promise.all([dueHealth(scheduler, options), dueHealth(scheduler, options)])).flat();
    due.push(...(await dueHealth(scheduler, options)));
    expect(new Set(due.map((one) => one.integrationId)).size).toBe(due.length);
    expect(due).toHaveLength(4);
    const after = await superuser.prisma.integration.findMany({ orderBy: { name: 'asc' } });
    for (const [index, minutes] of [5, 10, 40, 60].entries()) {
      const inMinutes = ((after[index]?.nextHealthAt?.getTime() ?? 0) - Date.now()) / minute;
      expect(inMinutes).toBeGreaterThan(minutes * 0.85);
      expect(inMinutes).toBeLessThan(minutes * 1.15);
    }
  });

  it('sees when, never what', async () => {
    for (const query of ['SELECT * FROM credential', 'SELECT * FROM evidence', 'SELECT settings FROM integration'])
      await expect(scheduler.prisma.$queryRawUnsafe(query)).rejects.toThrow(/permission denied/);
  });
});
