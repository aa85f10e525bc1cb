import { createTestOrganization, startDatabase, type TestDatabase } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  claimRun,
  createDatabase,
  createLedger,
  type Database,
  findIntegration,
  type Release,
  releaseRun,
  requestSync,
} from '../index.ts';

const day = 24 * 3_600_000;
const retention = [
  { type: 'test.audit_event', days: 90 },
  { type: 'test.login', days: 180 },
];

describe('when a source forgets what no pass has read', () => {
  let server: TestDatabase;
  let database: Database;
  let superuser: Database;
  let organizationId: string;
  let integrationId: string;

  beforeAll(async () => {
    server = await startDatabase();
    database = createDatabase({ url: server.app });
    superuser = createDatabase({ url: server.superuser });
  });
  afterAll(async () => {
    await Promise.all([database.close(), superuser.close()]);
    await server.close();
  });
  beforeEach(async () => {
    ({ organizationId, integrationId } = await createTestOrganization(database));
  });

  type Slices = Readonly<Record<string, 'complete' | 'failed'>>;
  /** A run that began so many days ago, reads slices `type/slice`, and ends. */
  async function run(daysAgo: number, slices: Slices, state: Extract<Release, { kind: 'end' }>['state'] = 'succeeded') {
    const { runId } = await requestSync(database, { organizationId, integrationId, types: [] });
    const claimed = await claimRun(database, { organizationId, runId, worker: 'test' });
    if (claimed === null) throw new Error('not claimed');
    const ledger = createLedger(database, { ...claimed, visibility: Buffer.alloc(64, 1) });
    for (const [name, status] of Object.entries(slices)) {
      const [type = '', slice = ''] = name.split('/');
      const { id } = await ledger.open({ type, mode: 'event', typeVersion: 1, slice });
      const error = status === 'failed' ? { code: 'timeout', message: 'The provider is away.' } : null;
      await ledger.close(id, { status, error, gone: [], unproven: [], expected: null, calls: [] });
    }
    await superuser.prisma
      .$executeRaw`UPDATE stream_run SET opened_at = now() - ${daysAgo} * interval '24 hours' WHERE run_id = ${runId}::uuid`;
    await superuser.prisma
      .$executeRaw`UPDATE sync_run SET started_at = now() - ${daysAgo} * interval '24 hours' WHERE id = ${runId}::uuid`;
    await releaseRun(database, claimed, { kind: 'end', state, error: null, retention }, null);
  }
  async function forgets() {
    const found = await findIntegration(database, organizationId, integrationId);
    const { retentionWarnsAt } = await superuser.prisma.integration.findFirstOrThrow({ where: { id: integrationId } });
    const daysTo = (date: Date | null | undefined) => (date ? Math.round((date.getTime() - Date.now()) / day) : null);
    return { type: found?.forgetsType, in: daysTo(found?.forgetsAt), toldIn: daysTo(retentionWarnsAt) };
  }

  it('is the earliest over its types and slices, and is told a sixth of the retention before', async () => {
    await run(10, { 'test.audit_event/eu': 'complete', 'test.login/': 'complete' });
    expect(await forgets()).toEqual({ type: 'test.audit_event', in: 80, toldIn: 65 });
    await run(
      2,
      { 'test.audit_event/eu': 'complete', 'test.audit_event/us': 'complete', 'test.login/': 'failed' },
      'partial',
    );
    expect(await forgets()).toEqual({ type: 'test.audit_event', in: 88, toldIn: 73 });
    await run(
      1,
      { 'test.audit_event/eu': 'complete', 'test.audit_event/us': 'failed', 'test.login/': 'failed' },
      'partial',
    );
    expect(await forgets()).toEqual({ type: 'test.audit_event', in: 88, toldIn: 73 });
  });

  it('does not move with a pass that broke off, and stays told until it moves', async () => {
    await run(80, { 'test.audit_event/eu': 'complete' });
    await superuser.prisma.integration.updateMany({ where: { id: integrationId }, data: { retentionWarnsAt: null } });
    await run(1, { 'test.audit_event/eu': 'failed' }, 'failed');
    await run(1, {}, 'failed');
    expect(await forgets()).toEqual({ type: 'test.audit_event', in: 10, toldIn: null });
    await run(0, { 'test.audit_event/eu': 'complete' });
    expect(await forgets()).toEqual({ type: 'test.audit_event', in: 90, toldIn: 75 });
  });

  it('waits no longer for a slice that is not listed any more, once a run has listed the others to its end', async () => {
    await run(80, { 'test.audit_event/eu': 'complete', 'test.audit_event/us': 'complete' });
    await run(3, { 'test.audit_event/us': 'complete' }, 'cancelled');
    await run(2, { 'test.audit_event/': 'failed' }, 'failed');
    expect(await forgets()).toMatchObject({ in: 10 });
    await run(1, { 'test.audit_event/us': 'complete' });
    expect(await forgets()).toMatchObject({ in: 89 });
  });

  it('is never where nothing was read to its end, or where nothing forgets', async () => {
    await run(5, { 'test.audit_event/eu': 'failed', 'test.thing/': 'complete' }, 'partial');
    expect(await forgets()).toEqual({ type: null, in: null, toldIn: null });
  });
});
