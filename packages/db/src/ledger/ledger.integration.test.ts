import { createHash } from 'node:crypto';
import { createTestOrganization, startDatabase, type TestDatabase } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  claimRun,
  createDatabase,
  createLedger,
  type Database,
  type Ledger,
  releaseRun,
  removeIntegration,
  requestSync,
  StaleFenceError,
} from '../index.ts';

const sha = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest();
const row = (key: string, material: Record<string, string | number | null> = {}, observed = {}) => {
  const full = { id: key, ...material };
  return {
    key: [key],
    keySha: sha([key]),
    hash: sha(full),
    material: JSON.stringify(full),
    observed: JSON.stringify(observed),
  };
};
const batch = { gaps: [], checkpoint: null, watermark: null, expected: null, calls: [] };
const complete = { status: 'complete' as const, gone: [], unproven: [], error: null, expected: null, calls: [] };
const sight = Buffer.alloc(64, 1);

describe('the ledger', () => {
  let server: TestDatabase;
  let database: Database;
  let organizationId: string;
  let integrationId: string;

  beforeAll(async () => {
    server = await startDatabase();
    database = createDatabase({ url: server.app });
  });
  afterAll(async () => {
    await database.close();
    await server.close();
  });
  beforeEach(async () => {
    ({ organizationId, integrationId } = await createTestOrganization(database));
  });

  async function startRun(visibility: Uint8Array = sight): Promise<{ ledger: Ledger; end(): Promise<void> }> {
    const { runId } = await requestSync(database, { organizationId, integrationId, types: [] });
    const run = await claimRun(database, { organizationId, runId, worker: 'test' });
    if (run === null) throw new Error('the run could not be claimed');
    const ledger = createLedger(database, { ...run, visibility });
    return {
      ledger,
      end: async () => void (await releaseRun(database, run, { kind: 'end', state: 'succeeded', error: null }, null)),
    };
  }

  /** One whole pass over one slice. */
  async function pass(
    rows: ReturnType<typeof row>[],
    options: {
      gone?: Uint8Array[];
      visibility?: Uint8Array;
      gaps?: { scope: string; reason: string; detail: string; keySha: null }[];
    } = {},
  ) {
    const { ledger, end } = await startRun(options.visibility);
    const { id } = await ledger.open({ type: 'test.thing', mode: 'snapshot', typeVersion: 1, slice: '' });
    await ledger.commit(id, { ...batch, rows, gaps: options.gaps ?? [] });
    const absence = await ledger.absence(id);
    const status = options.gaps === undefined ? 'complete' : 'partial';
    const counts = await ledger.close(id, { ...complete, status, gone: options.gone ?? [] });
    await end();
    return { ...counts, absence };
  }

  const unconfirmed = { scope: '*', reason: 'unconfirmed', detail: 'read for the first time', keySha: null };
  const runs = () =>
    database.withOrganization(organizationId, (transaction) =>
      transaction.syncRun.findMany({
        orderBy: { requestedAt: 'asc' },
        select: { state: true, trigger: true, types: true },
      }),
    );

  const versions = () =>
    database.withOrganization(organizationId, (transaction) =>
      transaction.evidence.findMany({
        orderBy: [{ validFrom: 'asc' }],
        select: { key: true, validTo: true, endReason: true, material: true },
      }),
    );
  const openGaps = () =>
    database.withOrganization(organizationId, (transaction) =>
      transaction.gap.findMany({ where: { closedAt: null }, select: { id: true, scope: true, reason: true } }),
    );
  const many = (count: number) => Array.from({ length: count }, (_, index) => row(`r${index}`));

  it('takes what is shown twice in a first pass for one resource, the last showing for its content', async () => {
    const { ledger, end } = await startRun();
    const { id } = await ledger.open({ type: 'test.thing', mode: 'snapshot', typeVersion: 1, slice: '' });
    await ledger.commit(id, { ...batch, rows: [row('a'), row('b', { size: 1 })] });
    await ledger.commit(id, { ...batch, rows: [row('b', { size: 2 }), row('a'), row('c')] });
    await ledger.commit(id, { ...batch, rows: [row('d')] });
    expect(await ledger.close(id, complete)).toMatchObject({ added: 4, changed: 1, unchanged: 1, seen: 4 });
    await end();
    expect((await versions()).filter(({ validTo }) => validTo === null)).toHaveLength(4);
  });

  it('writes no version when nothing material changed, and keeps the latest observed values', async () => {
    await pass([row('a', { size: 1 }, { seen: 1 }), row('b', { size: 2 }, { seen: 1 })]);
    const again = await pass([row('b', { size: 2 }, { seen: 2 }), row('a', { size: 1 }, { seen: 2 })]);
    expect(again).toMatchObject({ seen: 2, added: 0, changed: 0, unchanged: 2, retired: 0, gaps: 0 });
    expect(await versions()).toHaveLength(2);
    const heads = await database.withOrganization(organizationId, (transaction) => transaction.evidenceHead.findMany());
    expect(heads.map(({ observed }) => observed)).toEqual([{ seen: 2 }, { seen: 2 }]);
  });

  it('writes one version and supersedes one when one resource changed', async () => {
    await pass([row('a', { size: 1 }), row('b')]);
    expect(await pass([row('a', { size: 2 }), row('b')])).toMatchObject({ added: 0, changed: 1, unchanged: 1 });
    expect((await versions()).filter(({ endReason }) => endReason === 'superseded')).toHaveLength(1);
    expect(await versions()).toHaveLength(3);
  });

  it('writes no version for a field that a deploy added, and versions the next real change with it', async () => {
    await pass([row('a', { size: 1 })]);
    expect(await pass([row('a', { size: 1, color: null })])).toMatchObject({ changed: 0, unchanged: 1 });
    expect(await pass([row('a', { size: 1, color: null })])).toMatchObject({ changed: 0, unchanged: 1 });
    expect(await pass([row('a', { size: 1, color: 'red' })])).toMatchObject({ changed: 1 });
    expect(await versions()).toHaveLength(2);
  });

  it('retires what a probe proved gone at once', async () => {
    await pass([row('a'), row('b')]);
    const second = await pass([row('a')], { gone: [sha(['b'])] });
    expect(second.absence).toMatchObject({ seen: 1, baseline: 2, missing: 1, mass: false });
    expect(second.absence.candidates.map(({ key }) => key)).toEqual([['b']]);
    expect(second).toMatchObject({ retired: 1, gaps: 0 });
    expect((await versions()).map(({ endReason }) => endReason).toSorted()).toEqual(['deleted', null]);
  });

  it('holds an unproven absence under a gap, and retires it when a second complete pass misses it too', async () => {
    await pass([row('a'), row('b')]);
    expect(await pass([row('a')])).toMatchObject({ retired: 0, gaps: 1 });
    expect(await openGaps()).toMatchObject([{ scope: 'key:["b"]', reason: 'absence_unproven' }]);
    expect(await pass([row('a')])).toMatchObject({ retired: 1, gaps: 0 });
    expect((await versions()).map(({ endReason }) => endReason).toSorted()).toEqual(['no_longer_visible', null]);
    expect(await openGaps()).toEqual([]);
  });

  it('holds an absence after a first pass that broke off, and retires it by the same rule', async () => {
    const { ledger, end } = await startRun();
    const { id } = await ledger.open({ type: 'test.thing', mode: 'snapshot', typeVersion: 1, slice: '' });
    await ledger.commit(id, { ...batch, rows: [row('a'), row('b', { size: 1 })] });
    await ledger.close(id, { ...complete, status: 'failed' });
    await end();
    expect(await pass([row('a')])).toMatchObject({ retired: 0, gaps: 1 });
    expect(await openGaps()).toMatchObject([{ scope: 'key:["b"]', reason: 'absence_unproven' }]);
    expect(await pass([row('a')])).toMatchObject({ retired: 1, gaps: 0 });
  });

  it('forgets an absence when the resource shows up again', async () => {
    await pass([row('a'), row('b')]);
    await pass([row('a')]);
    expect(await pass([row('a'), row('b')])).toMatchObject({ added: 0, unchanged: 2, gaps: 0 });
    expect(await pass([row('a')])).toMatchObject({ retired: 0, gaps: 1 });
  });

  it('retires nothing when account, grants or scope are not those of the pass that last saw it', async () => {
    await pass([row('a'), row('b')]);
    const other = Buffer.alloc(64, 2);
    for (let passes = 0; passes < 3; passes += 1) {
      expect(await pass([row('a')], { visibility: other, gone: [sha(['b'])] })).toMatchObject({ retired: 0, gaps: 1 });
    }
    expect(await openGaps()).toMatchObject([{ reason: 'scope_changed' }]);
    expect(await pass([row('a')])).toMatchObject({ retired: 1, gaps: 0 });
  });

  it('knows which pass showed last what is missing: one that listed everything, or wrote it', async () => {
    const visibility = Buffer.alloc(64, 2);
    const gaps = [{ scope: 'thing:c', reason: 'permission_denied', detail: 'not allowed', keySha: null }];
    await pass([row('a'), row('b'), row('c')]);
    await pass([row('a')], { visibility, gaps }); // shows nothing of the others, and says nothing about them
    expect(await pass([row('a')], { visibility })).toMatchObject({ retired: 0 });
    expect(await pass([row('a')], { visibility })).toMatchObject({ retired: 0, gaps: 2 }); // the others were never seen by it
    await pass([row('a'), row('b'), row('c')]);
    await pass([row('a')], { visibility, gaps });
    expect(await pass([row('a'), row('b')])).toMatchObject({ retired: 0 });
    expect(await pass([row('a'), row('b')])).toMatchObject({ retired: 1, gaps: 0 });
    await pass([row('a'), row('b'), row('d')], { visibility, gaps });
    expect(await pass([row('a'), row('b')])).toMatchObject({ retired: 0 });
    expect(await pass([row('a'), row('b')])).toMatchObject({ retired: 0 }); // shown by other rights only
  });

  it('takes a pass that holds a gap for one that listed everything', async () => {
    const visibility = Buffer.alloc(64, 2);
    await pass([row('a'), row('b'), row('c')]);
    expect(await pass([row('a'), row('b')], { visibility })).toMatchObject({ retired: 0, gaps: 1 });
    expect(await pass([row('a')], { visibility })).toMatchObject({ retired: 0, gaps: 2 });
    expect(await pass([row('a')], { visibility })).toMatchObject({ retired: 1, gaps: 1 });
  });

  it('retires nothing in a pass with a gap', async () => {
    await pass([row('a'), row('b')]);
    const gap = { scope: 'thing:c', reason: 'permission_denied', detail: 'not allowed', keySha: null };
    for (let passes = 0; passes < 3; passes += 1) {
      expect(await pass([row('a')], { gaps: [gap] })).toMatchObject({ retired: 0, gaps: 1 });
    }
    expect(await openGaps()).toHaveLength(1);
    expect(await pass([row('a'), row('b')])).toMatchObject({ gaps: 0 });
  });

  it('leaves the gaps of earlier passes open when it broke off', async () => {
    await pass([row('a')], { gaps: [{ scope: 'thing:b', reason: 'malformed', detail: 'not readable', keySha: null }] });
    const { ledger, end } = await startRun();
    const { id } = await ledger.open({ type: 'test.thing', mode: 'snapshot', typeVersion: 1, slice: '' });
    await ledger.commit(id, { ...batch, rows: [row('a')] });
    await ledger.close(id, { ...complete, status: 'failed' });
    await end();
    expect(await openGaps()).toMatchObject([{ scope: 'thing:b', reason: 'malformed' }]);
    expect(await pass([row('a')])).toMatchObject({ gaps: 0 });
  });

  it('holds a mass absence under one gap until a person confirms it', async () => {
    await pass(many(40));
    for (let passes = 0; passes < 3; passes += 1) {
      expect(await pass(many(28))).toMatchObject({
        retired: 0,
        gaps: 1,
        absence: { mass: true, missing: 12, candidates: [] },
      });
    }
    const [gap] = await openGaps();
    expect(gap).toMatchObject({ scope: '*', reason: 'mass_absence' });
    await database.withOrganization(organizationId, (transaction) =>
      transaction.gap.updateMany({ where: { id: gap?.id ?? '' }, data: { confirmedAt: new Date() } }),
    );
    const gapElsewhere = { scope: 'thing:c', reason: 'permission_denied', detail: 'not allowed', keySha: null };
    await pass(many(28), { gaps: [gapElsewhere] }); // a partial pass decides nothing and forgets nothing
    expect(await pass(many(28))).toMatchObject({ retired: 12, gaps: 0 });
  });

  it('refuses every write of a claim that another worker has taken over', async () => {
    const { runId } = await requestSync(database, { organizationId, integrationId, types: [] });
    const run = await claimRun(database, { organizationId, runId, worker: 'first' });
    if (run === null) throw new Error('the run could not be claimed');
    const ledger = createLedger(database, { ...run, visibility: sight });
    const { id } = await ledger.open({ type: 'test.thing', mode: 'snapshot', typeVersion: 1, slice: '' });
    await ledger.commit(id, { ...batch, rows: [row('a')], checkpoint: 'page-2' });
    await database.withOrganization(
      organizationId,
      (transaction) => transaction.$executeRaw`UPDATE sync_run SET lease_until = now() - interval '1 second'`,
    );
    const successor = await claimRun(database, { organizationId, runId, worker: 'second' });
    expect(successor).toMatchObject({ crashCount: 1, fence: run.fence + 1n });
    await expect(ledger.commit(id, { ...batch, rows: [row('b')] })).rejects.toBeInstanceOf(StaleFenceError);
    await expect(ledger.close(id, complete)).rejects.toBeInstanceOf(StaleFenceError);
    await expect(releaseRun(database, run, { kind: 'end', state: 'failed', error: null }, null)).rejects.toBeInstanceOf(
      StaleFenceError,
    );
    if (successor === null) throw new Error('the run could not be claimed again');
    const resumed = await createLedger(database, { ...successor, visibility: sight }).open({
      type: 'test.thing',
      mode: 'snapshot',
      typeVersion: 1,
      slice: '',
    });
    expect(resumed).toMatchObject({ id, state: 'open', checkpoint: 'page-2' });
    expect(await versions()).toHaveLength(1);
  });

  it('writes nothing more for an integration that was removed under a running worker', async () => {
    await pass([row('a')]);
    const { ledger } = await startRun();
    const { id } = await ledger.open({ type: 'test.thing', mode: 'snapshot', typeVersion: 1, slice: '' });
    const commits = [row('b'), row('c'), row('d')].map((one) => ledger.commit(id, { ...batch, rows: [one] }));
    const [removal] = await Promise.allSettled([
      removeIntegration(database, { organizationId, integrationId }),
      ...commits,
    ]);
    expect(removal).toMatchObject({ status: 'fulfilled' });
    await expect(ledger.commit(id, { ...batch, rows: [row('e')] })).rejects.toBeInstanceOf(StaleFenceError);
    expect((await versions()).filter(({ validTo }) => validTo === null)).toEqual([]);
  });

  async function slicePass(slices: string[], visibility: Uint8Array) {
    const { ledger, end } = await startRun(visibility);
    for (const slice of slices) {
      const { id } = await ledger.open({ type: 'test.thing', mode: 'snapshot', typeVersion: 1, slice });
      await ledger.commit(id, { ...batch, rows: [row(slice)] });
      await ledger.close(id, complete);
    }
    await ledger.closeSlices('test.thing', slices);
    await end();
  }

  it('holds the evidence of a slice that is not listed any more, and lets go of one that left the settings', async () => {
    await slicePass(['eu', 'us'], sight);
    await slicePass(['eu'], sight);
    expect(await openGaps()).toMatchObject([{ scope: '*', reason: 'scope_changed' }]);
    expect((await versions()).every(({ validTo }) => validTo === null)).toBe(true);
    const narrower = Buffer.concat([Buffer.alloc(32, 1), Buffer.alloc(32, 9)]);
    await slicePass(['eu'], narrower);
    expect((await versions()).map(({ endReason }) => endReason).toSorted()).toEqual([null, 'out_of_scope']);
    expect(await openGaps()).toEqual([]);
  });

  it('lets go of a slice that is not listed any more once a person confirms it', async () => {
    await slicePass(['eu', 'us'], sight);
    await slicePass(['eu'], sight);
    await database.withOrganization(organizationId, (transaction) =>
      transaction.gap.updateMany({ where: { closedAt: null }, data: { confirmedAt: new Date() } }),
    );
    await slicePass(['eu'], sight);
    expect((await versions()).map(({ endReason }) => endReason).toSorted()).toEqual(['no_longer_visible', null]);
    expect(await openGaps()).toEqual([]);
  });

  it('goes on at the watermark of the last complete pass only', async () => {
    const incremental = { type: 'test.change', mode: 'incremental', typeVersion: 1, slice: '' };
    const read = async (watermark: string | null, status: 'complete' | 'failed') => {
      const { ledger, end } = await startRun();
      const { id, since } = await ledger.open(incremental);
      await ledger.commit(id, { ...batch, rows: [], watermark });
      await ledger.close(id, { ...complete, status });
      await end();
      return since;
    };
    expect(await read('2026-01-02', 'complete')).toBeNull();
    expect(await read('2026-01-09', 'failed')).toBe('2026-01-02');
    expect(await read(null, 'complete')).toBe('2026-01-02');
    expect(await read('2026-01-05', 'complete')).toBe('2026-01-02');
    expect(await read(null, 'complete')).toBe('2026-01-05');
  });

  it('goes on from a pass that is partial for nothing but what the source forgot, and from no other partial one', async () => {
    const events = { type: 'test.event', mode: 'event', typeVersion: 1, slice: '' };
    const gapOf = (reason: string) => ({ scope: `since:${reason}`, reason, detail: 'Lost.', keySha: null });
    const read = async (watermark: string, reasons: string[]) => {
      const { ledger, end } = await startRun();
      const { id, since, sinceAt } = await ledger.open(events);
      await ledger.commit(id, { ...batch, rows: [], watermark, gaps: reasons.map(gapOf) });
      const { gaps } = await ledger.close(id, complete);
      await end();
      return { since, hasBegun: sinceAt !== null, gaps };
    };
    expect(await read('01', [])).toEqual({ since: null, hasBegun: false, gaps: 0 });
    expect(await read('02', ['forgotten'])).toEqual({ since: '01', hasBegun: true, gaps: 1 });
    expect(await read('03', ['permission_denied', 'forgotten'])).toEqual({ since: '02', hasBegun: true, gaps: 2 });
    expect(await read('04', [])).toEqual({ since: '02', hasBegun: true, gaps: 0 });
    expect(await read('05', [])).toEqual({ since: '04', hasBegun: true, gaps: 0 });
    expect(await openGaps()).toEqual([]);
  });

  it('tells a first pass until one was read to its end', async () => {
    const open = async () => {
      const { ledger, end } = await startRun();
      const opened = await ledger.open({ type: 'test.thing', mode: 'snapshot', typeVersion: 1, slice: 'a' });
      return {
        ...opened,
        close: async (status: 'failed' | 'partial') => {
          await ledger.close(opened.id, { ...complete, status });
          await end();
        },
      };
    };
    const first = await open();
    await first.close('failed');
    const second = await open();
    await second.close('partial');
    const third = await open();
    await third.close('partial');
    expect([first.isFirst, second.isFirst, third.isFirst]).toEqual([true, true, false]);
  });

  it('reads again at once what was read for the first time and is not confirmed, and only that', async () => {
    await pass([row('a')], { gaps: [unconfirmed] });
    expect(await runs()).toEqual([
      { state: 'succeeded', trigger: 'demand', types: [] },
      { state: 'queued', trigger: 'demand', types: ['test.thing'] },
    ]);
    await pass([row('a')]); // joins the run that waits
    expect(await openGaps()).toEqual([]);
    expect(await runs()).toHaveLength(2);
  });

  it('lets a request behind a first reading confirm it as well', async () => {
    const { ledger, end } = await startRun();
    const { id } = await ledger.open({ type: 'test.thing', mode: 'snapshot', typeVersion: 1, slice: '' });
    await ledger.commit(id, { ...batch, rows: [], gaps: [unconfirmed] });
    await ledger.close(id, { ...complete, status: 'partial' });
    await requestSync(database, { organizationId, integrationId, types: ['test.other'] });
    await end();
    expect((await runs())[1]).toMatchObject({ state: 'queued', types: ['test.other', 'test.thing'] });
  });
});
