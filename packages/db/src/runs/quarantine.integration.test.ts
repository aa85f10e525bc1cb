import { createTestOrganization, startDatabase, type TestDatabase } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ClaimedRun,
  cancelRun,
  claimRun,
  createDatabase,
  createLedger,
  type Database,
  feed,
  findIntegration,
  IntegrationQuarantinedError,
  listRuns,
  type ModelTransaction,
  pauseIntegration,
  redriveAll,
  redriveRun,
  releaseRun,
  removeIntegration,
  requestSync,
  resumeIntegration,
  showRun,
} from '../index.ts';

const crashed = {
  kind: 'end',
  state: 'failed',
  error: { code: 'crashed', message: 'It ended its workers.' },
  quarantine: true,
} as const;

describe('a run that killed its workers', () => {
  let server: TestDatabase;
  let database: Database;
  let scheduler: Database;
  let organizationId: string;
  let integrationId: string;

  beforeAll(async () => {
    server = await startDatabase();
    database = createDatabase({ url: server.app, poolSize: 20 });
    scheduler = createDatabase({ url: server.scheduler });
  });
  afterAll(async () => {
    await Promise.all([database.close(), scheduler.close()]);
    await server.close();
  });
  beforeEach(async () => {
    ({ organizationId, integrationId } = await createTestOrganization(database));
    await query((t) => t.integration.updateMany({ data: { intervalMinutes: 60, nextSyncAt: new Date(0) } }));
  });

  const query = <T>(work: (transaction: ModelTransaction) => Promise<T>) =>
    database.withOrganization(organizationId, work);
  const request = (types: string[] = []) => requestSync(database, { organizationId, integrationId, types });
  const integration = () => findIntegration(database, organizationId, integrationId);
  const read = (id: string) =>
    query((t) => t.syncRun.findUnique({ where: { organizationId_id: { organizationId, id } } }));
  const ledgerOf = (run: ClaimedRun) => createLedger(database, { ...run, visibility: Buffer.alloc(64, 1) });
  async function claim(runId: string): Promise<ClaimedRun> {
    const run = await claimRun(database, { organizationId, runId, worker: 'test' });
    if (run === null) throw new Error('not claimed');
    return run;
  }
  async function quarantined(types: string[] = []): Promise<string> {
    const { runId } = await request(types);
    await releaseRun(database, await claim(runId), crashed, null);
    return runId;
  }

  it('puts its integration aside: no date, a notification and an audit entry', async () => {
    const runId = await quarantined();
    expect(await integration()).toMatchObject({ quarantinedRunId: runId, nextSyncAt: null });
    expect(await query((t) => t.notification.findMany())).toMatchObject([{ kind: 'integration.quarantined' }]);
    expect(await query((t) => t.auditLog.findMany({ where: { action: 'integration.quarantined' } }))).toMatchObject([
      { actor: 'fleet', subject: integrationId },
    ]);
    expect((await feed(scheduler, { window: 10 })).created).toBe(0);
    const listed = await listRuns(database, { organizationId, quarantined: true, limit: 5 });
    expect(listed.map(({ id }) => id)).toEqual([runId]);
  });

  it('refuses requests, saying what to do', async () => {
    const runId = await quarantined();
    const refused = request();
    await expect(refused).rejects.toBeInstanceOf(IntegrationQuarantinedError);
    await expect(refused).rejects.toThrow(`fleet runs redrive ${runId}`);
  });

  it('is redriven once, as a new run of the same types, and its integration has a date again', async () => {
    const runId = await quarantined(['b', 'a']);
    const answers = await Promise.all([1, 2, 3].map(() => redriveRun(database, { organizationId, runId })));
    const [redriven, ...others] = answers.filter((answer) => answer !== null);
    expect(others).toEqual([]);
    expect(redriven).toMatchObject({ redrives: runId, how: 'created', ring: { ring: 1 } });
    expect(await read(redriven?.runId ?? '')).toMatchObject({ state: 'queued', types: ['b', 'a'], crashCount: 0 });
    const { quarantinedRunId, nextSyncAt } = (await integration()) ?? {};
    expect(quarantinedRunId).toBeNull();
    expect(nextSyncAt?.getTime()).toBeGreaterThan(Date.now());
    expect(await redriveAll(database, organizationId)).toEqual([]);
    const told = await query((t) => t.notification.findMany({ orderBy: { createdAt: 'asc' } }));
    expect(told.map(({ kind }) => kind)).toEqual(['integration.quarantined', 'integration.quarantine_lifted']);
  });

  it('keeps the request that waited behind it under the id that was told, and redrives it with it', async () => {
    const { runId } = await request(['a']);
    const run = await claim(runId);
    const { runId: promised } = await request(['b']);
    expect(await releaseRun(database, run, crashed, null)).toBeNull();
    expect(await read(promised)).toBeNull();
    expect(await showRun(database, { organizationId, runId: promised })).toMatchObject({ id: runId, state: 'failed' });
    expect(await redriveAll(database, organizationId)).toMatchObject([{ runId: promised }]);
    expect(await read(promised)).toMatchObject({ state: 'queued', types: ['a', 'b'] });
  });

  it('stays aside when its integration is paused and resumed, and is forgotten with it', async () => {
    const runId = await quarantined();
    await pauseIntegration(database, { organizationId, integrationId });
    await resumeIntegration(database, { organizationId, integrationId });
    expect(await integration()).toMatchObject({ quarantinedRunId: runId, nextSyncAt: null });
    await removeIntegration(database, { organizationId, integrationId });
    expect(await redriveRun(database, { organizationId, runId })).toBeNull();
    expect(await listRuns(database, { organizationId, quarantined: true, limit: 5 })).toEqual([]);
  });

  it('does not deadlock with requests that come while it ends', async () => {
    const { runId } = await request();
    const run = await claim(runId);
    const asked = Array.from({ length: 8 }, () =>
      request().then(
        () => 'taken',
        (error: Error) => error.name,
      ),
    );
    await releaseRun(database, run, crashed, null);
    for (const answer of await Promise.all(asked)) expect(['taken', 'IntegrationQuarantinedError']).toContain(answer);
  });

  const openedBy = async (run: ClaimedRun): Promise<void> => {
    const ledger = ledgerOf(run);
    for (const slice of ['one', 'two'])
      await ledger.open({ type: 'test.thing', mode: 'snapshot', typeVersion: 1, slice });
  };
  const passes = () => query((t) => t.streamRun.findMany({ select: { status: true, gaps: true } }));
  const gaps = () =>
    query((t) => t.gap.findMany({ select: { slice: true, reason: true, closedAt: true }, orderBy: { slice: 'asc' } }));
  const accounted = [
    { slice: 'one', reason: 'unread', closedAt: null },
    { slice: 'two', reason: 'unread', closedAt: null },
  ];

  it('leaves no pass open: each is failed under a gap, which the next complete pass closes', async () => {
    const { runId } = await request();
    const run = await claim(runId);
    await openedBy(run);
    await releaseRun(database, run, crashed, null);
    expect(await passes()).toEqual([
      { status: 'failed', gaps: 1 },
      { status: 'failed', gaps: 1 },
    ]);
    expect(await gaps()).toEqual(accounted);
    const next = await claim((await redriveRun(database, { organizationId, runId }))?.runId ?? '');
    const ledger = ledgerOf(next);
    const { id } = await ledger.open({ type: 'test.thing', mode: 'snapshot', typeVersion: 1, slice: 'one' });
    await ledger.close(id, { status: 'complete', gone: [], unproven: [], error: null, expected: 0, calls: [] });
    expect((await gaps()).map(({ closedAt }) => closedAt === null)).toEqual([false, true]);
  });

  it('accounts for the open passes of a cancelled run too, held or waiting', async () => {
    const { runId } = await request();
    const run = await claim(runId);
    await openedBy(run);
    await cancelRun(database, { organizationId, runId });
    await releaseRun(database, run, { kind: 'end', state: 'cancelled', error: null }, null);
    expect(await gaps()).toEqual(accounted);
    const { runId: second } = await request();
    const waiting = await claim(second);
    await openedBy(waiting);
    await releaseRun(
      database,
      waiting,
      { kind: 'wait', as: 'shutdown', delayMs: 0, costsAttempt: false, error: null },
      null,
    );
    expect(await cancelRun(database, { organizationId, runId: second })).toBe('cancelled');
    expect((await passes()).every(({ status }) => status === 'failed')).toBe(true);
  });
});
