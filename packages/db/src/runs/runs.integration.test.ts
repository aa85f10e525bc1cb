import { createTestOrganization, startDatabase, type TestDatabase } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  cancelRun,
  claimRun,
  createDatabase,
  type Database,
  heartbeat,
  IntegrationNotFoundError,
  pauseIntegration,
  RequestKeyReusedError,
  releaseRun,
  removeIntegration,
  requestSync,
  uuid,
} from '../index.ts';

describe('runs', () => {
  let server: TestDatabase;
  let database: Database;
  let organizationId: string;
  let integrationId: string;

  beforeAll(async () => {
    server = await startDatabase();
    database = createDatabase({ url: server.app, poolSize: 20 });
  });
  afterAll(async () => {
    await database.close();
    await server.close();
  });
  beforeEach(async () => {
    ({ organizationId, integrationId } = await createTestOrganization(database));
  });

  const request = (types: string[] = []) => requestSync(database, { organizationId, integrationId, types });
  const claim = async (runId: string) => {
    const run = await claimRun(database, { organizationId, runId, worker: 'test' });
    if (run === null) throw new Error('not claimed');
    return run;
  };
  const read = (id: string) =>
    database.withOrganization(organizationId, (transaction) =>
      transaction.syncRun.findUnique({ where: { organizationId_id: { organizationId, id } } }),
    );
  const ended = { kind: 'end', state: 'succeeded', error: null } as const;
  const handedOver = { kind: 'wait', as: 'shutdown', delayMs: 0, costsAttempt: false, error: null } as const;

  it('joins a run that has not begun, and merges its types', async () => {
    const first = await request(['b']);
    const second = await request(['a']);
    expect(second).toMatchObject({ how: 'joined', runId: first.runId, ring: { ring: 2 } });
    expect(await read(first.runId)).toMatchObject({ types: ['a', 'b'] });
    await request([]);
    expect(await read(first.runId)).toMatchObject({ types: [] });
  });

  it('answers every request behind a running run with one follow-up that begins after it', async () => {
    const { runId } = await request();
    const run = await claim(runId);
    const [one, two] = [await request(['a']), await request(['b'])];
    expect(one).toMatchObject({ how: 'follow_up', ring: null });
    expect(two.runId).toBe(one.runId);
    expect(await releaseRun(database, run, ended, { version: 1 })).toBe(one.runId);
    expect(await read(one.runId)).toMatchObject({ state: 'queued', trigger: 'demand', types: ['a', 'b'] });
    expect(await read(runId)).toMatchObject({ state: 'succeeded', manifest: { version: 1 } });
  });

  it('keeps the trace of who asked first, and that of a request behind it for the run that follows', async () => {
    const ask = (traceparent: string) =>
      requestSync(database, { organizationId, integrationId, types: [], traceparent });
    const { runId } = await ask('first');
    await ask('joined');
    const run = await claimRun(database, { organizationId, runId, worker: 'test', traceparent: 'claim' });
    expect(run).toMatchObject({ traceparent: 'first' });
    if (run === null) throw new Error('not claimed');
    await ask('behind');
    await ask('further behind');
    const next = await releaseRun(database, run, ended, null);
    expect(await read(String(next))).toMatchObject({ traceparent: 'behind' });
  });

  it('begins the trace of a run that has none with its claim, and keeps it through a wait', async () => {
    const { runId } = await request();
    const by = (traceparent: string) => claimRun(database, { organizationId, runId, worker: 'test', traceparent });
    const run = await by('first claim');
    if (run === null) throw new Error('not claimed');
    await releaseRun(database, run, handedOver, null);
    expect(await by('second claim')).toMatchObject({ traceparent: 'first claim' });
  });

  it('keeps one unfinished run an integration under concurrent requests', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => request()));
    expect(new Set(answers.map(({ runId }) => runId)).size).toBe(1);
    expect(answers.filter(({ how }) => how === 'created')).toHaveLength(1);
  });

  it('answers a request that comes in the very moment in which a run ends and its follow-up begins', async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      const { runId } = await request();
      const run = await claim(runId);
      await request();
      const [, ...answers] = await Promise.all([releaseRun(database, run, ended, null), request(), request()]);
      const [follower] = new Set(answers.map((answer) => answer.runId));
      expect(await read(follower ?? '')).toMatchObject({ state: 'queued' });
      await cancelRun(database, { organizationId, runId: follower ?? '' });
    }
  });

  it('lets nothing follow a run that ends in the very moment in which its integration is paused', async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      const { runId } = await request();
      const run = await claim(runId);
      await request();
      await Promise.all([
        releaseRun(database, run, ended, null),
        pauseIntegration(database, { organizationId, integrationId }),
      ]);
      const unfinished = await database.withOrganization(organizationId, (transaction) =>
        transaction.syncRun.count({ where: { finishedAt: null } }),
      );
      expect(unfinished).toBe(0);
    }
  });

  it('answers a repeated request by the run that answered it, whatever has become of that', async () => {
    const tokenId = uuid();
    const keyed = (key: string, types: string[] = [], of = integrationId) =>
      requestSync(database, { organizationId, integrationId: of, types, key: { tokenId, key } });
    const first = await keyed('a', ['t', 's']);
    expect(await keyed('a', ['s', 't'])).toEqual({ runId: first.runId, how: 'created', ring: null });
    expect(await read(first.runId)).toMatchObject({ ring: 1 });
    await releaseRun(database, await claim(first.runId), ended, null);
    expect((await keyed('a', ['s', 't'])).runId).toBe(first.runId);
    expect((await keyed('b', ['s', 't'])).runId).not.toBe(first.runId);
    await expect(keyed('a', ['s'])).rejects.toThrow(RequestKeyReusedError);
    const other = await requestSync(database, {
      ...{ organizationId, integrationId, types: ['s', 't'] },
      key: { tokenId: uuid(), key: 'a' },
    });
    expect(other.runId).not.toBe(first.runId);
  });

  it('answers the same key once, however many requests come with it at a time', async () => {
    const key = { tokenId: uuid(), key: 'once' };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => requestSync(database, { organizationId, integrationId, types: [], key })),
    );
    expect(answers.map(({ ring }) => ring).filter((ring) => ring !== null)).toHaveLength(1);
    expect(new Set(answers.map(({ runId }) => runId)).size).toBe(1);
  });

  it('takes a key anew after a day, and forgets those that are over', async () => {
    const tokenId = uuid();
    const keyed = (key: string) =>
      requestSync(database, { organizationId, integrationId, types: [], key: { tokenId, key } });
    const first = await keyed('old');
    await keyed('older');
    await database.withOrganization(organizationId, (transaction) =>
      transaction.syncRequest.updateMany({ data: { createdAt: new Date(Date.now() - 25 * 3_600_000) } }),
    );
    await releaseRun(database, await claim(first.runId), ended, null);
    const again = await keyed('old');
    expect(again).toMatchObject({ how: 'created', ring: { ring: 1 } });
    expect(again.runId).not.toBe(first.runId);
    const kept = await database.withOrganization(organizationId, (transaction) =>
      transaction.syncRequest.findMany({ select: { key: true } }),
    );
    expect(kept).toEqual([{ key: 'old' }]);
  });

  it('gives a run to one of many claimants', async () => {
    const { runId } = await request();
    const claims = await Promise.all(
      Array.from({ length: 12 }, () => claimRun(database, { organizationId, runId, worker: 'w' })),
    );
    expect(claims.filter((claimed) => claimed !== null)).toHaveLength(1);
  });

  it('costs no attempt to hand a run over, and goes on as the same run under a new fence', async () => {
    const { runId } = await request();
    const run = await claim(runId);
    await releaseRun(database, run, handedOver, null);
    expect(await read(runId)).toMatchObject({ state: 'waiting', attempts: 0, crashCount: 0, rungAt: null });
    expect(await claim(runId)).toMatchObject({ fence: run.fence + 1n, attempts: 0, crashCount: 0 });
  });

  it('is not claimed before it is available', async () => {
    const { runId } = await request();
    const run = await claim(runId);
    await releaseRun(database, run, { ...handedOver, as: 'retry', delayMs: 60_000, costsAttempt: true }, null);
    expect(await claimRun(database, { organizationId, runId, worker: 'w' })).toBeNull();
    expect(await read(runId)).toMatchObject({ attempts: 1 });
  });

  const inHours = (date: Date | undefined) => ((date?.getTime() ?? 0) - Date.now()) / 3_600_000;

  it.each([
    ['its interval', { intervalMinutes: 120 }, 2],
    ['a day, by cron', { intervalMinutes: null, cron: '0 9 * * 1' }, 24],
    ['a day, without a schedule', { intervalMinutes: null }, 24],
  ])('never waits longer than %s, whatever time the provider names', async (_, schedule, hours) => {
    await database.withOrganization(organizationId, (transaction) =>
      transaction.integration.updateMany({ data: schedule }),
    );
    const { runId } = await request();
    const run = await claim(runId);
    expect(run.isOverdue).toBe(false);
    const delayMs = 10 * 365 * 24 * 3_600_000;
    await releaseRun(database, run, { ...handedOver, as: 'snooze', delayMs }, null);
    expect(inHours((await read(runId))?.availableAt)).toBeCloseTo(hours, 1);
    await database.withOrganization(
      organizationId,
      (transaction) =>
        transaction.$executeRaw`UPDATE sync_run SET started_at = started_at - ${hours} * interval '1 hour',
          available_at = available_at - ${hours} * interval '1 hour'`,
    );
    const late = await claim(runId);
    expect(late.isOverdue).toBe(true);
    await releaseRun(database, late, { ...handedOver, as: 'snooze', delayMs }, null);
    expect(inHours((await read(runId))?.availableAt)).toBeLessThan(0.01);
  });

  it('tells a holder of a cancellation, and a former holder that it holds nothing', async () => {
    const { runId } = await request();
    const run = await claim(runId);
    expect(await heartbeat(database, run)).toEqual({ cancelRequested: false });
    expect(await cancelRun(database, { organizationId, runId })).toBe('requested');
    expect(await heartbeat(database, run)).toEqual({ cancelRequested: true });
    await releaseRun(database, run, { kind: 'end', state: 'cancelled', error: null }, null);
    expect(await heartbeat(database, run)).toBeNull();
    expect(await cancelRun(database, { organizationId, runId })).toBe('ended');
  });

  it('ends a cancelled run whose worker lets it wait before it has heard of that', async () => {
    const { runId } = await request();
    const run = await claim(runId);
    const { runId: next } = await request();
    expect(await cancelRun(database, { organizationId, runId })).toBe('requested');
    expect(await releaseRun(database, run, { ...handedOver, as: 'snooze', delayMs: 60_000 }, null)).toBe(next);
    expect(await read(runId)).toMatchObject({ state: 'cancelled' });
    expect(await read(next)).toMatchObject({ state: 'queued' });
  });

  it('cancels at once what no worker holds, and still answers the request behind it', async () => {
    const { runId } = await request();
    const run = await claim(runId);
    const { runId: next } = await request();
    await releaseRun(database, run, handedOver, null);
    expect(await cancelRun(database, { organizationId, runId })).toBe('cancelled');
    expect(await read(next)).toMatchObject({ state: 'queued' });
  });

  it('refuses requests for an integration that is not there, and cancels what a paused or removed one had open', async () => {
    await expect(requestSync(database, { organizationId, integrationId: uuid(), types: [] })).rejects.toBeInstanceOf(
      IntegrationNotFoundError,
    );
    const { runId } = await request();
    await pauseIntegration(database, { organizationId, integrationId });
    expect(await read(runId)).toMatchObject({ state: 'cancelled' });
    await removeIntegration(database, { organizationId, integrationId });
    await expect(request()).rejects.toBeInstanceOf(IntegrationNotFoundError);
    const credentials = await database.withOrganization(organizationId, (transaction) =>
      transaction.credential.count(),
    );
    expect(credentials).toBe(0);
  });
});
