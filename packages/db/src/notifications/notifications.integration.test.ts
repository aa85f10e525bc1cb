import { createTestOrganization, startDatabase, type TestDatabase } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  acknowledgeNotifications,
  createDatabase,
  type Database,
  type Health,
  listNotifications,
  pauseIntegration,
  recordHealth,
  uuid,
} from '../index.ts';

const ok: Health = { status: 'ok', account: { id: '1', title: 'One' }, quotaScope: 'one', grants: [] };
const degraded: Health = { status: 'degraded', code: 'timeout', message: 'It did not answer.' };
const error: Health = { status: 'error', code: 'authentication_failed', message: 'The token was revoked. Make one.' };

describe('notifications', () => {
  let server: TestDatabase;
  let database: Database;
  let target: { organizationId: string; integrationId: string };

  beforeAll(async () => {
    server = await startDatabase();
    database = createDatabase({ url: server.app });
  });
  afterAll(async () => {
    await database.close();
    await server.close();
  });
  beforeEach(async () => {
    target = await createTestOrganization(database);
  });

  const list = (all = false, of = target) => listNotifications(database, { ...of, all, limit: 100 });
  const kinds = async () => (await list()).map(({ kind }) => kind).toReversed();
  const check = async (...found: Health[]) => {
    for (const health of found) await recordHealth(database, target, health);
  };

  it('tell of each change of health once, and of the recovery', async () => {
    await check(ok, degraded, degraded, degraded, error, error, degraded, ok, ok);
    expect(await kinds()).toEqual([
      'integration.degraded',
      'integration.error',
      'integration.degraded',
      'integration.recovered',
    ]);
    expect((await list()).at(-2)).toMatchObject({
      integration: 'test',
      message: 'test needs you: The token was revoked. Make one. Its syncs pause until a health check passes.',
    });
  });

  it('tell once, though many checks find the same change at once', async () => {
    await Promise.all(Array.from({ length: 8 }, () => recordHealth(database, target, degraded)));
    expect(await kinds()).toEqual(['integration.degraded']);
  });

  it('are silent on a paused integration', async () => {
    await pauseIntegration(database, target);
    await check(degraded, error);
    expect(await kinds()).toEqual([]);
  });

  it('leave the list when they are acknowledged, once, and stay in the whole one', async () => {
    await check(degraded, ok, error);
    const [last] = await list();
    const { organizationId } = target;
    const acknowledge = (id?: string) =>
      acknowledgeNotifications(database, { organizationId, actor: 'cli:ada', ...(id === undefined ? {} : { id }) });
    expect(await acknowledge(uuid())).toBe(0);
    expect(await acknowledge(last?.id)).toBe(1);
    expect(await acknowledge(last?.id)).toBe(0);
    expect(await kinds()).toEqual(['integration.degraded', 'integration.recovered']);
    expect(await acknowledge()).toBe(2);
    expect(await list()).toEqual([]);
    expect(await list(true)).toHaveLength(3);
    expect((await list(true))[0]).toMatchObject({ acknowledgedBy: 'cli:ada', acknowledgedAt: expect.any(Date) });
  });

  it('are seen and acknowledged by their own organization only, and are not rewritten', async () => {
    await check(error);
    const other = await createTestOrganization(database);
    expect(await list(true, other)).toEqual([]);
    const [id] = (await list()).map((one) => one.id);
    expect(await acknowledgeNotifications(database, { ...other, actor: 'other', ...(id ? { id } : {}) })).toBe(0);
    const rewrite = database.withOrganization(target.organizationId, (transaction) =>
      transaction.notification.updateMany({ data: { message: 'all is well' } }),
    );
    await expect(rewrite).rejects.toThrow(/permission denied/);
  });
});
