import { createTestOrganization, seedIntegrations, startDatabase, type TestDatabase } from '@evidence-fleet/testbed';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { claimRun, createDatabase, type Database, feed, readBacklog, releaseRun, requestSync } from '../index.ts';

const minute = 60_000;

describe('feed', () => {
  let server: TestDatabase;
  let app: Database;
  let superuser: Database;
  let schedulers: readonly [Database, Database];

  beforeAll(async () => {
    server = await startDatabase();
    app = createDatabase({ url: server.app });
    superuser = createDatabase({ url: server.superuser });
    schedulers = [createDatabase({ url: server.scheduler }), createDatabase({ url: server.scheduler })];
  });
  afterAll(async () => {
    await Promise.all([app, superuser, ...schedulers].map((database) => database.close()));
    await server.close();
  });
  afterEach(async () => {
    await superuser.prisma.$executeRaw`TRUNCATE organization CASCADE`;
  });
  const seed = (...organizations: Parameters<typeof seedIntegrations>[1]) =>
    seedIntegrations(server.superuser, organizations);
  /** What a worker does, in short. */
  const finish = async (run: { organizationId: string; runId: string }) => {
    const claim = await claimRun(app, { ...run, worker: 'test' });
    if (claim === null) throw new Error('the run was not to be had');
    await releaseRun(app, claim, { kind: 'end', state: 'succeeded', error: null }, null);
  };

  it('makes one run for a due integration and advances its date by its schedule', async () => {
    const [organizationId] = await seed({ integrations: 1, dueForMs: 300 * minute });
    const fed = await feed(schedulers[0], { window: 10 });
    expect(fed).toMatchObject({ created: 1, coalesced: 0, due: 1, unschedulable: [] });
    expect(fed.rings).toMatchObject([{ organizationId, ring: 1, rank: 1, queue: 'sync' }]);
    const [integration] = await superuser.prisma.integration.findMany();
    const inMs = (integration?.nextSyncAt?.getTime() ?? 0) - Date.now();
    expect(inMs).toBeGreaterThan(-1_000);
    expect(inMs).toBeLessThanOrEqual(60 * minute);
    expect(await feed(schedulers[0], { window: 10 })).toMatchObject({ rings: [], due: 0 });
  });

  it('leaves alone what is paused, disabled, in error, removed or not due', async () => {
    await seed({ integrations: 5, dueForMs: minute }, { integrations: 1, dueForMs: -minute });
    const due = await superuser.prisma.integration.findMany({ where: { nextSyncAt: { lt: new Date() } } });
    const statuses = ['paused', 'disabled', 'error', 'active', 'active'] as const;
    for (const [index, integration] of due.entries())
      await superuser.prisma.integration.updateMany({
        where: { id: integration.id },
        data: { status: statuses[index] ?? 'active', removedAt: index === 3 ? new Date() : null },
      });
    const fed = await feed(schedulers[0], { window: 10 });
    expect(fed.created).toBe(1);
  });

  it('keeps the window bounded, and refills it as jobs are taken', async () => {
    await seed({ integrations: 20, dueForMs: minute });
    const first = await feed(schedulers[0], { window: 4 });
    expect(first.rings.map((ring) => ring.rank).toSorted()).toEqual([1, 2, 3, 4]);
    expect((await feed(schedulers[0], { window: 4 })).rings).toEqual([]);
    const third = first.rings.find((ring) => ring.rank === 3);
    if (third === undefined) throw new Error('no third place');
    await finish(third);
    const next = await feed(schedulers[0], { window: 4 });
    expect(next.rings.map((ring) => ring.rank)).toEqual([3]);
  });

  it('fills a large window step by step, and says when there is more', async () => {
    await seed({ integrations: 1_100, dueForMs: minute });
    expect(await feed(schedulers[0], { window: 1_050 })).toMatchObject({ created: 1_000, hasMore: true });
    expect(await feed(schedulers[0], { window: 1_050 })).toMatchObject({ created: 50, hasMore: true });
    expect(await feed(schedulers[0], { window: 1_050 })).toMatchObject({ created: 0, hasMore: false });
    expect(await feed(schedulers[0], { window: 1_500 })).toMatchObject({ created: 50, hasMore: false });
    const ranks = (await superuser.prisma.syncRun.findMany()).map(({ rank }) => rank);
    expect(ranks.toSorted((one, other) => one - other)).toEqual(Array.from({ length: 1_100 }, (_, index) => index + 1));
  });

  it('gives another tenant the next free place and the first rank, however much one tenant has due', async () => {
    const [large] = await seed({ integrations: 200, dueForMs: minute });
    const first = await feed(schedulers[0], { window: 10 });
    const [small] = await seed({ integrations: 1, dueForMs: 0 });
    const [taken] = first.rings;
    if (taken === undefined) throw new Error('nothing was rung');
    await finish(taken);
    const next = await feed(schedulers[0], { window: 10, last: first.last });
    expect(next.rings).toMatchObject([{ organizationId: small, rank: 1 }]);
    expect(first.rings.every((ring) => ring.organizationId === large)).toBe(true);
  });

  it('is as fair when more are due than it looks at', async () => {
    const [large] = await seed({ integrations: 10_000, dueForMs: 60 * minute });
    const small = await seed(...Array.from({ length: 30 }, () => ({ integrations: 2, dueForMs: 0 })));
    const fed = await feed(schedulers[0], { window: 31 });
    expect(fed.due).toBe(5_001);
    expect(new Set(fed.rings.map((ring) => ring.organizationId))).toEqual(new Set([large, ...small]));
    expect(fed.rings.every((ring) => ring.rank === 1)).toBe(true);
    const second = await feed(schedulers[0], { window: 63, last: fed.last });
    expect(second.rings.filter((ring) => ring.organizationId === large)).toHaveLength(2);
    expect(second.rings).toHaveLength(32);
  });

  it('gives one tenant all the places that others have nothing due for', async () => {
    const [large] = await seed({ integrations: 5_010, dueForMs: 60 * minute });
    await seed(...Array.from({ length: 9 }, () => ({ integrations: 2, dueForMs: 0 })));
    const { rings, due } = await feed(schedulers[0], { window: 100 });
    expect(due).toBe(5_001);
    expect(rings.map(({ rank }) => rank).filter((rank) => rank <= 2)).toHaveLength(20);
    expect(rings.filter((ring) => ring.organizationId === large)).toHaveLength(82);
    expect(new Set(rings.map(({ runId }) => runId)).size).toBe(100);
  });

  it('serves organizations in turn when there are more than places', async () => {
    const organizations = await seed(...Array.from({ length: 9 }, () => ({ integrations: 5, dueForMs: minute })));
    const served: string[] = [];
    let last: string | undefined;
    for (let turn = 0; turn < 3; turn++) {
      const fed = await feed(schedulers[0], { window: 3, ...(last === undefined ? {} : { last }) });
      last = fed.last;
      served.push(...fed.rings.map((ring) => ring.organizationId));
      for (const ring of fed.rings) await finish(ring);
    }
    expect(new Set(served)).toEqual(new Set(organizations));
  });

  it('makes no run twice, whatever two schedulers do at once', async () => {
    await seed({ integrations: 150, dueForMs: minute }, { integrations: 50, dueForMs: minute });
    const fed = await Promise.all(
      Array.from({ length: 12 }, (_, call) => feed(call % 2 === 0 ? schedulers[0] : schedulers[1], { window: 40 })),
    );
    const rings = fed.flatMap((one) => one.rings);
    expect(new Set(rings.map((ring) => ring.runId)).size).toBe(rings.length);
    expect(rings.length).toBe(40);
    expect(await superuser.prisma.syncRun.count()).toBe(40);
  });

  it('coalesces a due date with a run that has not ended', async () => {
    const { organizationId, integrationId } = await createTestOrganization(app);
    await requestSync(app, { organizationId, integrationId, types: [] });
    await superuser.prisma.integration.updateMany({ data: { nextSyncAt: new Date(0) } });
    expect(await feed(schedulers[0], { window: 10 })).toMatchObject({ created: 0, coalesced: 1, rings: [] });
    expect(await feed(schedulers[0], { window: 10 })).toMatchObject({ coalesced: 0, due: 0 });
  });

  it('rings a run that waits again, when its time has come, before what is newly due', async () => {
    await seed({ integrations: 2, dueForMs: minute });
    const first = await feed(schedulers[0], { window: 1 });
    const [ring] = first.rings;
    const claim = ring && (await claimRun(app, { ...ring, worker: 'test' }));
    if (!claim) throw new Error('the run was not to be had');
    const snooze = { kind: 'wait', as: 'snooze', delayMs: minute, costsAttempt: false, error: null } as const;
    await releaseRun(app, claim, snooze, null);
    const early = await feed(schedulers[0], { window: 1 });
    expect(early).toMatchObject({ created: 1, rungAgain: 0 });
    if (early.rings[0] !== undefined) await finish(early.rings[0]);
    const late = await feed(schedulers[0], { window: 1, now: new Date(Date.now() + minute) });
    expect(late).toMatchObject({ created: 0, rungAgain: 1, rings: [{ runId: claim.runId, ring: 2, rank: 1 }] });
  });

  it('rings runs on demand in their own queue, beside a full window', async () => {
    await seed({ integrations: 10, dueForMs: minute });
    await feed(schedulers[0], { window: 2 });
    const { organizationId, integrationId } = await createTestOrganization(app);
    const { runId } = await requestSync(app, { organizationId, integrationId, types: [] });
    await superuser.prisma.syncRun.updateMany({ where: { id: runId }, data: { rungAt: null } });
    const fed = await feed(schedulers[0], { window: 2 });
    expect(fed.rings).toEqual([{ organizationId, runId, ring: 2, rank: 1, queue: 'sync-now' }]);
  });

  it('is not stopped by an integration whose schedule cannot be kept', async () => {
    await seed({ integrations: 2, dueForMs: minute });
    const [broken] = await superuser.prisma.integration.findMany();
    if (broken === undefined) throw new Error('nothing was seeded');
    await superuser.prisma.integration.updateMany({
      where: { id: broken.id },
      data: { intervalMinutes: null, cron: 'never' },
    });
    const fed = await feed(schedulers[0], { window: 10 });
    expect(fed).toMatchObject({ created: 2, unschedulable: [broken.id] });
    expect(await superuser.prisma.integration.findFirst({ where: { id: broken.id } })).toMatchObject({
      nextSyncAt: null,
    });
  });

  it('lets a due date wait behind a run that reads some evidence types only, and makes its run when that has ended', async () => {
    const { organizationId, integrationId } = await createTestOrganization(app);
    const { runId } = await requestSync(app, { organizationId, integrationId, types: ['test.thing'] });
    await superuser.prisma.integration.updateMany({ data: { nextSyncAt: new Date(Date.now() - minute) } });
    expect(await feed(schedulers[0], { window: 10 })).toMatchObject({ created: 0, coalesced: 0, due: 1 });
    await finish({ organizationId, runId });
    expect(await feed(schedulers[0], { window: 10 })).toMatchObject({ created: 1, coalesced: 0, due: 1 });
  });

  it('says since when the oldest work of each queue waits, until a worker claims it', async () => {
    const waiting = async () =>
      Object.fromEntries(
        (await readBacklog(schedulers[0])).ages.map(({ queue, seconds }) => [queue, Math.floor(seconds / 60)]),
      );
    expect(await readBacklog(schedulers[0])).toEqual({ ages: [], quarantined: 0, openBreakers: 0 });
    await seed({ integrations: 1, dueForMs: 30 * minute, healthDueForMs: 20 * minute });
    const { organizationId, integrationId } = await createTestOrganization(app);
    const { runId } = await requestSync(app, { organizationId, integrationId, types: [] });
    expect(await waiting()).toEqual({ sync: 30, health: 20, 'sync-now': 0 });
    const [first] = (await feed(schedulers[0], { window: 1 })).rings;
    expect(await waiting()).toMatchObject({ sync: 30 }); // its job stands, and it waits all the same
    if (first === undefined) throw new Error('nothing was fed');
    const claimed = await claimRun(app, { ...first, worker: 'test' });
    expect(Math.floor((claimed?.startDelayMs ?? 0) / minute)).toBe(30);
    await seed({ integrations: 2, dueForMs: 10 * minute });
    await finish({ organizationId, runId });
    expect(await waiting()).toEqual({ sync: 10, health: 20 });
    await superuser.prisma.integration.updateMany({ data: { quarantinedRunId: runId } });
    expect(await readBacklog(schedulers[0])).toMatchObject({ quarantined: 4 });
  });

  it('begins the trace of every run that it makes', async () => {
    await seed({ integrations: 2, dueForMs: minute });
    const begun = new Map<string, string>();
    const beginTrace = ({ runId, dueAt }: { runId: string; dueAt: Date }) => {
      expect(Date.now() - dueAt.getTime()).toBeGreaterThan(minute - 1_000);
      begun.set(runId, `trace of ${runId}`);
      return `trace of ${runId}`;
    };
    const { rings } = await feed(schedulers[0], { window: 10, beginTrace });
    expect(rings.map(({ runId }) => runId).toSorted()).toEqual([...begun.keys()].toSorted());
    for (const ring of rings)
      expect(await claimRun(app, { ...ring, worker: 'test', traceparent: 'another' })).toMatchObject({
        traceparent: begun.get(ring.runId),
      });
  });
});
