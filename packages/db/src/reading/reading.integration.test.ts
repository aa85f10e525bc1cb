import { createHash } from 'node:crypto';
import { createTestOrganization, startDatabase, type TestDatabase } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  cancelRun,
  claimRun,
  confirmGap,
  createDatabase,
  createLedger,
  type Database,
  databaseTime,
  evidenceCounts,
  evidenceHistory,
  exportEvidence,
  type ListedEvidence,
  listEvidence,
  listFindings,
  listGaps,
  listRuns,
  listVerdicts,
  releaseRun,
  requestSync,
  showRun,
  storedTypes,
} from '../index.ts';

const sha = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest();
const row = (id: string, size: number) => {
  const material = { id, size };
  return {
    key: [id],
    keySha: sha([id]),
    hash: sha(material),
    material: JSON.stringify(material),
    observed: JSON.stringify({ seen: size }),
  };
};
const batch = { gaps: [], checkpoint: null, watermark: null, expected: null };
const calls = [{ operation: 'a:List', calls: 2, retries: 1, throttled: 0, failed: 0, responseBytes: 10, waitedMs: 5 }];
const complete = { status: 'complete' as const, gone: [], unproven: [], error: null, expected: null, calls };
const gapOf = (reason: string) => ({ scope: '*', reason, detail: 'say what to do', keySha: null });

