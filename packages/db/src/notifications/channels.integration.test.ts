import { createTestOrganization, startDatabase, type TestDatabase } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  addChannel,
  createDatabase,
  type Database,
  dueChannels,
  endDelivering,
  type Health,
  listChannels,
  listNotifications,
  noteDelivered,
  readOutbox,
  recordHealth,
  removeChannel,
  testChannel,
  uuid,
  warnBeforeForgetting,
} from '../index.ts';
import { notify } from './notify.ts';

const ok: Health = { status: 'ok', account: { id: '1', title: 'One' }, quotaScope: 'one', grants: [] };
const error: Health = { status: 'error', code: 'authentication_failed', message: 'Revoked.' };

describe('channels', () => {
  let server: TestDatabase;
  let database: Database;
  let scheduler: Database;
  let superuser: Database;
  let target: { organizationId: string; integrationId: string };
  let channelId: string;

  beforeAll(async () => {
    server = await startDatabase();
    database = createDatabase({ url: server.app });
    scheduler = createDatabase({ url: server.scheduler });
    superuser = createDatabase({ url: server.superuser });
  });
  afterAll(async () => {
    await Promise.all([database, scheduler, superuser].map((one) => one.close()));
    await server.close();
  });
  beforeEach(async () => {
    await superuser.prisma.$executeRaw`TRUNCATE organization, notification, notification_channel CASCADE`;
    target = await createTestOrganization(database);
    channelId = await add('mail');
  });

  async function add(name: string, organizationId = target.organizationId) {
    const id = uuid();
    const channel = { organizationId, id, name, kind: 'mail', target: 'a@example.com', secret: null } as const;
    await addChannel(database, channel, 'test');
    return id;
  }
  const of = () => ({ organizationId: target.organizationId, channelId });
  const outbox = async (id = channelId) =>
    (await readOutbox(database, { organizationId: target.organizationId, channelId: id, limit: 20 }))?.pending ?? [];
  const channel = async () => (await listChannels(database, target.organizationId)).find(({ id }) => id === channelId);
  const tell = async (...found: Health[]) => {
    for (const health of found) await recordHealth(database, target, health);
  };
  const due = () => dueChannels(scheduler, 100);
  const makeDue = () => superuser.prisma.notificationChannel.updateMany({ data: { dueAt: new Date() } });
  const fail = async (hasSent = false) => {
    const notificationIds = (await outbox()).slice(0, 1).map(({ id }) => id);
    await endDelivering(database, of(), { failure: { notificationIds, reason: 'It answered 500.' }, hasSent });
  };
  const secondsToNext = async () =>
    ((await channel())?.nextAttemptAt?.getTime() ?? Number.NaN) / 1_000 - Date.now() / 1_000;

  it('have every notification to send that is told from then on, each once, and are rung for it once', async () => {
    const second = await add('second');
    await tell(error, error, ok);
    expect((await outbox()).map(({ kind }) => kind)).toEqual(['integration.error', 'integration.recovered']);
    expect(await outbox(second)).toHaveLength(2);
    const rings = await Promise.all([due(), due()]);
    expect(
      rings
        .flat()
        .map((ring) => ring.channelId)
        .toSorted(),
    ).toEqual([channelId, second].toSorted());
    expect(await due()).toEqual([]);
    expect(await outbox(await add('third'))).toEqual([]);
  });

  it('have nothing to send of a change that was taken back', async () => {
    const failing = database.withOrganization(target.organizationId, async (transaction) => {
      await notify(transaction, target, { kind: 'integration.error', message: 'It needs you.' });
      throw new Error('taken back');
    });
    await expect(failing).rejects.toThrow('taken back');
    expect(await outbox()).toEqual([]);
    expect(await due()).toEqual([]);
  });

  it('are not due when all is sent, and due again with the next', async () => {
    await tell(error);
    expect(await due()).toHaveLength(1);
    await noteDelivered(database, of(), { notificationIds: (await outbox()).map(({ id }) => id), remark: null });
    await endDelivering(database, of(), { failure: null, hasSent: true });
    expect((await superuser.prisma.notificationChannel.findFirst())?.dueAt).toBeNull();
    await tell(ok);
    expect(await due()).toHaveLength(1);
    expect((await outbox()).map(({ kind }) => kind)).toEqual(['integration.recovered']);
  });

  it('miss nothing that is told while they are being emptied', async () => {
    await tell(error);
    await due();
    await noteDelivered(database, of(), { notificationIds: (await outbox()).map(({ id }) => id), remark: null });
    const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>();
    const { promise: isTold, resolve: told } = Promise.withResolvers<void>();
    const telling = database.withOrganization(target.organizationId, async (transaction) => {
      await notify(transaction, target, { kind: 'integration.recovered', message: 'It works again.' });
      told();
      await mayCommit;
    });
    await isTold;
    const ending = endDelivering(database, of(), { failure: null, hasSent: true });
    commit();
    await Promise.all([telling, ending]);
    expect(await outbox()).toHaveLength(1);
    expect(await due()).toHaveLength(1);
  });

  it('are followed up when the worker that was rung for them is gone', async () => {
    await tell(error);
    expect(await due()).toHaveLength(1);
    expect(await due()).toEqual([]);
    await makeDue(); // its lease is over
    expect(await due()).toHaveLength(1);
  });

  it('that fail are tried again after half a minute, then twice as long, up to an hour, and say why', async () => {
    await tell(error);
    for (const seconds of [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600]) {
      await fail();
      expect(Math.abs((await secondsToNext()) / seconds - 1)).toBeLessThan(0.15);
    }
    expect(await channel()).toMatchObject({ failures: 9, failingReason: 'It answered 500.', pending: 1 });
    await fail(true); // after another one that arrived
    expect(Math.abs((await secondsToNext()) / 30 - 1)).toBeLessThan(0.15);
    expect(await channel()).toMatchObject({ failures: 1 });
    await tell(ok); // goes on waiting
    expect(await due()).toEqual([]);
    await noteDelivered(database, of(), { notificationIds: (await outbox()).map(({ id }) => id), remark: null });
    await endDelivering(database, of(), { failure: null, hasSent: true });
    expect(await channel()).toMatchObject({ failures: 0, failingSince: null, failingReason: null, pending: 0 });
  });

  it('send what was never tried before what failed', async () => {
    await tell(error);
    await fail();
    await tell(ok);
    expect((await outbox()).map(({ kind }) => kind)).toEqual(['integration.recovered', 'integration.error']);
  });

  it('give up what could not be sent for three days', async () => {
    await tell(error);
    await superuser.prisma.$executeRaw`UPDATE notification_delivery SET created_at = now() - interval '71 hours'`;
    await fail();
    expect(await outbox()).toHaveLength(1);
    await superuser.prisma.$executeRaw`UPDATE notification_delivery SET created_at = now() - interval '73 hours'`;
    await fail();
    expect(await outbox()).toEqual([]);
    const [listed] = await listNotifications(database, { ...target, all: false, limit: 5 });
    expect(listed?.deliveries).toEqual([
      { channel: 'mail', state: 'abandoned', attempts: 2, error: 'It answered 500.' },
    ]);
    expect((await superuser.prisma.notificationChannel.findFirst())?.dueAt).toBeNull();
  });

  it('are sent a message to try them, which is on no list of what to see to', async () => {
    await testChannel(database, { ...target, id: channelId, notificationId: uuid(), actor: 'test' });
    expect(await outbox()).toMatchObject([{ kind: 'channel.test' }]);
    expect(await due()).toHaveLength(1);
    expect(await listNotifications(database, { organizationId: target.organizationId, all: false, limit: 5 })).toEqual(
      [],
    );
  });

  it('lose their secret and what they had to send when they are removed, audited', async () => {
    const sealed = { wrappedKey: Buffer.alloc(8, 1), sealed: Buffer.alloc(8, 2) };
    const id = uuid();
    const { organizationId } = target;
    await addChannel(
      database,
      { organizationId, id, name: 'hook', kind: 'webhook', target: 'https://a.example', secret: sealed },
      'test',
    );
    await tell(error);
    expect(await removeChannel(database, { organizationId, id, actor: 'cli:ada' })).toBe(true);
    expect(await removeChannel(database, { organizationId, id, actor: 'cli:ada' })).toBe(false);
    expect(await readOutbox(database, { organizationId, channelId: id, limit: 5 })).toBeNull();
    const row = await superuser.prisma.notificationChannel.findFirstOrThrow({ where: { id } });
    expect(row).toMatchObject({ wrappedKey: null, sealed: null, dueAt: null, removedAt: expect.any(Date) });
    await tell(ok);
    expect(await superuser.prisma.notificationDelivery.count({ where: { channelId: id, abandonedAt: null } })).toBe(0);
    const entries = await database.withOrganization(organizationId, (t) =>
      t.auditLog.findMany({ where: { subject: id }, orderBy: { at: 'asc' } }),
    );
    expect(entries.map(({ action }) => action)).toEqual(['channel.added', 'channel.removed']);
    await add('hook'); // the name is free again
  });

  it('are sent what the scheduler tells itself, each its own organization', async () => {
    const other = await createTestOrganization(database);
    const others = await add('mail', other.organizationId);
    const warn = {
      forgetsAt: new Date(Date.now() + 3_600_000),
      forgetsType: 'test.event',
      retentionWarnsAt: new Date(),
    };
    await superuser.prisma.integration.updateMany({ where: { id: other.integrationId }, data: warn });
    expect(await warnBeforeForgetting(scheduler)).toMatchObject({ told: 1 });
    expect(await due()).toEqual([{ organizationId: other.organizationId, channelId: others }]);
    expect(await outbox()).toEqual([]);
  });
});
