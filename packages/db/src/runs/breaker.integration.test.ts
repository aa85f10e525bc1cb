import { createTestOrganization, startDatabase, type TestDatabase } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ClaimedRun,
  claimRun,
  createDatabase,
  createLedger,
  type Database,
  feed,
  findIntegration,
  type ModelTransaction,
  readBacklog,
  recordHealth,
  releaseRun,
  requestSync,
} from '../index.ts';

const hour = 3_600_000;

describe("an integration's circuit breaker", () => {
  let server: TestDatabase;
  let database: Database;
  let scheduler: Database;
  let organizationId: string;
  let integrationId: string;

  beforeAll(async () => {
    server = await startDatabase();
    database = createDatabase({ url: server.app });
    scheduler = createDatabase({ url: server.scheduler });
  });
  afterAll(async () => {
    await Promise.all([database.close(), scheduler.close()]);
    await server.close();
  });
  beforeEach(async () => {
    ({ organizationId, integrationId } = await createTestOrganization(database));
    await schedule({ intervalMinutes: 60, cron: null });
  });

  const query = <T>(work: (transaction: ModelTransaction) => Promise<T>) =>
    database.withOrganization(organizationId, work);
  const schedule = (to: { intervalMinutes: number | null; cron: string | null }) =>
    query((t) => t.integration.updateMany({ data: { ...to, nextSyncAt: new Date() } }));
  async function integration() {
    const found = await findIntegration(database, organizationId, integrationId);
    if (found === null) throw new Error('the integration is gone');
    return found;
  }
  const hoursTo = (date: Date | null) => ((date?.getTime() ?? 0) - Date.now()) / hour;
  const kinds = () => query(async (t) => (await t.notification.findMany()).map(({ kind }) => kind));

  const isFed = async () =>
    (await feed(scheduler, { window: 100 })).rings.some((ring) => ring.organizationId === organizationId);

  /** One run whose slices end as told, and that ends itself with `code`. */
  async function run(code: string | null, slices: readonly ('complete' | 'timeout' | 'permission_denied')[] = []) {
    const { runId } = await requestSync(database, { organizationId, integrationId, types: [] });
    const claimed = await claimRun(database, { organizationId, runId, worker: 'test' });
    if (claimed === null) throw new Error('not claimed');
    await pass(claimed, slices);
    const state = slices.includes('complete') ? 'partial' : 'failed';
    const error = code === null ? null : { code, message: 'The provider is away.' };
    await releaseRun(database, claimed, { kind: 'end', state, error }, null);
  }
  async function pass(claimed: ClaimedRun, slices: readonly string[]) {
    const ledger = createLedger(database, { ...claimed, visibility: Buffer.alloc(64, 1) });
    for (const [index, end] of slices.entries()) {
      const { id } = await ledger.open({ type: 'test.thing', mode: 'snapshot', typeVersion: 1, slice: String(index) });
      const failed = { status: 'failed', error: { code: end, message: 'The provider is away.' } } as const;
      const how = end === 'complete' ? ({ status: 'complete', error: null } as const) : failed;
      await ledger.close(id, { ...how, gone: [], unproven: [], expected: 0, calls: [] });
    }
  }
  async function outages(count: number) {
    for (let done = 0; done < count; done += 1) await run('service_unavailable');
  }

  it('opens at the third outage in a row, and steps back by one interval, two, four, up to a day', async () => {
    await outages(2);
    expect(await integration()).toMatchObject({ syncFailures: 2, breakerUntil: null });
    expect(hoursTo((await integration()).nextSyncAt)).toBeLessThan(0.1);
    for (const hours of [1, 2, 4, 8, 16, 24, 24]) {
      await outages(1);
      const { breakerUntil, nextSyncAt, failingSince, failingReason } = await integration();
      expect(hoursTo(breakerUntil)).toBeCloseTo(hours, 1);
      expect(nextSyncAt).toEqual(breakerUntil);
      expect(failingSince?.getTime()).toBeLessThan(Date.now());
      expect(failingReason).toBe('The provider is away.');
    }
    expect(await kinds()).toEqual(['integration.breaker_opened']);
    expect(await isFed()).toBe(false);
    expect((await readBacklog(scheduler)).openBreakers).toBeGreaterThan(0);
  });

  it('moves the date of a cron pattern too, and gives none to what has none', async () => {
    await schedule({ intervalMinutes: null, cron: '0 * * * *' });
    await outages(3);
    expect(hoursTo((await integration()).nextSyncAt)).toBeCloseTo(24, 1);
    await query((t) => t.integration.updateMany({ data: { cron: null, nextSyncAt: null } }));
    await outages(1);
    expect(await integration()).toMatchObject({ nextSyncAt: null, syncFailures: 4 });
  });

  it('counts a run whose every slice met an outage, and nothing else', async () => {
    await run(null, ['timeout', 'timeout']);
    expect(await integration()).toMatchObject({ syncFailures: 1 });
    await run(null, ['timeout', 'permission_denied']);
    for (const code of ['authentication_failed', 'internal', 'crashed', 'rate_limited']) await run(code);
    expect(await integration()).toMatchObject({ syncFailures: 1 });
  });

  it('closes with a run that reads something, once', async () => {
    await outages(3);
    await run(null, ['complete', 'timeout']);
    await run(null, ['complete']);
    expect(await integration()).toMatchObject({ syncFailures: 0, breakerUntil: null, failingSince: null });
    expect(await kinds()).toEqual(['integration.breaker_opened', 'integration.breaker_closed']);
  });

  it('has its trial at once when a health check passes after having failed', async () => {
    await recordHealth(
      database,
      { organizationId, integrationId },
      { status: 'degraded', code: 'timeout', message: 'Late.' },
    );
    await outages(3);
    const ok = { status: 'ok', account: { id: '1', title: 'Test' }, quotaScope: 'test:1', grants: [] } as const;
    await recordHealth(database, { organizationId, integrationId }, ok);
    expect(hoursTo((await integration()).nextSyncAt)).toBeLessThanOrEqual(0);
    expect(await isFed()).toBe(true);
  });
});