describe('reading', () => {
  let server: TestDatabase;
  let database: Database;
  let organizationId: string;
  let integrationId: string;

  beforeAll(async () => {
    server = await startDatabase();
    database = createDatabase({ url: server.app });
  });
  afterAll(async () => {
    await database?.close();
    await server?.close();
  });
  beforeEach(async () => {
    ({ organizationId, integrationId } = await createTestOrganization(database));
  });

  /** One run with one complete pass over one slice. */
  async function pass(
    rows: ReturnType<typeof row>[],
    { type = 'test.thing', gaps = [] as ReturnType<typeof gapOf>[] } = {},
  ) {
    const { runId } = await requestSync(database, { organizationId, integrationId, types: [] });
    const run = await claimRun(database, { organizationId, runId, worker: 'worker-1' });
    if (run === null) throw new Error('the run could not be claimed');
    const ledger = createLedger(database, { ...run, visibility: Buffer.alloc(64, 1) });
    const { id } = await ledger.open({ type, mode: 'snapshot', typeVersion: 1, slice: '' });
    await ledger.commit(id, { ...batch, rows, gaps, calls });
    await ledger.close(id, { ...complete, status: gaps.length === 0 ? 'complete' : 'partial' });
    await releaseRun(database, run, { kind: 'end', state: 'succeeded', error: null }, null);
    return runId;
  }

  const list = (options: Partial<Parameters<typeof listEvidence>[1]> = {}) =>
    listEvidence(database, { organizationId, type: 'test.thing', limit: 100, ...options });
  const sizes = (items: readonly ListedEvidence[]) =>
    items.map(({ key, material }) => `${key[0]}=${material.size}`).toSorted();

  it('shows what stood at a time: before a change the old version, after it the new one', async () => {
    const before = await databaseTime(database);
    await pass([row('a', 1), row('b', 1)]);
    const first = await databaseTime(database);
    await pass([row('a', 2), row('b', 1), row('c', 1)]);
    const second = await databaseTime(database);
    expect(sizes(await list({ asOf: before }))).toEqual([]);
    expect(sizes(await list({ asOf: first }))).toEqual(['a=1', 'b=1']);
    expect(sizes(await list({ asOf: second }))).toEqual(['a=2', 'b=1', 'c=1']);
    expect(sizes(await list())).toEqual(['a=2', 'b=1', 'c=1']);
  });

  it('dates evidence by the pass that last proved it, not by its version', async () => {
    await pass([row('a', 1)]);
    const first = await databaseTime(database);
    await pass([row('a', 1)]);
    const [now] = await list();
    const [then] = await list({ asOf: first });
    expect(now?.collectedAt.getTime()).toBeGreaterThanOrEqual(first.getTime());
    expect(then?.collectedAt.getTime()).toBeLessThanOrEqual(first.getTime());
    expect(now?.validFrom).toEqual(then?.validFrom);
    expect(now?.observed).toEqual({ seen: 1 });
  });

  it('dates a resource that is missing by the time it was first missed', async () => {
    await pass([row('a', 1), row('b', 1)]);
    await pass([row('a', 1)]);
    const missedBy = await databaseTime(database);
    await pass([row('a', 1)], { gaps: [gapOf('permission_denied')] });
    const missing = (await list()).find(({ key }) => key[0] === 'b');
    expect(missing?.collectedAt.getTime()).toBeLessThanOrEqual(missedBy.getTime());
  });

  it('pages without a row twice or left out, and exports one moment while syncs go on', async () => {
    await pass(Array.from({ length: 25 }, (_, index) => row(`r${index}`, 1)));
    await pass([row('x', 1)], { type: 'test.other' });
    const asOf = await databaseTime(database);
    const exported: ListedEvidence[] = [];
    const pages = { organizationId, types: await storedTypes(database, organizationId), asOf, pageSize: 4 };
    for await (const item of exportEvidence(database, pages)) {
      exported.push(item);
      if (exported.length === 3) await pass(Array.from({ length: 25 }, (_, index) => row(`r${index}`, 2)));
    }
    expect(new Set(exported.map(({ id }) => id)).size).toBe(26);
    expect(exported.every(({ material }) => material.size === 1)).toBe(true);
    expect(exported.map(({ type }) => type)).toEqual(['test.other', ...Array(25).fill('test.thing')]);
  });

  it('tells the life of one resource, with the reason of every end', async () => {
    await pass([row('a', 1), row('b', 1)]);
    await pass([row('b', 1)]);
    await pass([row('b', 1)]);
    await pass([row('a', 3), row('b', 1)]);
    const versions = await evidenceHistory(database, { organizationId, type: 'test.thing', keySha: sha(['a']) });
    expect(versions.map(({ material, endReason }) => [material.size, endReason])).toEqual([
      [1, 'no_longer_visible'],
      [3, null],
    ]);
    const byId = await evidenceHistory(database, { organizationId, versionId: versions[0]?.id ?? '' });
    expect(byId).toEqual(versions);
  });

  it('shows a run with its streams, calls and gaps, and a follow-up that does not exist yet as the run it waits behind', async () => {
    const runId = await pass([row('a', 1)], { gaps: [gapOf('permission_denied')] });
    const shown = await showRun(database, { organizationId, runId });
    expect(shown).toMatchObject({ state: 'succeeded', followUpId: null, added: 1, gaps: 1 });
    expect(shown?.streamRuns).toMatchObject([{ type: 'test.thing', status: 'partial', added: 1 }]);
    expect(shown?.calls).toEqual(calls);
    expect(shown?.gapsMet).toMatchObject([{ reason: 'permission_denied' }]);
    expect(shown?.attemptLog).toMatchObject([{ worker: 'worker-1', endedAs: 'done' }]);

    const first = await requestSync(database, { organizationId, integrationId, types: [] });
    await claimRun(database, { organizationId, runId: first.runId, worker: 'worker-1' });
    const next = await requestSync(database, { organizationId, integrationId, types: [] });
    expect(next.how).toBe('follow_up');
    const waiting = await showRun(database, { organizationId, runId: next.runId });
    expect(waiting).toMatchObject({ id: first.runId, state: 'running', followUpId: next.runId });
    await cancelRun(database, { organizationId, runId: first.runId });
    expect((await listRuns(database, { organizationId, limit: 1 })).map(({ id }) => id)).toEqual([first.runId]);
  });

  it('confirms only what a person can know, once, and writes it down', async () => {
    await pass([row('a', 1)], { gaps: [gapOf('permission_denied'), gapOf('mass_absence')] });
    const gaps = await listGaps(database, { organizationId, limit: 10 });
    const idOf = (reason: string) => gaps.find((gap) => gap.reason === reason)?.id ?? '';
    const confirm = (gapId: string) => confirmGap(database, { organizationId, gapId, actor: 'operator' });
    expect(await confirm(idOf('permission_denied'))).toMatchObject({ kind: 'not_confirmable' });
    expect(await confirm(idOf('mass_absence'))).toMatchObject({ kind: 'confirmed' });
    expect(await confirm(idOf('mass_absence'))).toMatchObject({ kind: 'confirmed_before' });
    expect(await confirm(integrationId)).toEqual({ kind: 'not_found' });
    const log = await database.withOrganization(organizationId, (transaction) =>
      transaction.auditLog.findMany({ where: { action: 'gap.confirmed' }, select: { subject: true, details: true } }),
    );
    expect(log).toMatchObject([{ subject: idOf('mass_absence'), details: { reason: 'mass_absence' } }]);
  });

  it('shows another organization none of it', async () => {
    const runId = await pass([row('a', 1)], { gaps: [gapOf('mass_absence')] });
    const [mine] = await list();
    const [gap] = await listGaps(database, { organizationId, limit: 10 });
    const other = await createTestOrganization(database);
    const of = { organizationId: other.organizationId };
    expect(await list(of)).toEqual([]);
    expect(await list({ ...of, asOf: await databaseTime(database) })).toEqual([]);
    expect(await storedTypes(database, other.organizationId)).toEqual([]);
    expect(await evidenceCounts(database, of)).toEqual([]);
    expect(await evidenceHistory(database, { ...of, versionId: mine?.id ?? '' })).toEqual([]);
    expect(await showRun(database, { ...of, runId })).toBeNull();
    expect(await listRuns(database, { ...of, limit: 10 })).toEqual([]);
    expect(await listGaps(database, { ...of, all: true, limit: 10 })).toEqual([]);
    expect(await confirmGap(database, { ...of, gapId: gap?.id ?? '', actor: 'operator' })).toEqual({
      kind: 'not_found',
    });
    expect(await listVerdicts(database, other.organizationId)).toEqual([]);
    const findings = { ...of, controlId: 'c', statuses: ['fail' as const], limit: 10 };
    expect(await listFindings(database, findings)).toEqual([]);
  });

  it('shows a field that a deploy added before any version holds it', async () => {
    await pass([row('a', 1)]);
    const { key, keySha, material, observed } = row('a', 1);
    const wider = { ...JSON.parse(material), color: 'red' };
    await pass([{ key, keySha, hash: sha(wider), material: JSON.stringify(wider), observed }]);
    expect(await list()).toMatchObject([{ material: { size: 1 }, observed: { color: 'red', seen: 1 } }]);
    expect(await list({ asOf: await databaseTime(database) })).toMatchObject([{ observed: null }]);
  });

  it('counts what is held of each type', async () => {
    await pass([row('a', 1), row('b', 1)]);
    await pass([row('a', 2)]);
    expect(await evidenceCounts(database, { organizationId })).toMatchObject([
      { type: 'test.thing', current: 2, missing: 1, versions: 3, openGaps: 1 },
    ]);
  });
});
