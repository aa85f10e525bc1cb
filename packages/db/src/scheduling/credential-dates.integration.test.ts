import { createTestOrganization, startDatabase, type TestDatabase } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  createDatabase,
  type Database,
  findIntegration,
  listNotifications,
  recordHealth,
  removeIntegration,
  replaceCredential,
  uuid,
  warnOfCredentials,
} from '../index.ts';

const day = 24 * 3_600_000;

describe('the dates of a credential', () => {
  let server: TestDatabase;
  let database: Database;
  let scheduler: Database;
  let superuser: Database;
  let target: { organizationId: string; integrationId: string };

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
    target = await createTestOrganization(database);
  });

  const dates = async () => {
    const id = target.integrationId;
    return superuser.prisma.integration.findFirstOrThrow({
      where: { id },
      select: { credentialAgesAt: true, credentialExpiresAt: true, credentialExpiryWarnsAt: true },
    });
  };
  const daysTo = (date: Date | null) => ((date?.getTime() ?? Number.NaN) - Date.now()) / day;
  /** As if `days` had passed. */
  const pass = (days: number) => superuser.prisma.$executeRaw`
    UPDATE integration SET credential_ages_at = credential_ages_at - ${days} * interval '1 day',
      credential_expires_at = credential_expires_at - ${days} * interval '1 day',
      credential_expiry_warns_at = credential_expiry_warns_at - ${days} * interval '1 day'
    WHERE id = ${target.integrationId}::uuid`;
  const check = (credentialExpiresAt?: Date) =>
    recordHealth(database, target, {
      status: 'ok',
      account: { id: 'account-1', title: 'Account' },
      quotaScope: 'account-1',
      grants: [],
      ...(credentialExpiresAt ? { credentialExpiresAt } : {}),
    });
  const kinds = async () => {
    const listed = await listNotifications(database, { ...target, all: true, limit: 20 });
    return listed.map(({ kind }) => kind.replace('integration.credential_', '')).toReversed();
  };
  const warn = () => Promise.all([warnOfCredentials(scheduler), warnOfCredentials(scheduler)]);

  it('tell once that it is 90 days old, though several schedulers look, and what to do', async () => {
    expect(daysTo((await dates()).credentialAgesAt)).toBeCloseTo(90, 2);
    await pass(89);
    await warn();
    expect(await kinds()).toEqual([]);
    await pass(2);
    await warn();
    await warn();
    expect(await kinds()).toEqual(['old']);
    const [told] = await listNotifications(database, { ...target, all: true, limit: 1 });
    expect(told?.message).toContain(`fleet integrations update-credentials ${target.integrationId}`);
  });

  it('begin anew with the next credential', async () => {
    await check(new Date(Date.now() + 20 * day));
    await pass(91);
    const credential = { ...target, credentialId: uuid(), version: 2, kind: 'none' };
    await replaceCredential(
      database,
      { ...credential, wrappedKey: new Uint8Array(1), sealed: new Uint8Array(1) },
      { actor: 'test', action: 'credential.updated' },
    );
    await warn();
    expect(await kinds()).toEqual([]);
    expect(daysTo((await dates()).credentialAgesAt)).toBeCloseTo(90, 2);
    expect(await dates()).toMatchObject({ credentialExpiresAt: null, credentialExpiryWarnsAt: null });
  });

  it('tell once, 14 days ahead, that it ends, by what the provider says at every check', async () => {
    const expiresAt = new Date(Date.now() + 30 * day);
    await check(expiresAt);
    await check(expiresAt);
    expect((await findIntegration(database, target.organizationId, 'test'))?.credentialExpiresAt).toEqual(expiresAt);
    expect(daysTo((await dates()).credentialExpiryWarnsAt)).toBeCloseTo(16, 2);
    await warn();
    expect(await kinds()).toEqual([]);
    await pass(17);
    await warn();
    await check((await dates()).credentialExpiresAt ?? undefined);
    await warn();
    expect(await kinds()).toEqual(['expires']);
  });

  it('tell at once of one that ends soon, never of one that has ended, and again when the date moves', async () => {
    await check(new Date(Date.now() + 2 * day));
    await warn();
    expect(await kinds()).toEqual(['expires']);
    await check(new Date(Date.now() - day));
    await warn();
    expect(await kinds()).toEqual(['expires']);
    await check(new Date(Date.now() + 3 * day));
    await warn();
    expect(await kinds()).toEqual(['expires', 'expires']);
    await check();
    expect(await dates()).toMatchObject({ credentialExpiresAt: null, credentialExpiryWarnsAt: null });
  });

  it('say nothing of a removed integration, and both at once where both are due', async () => {
    await check(new Date(Date.now() + 2 * day));
    await pass(0.5);
    await superuser.prisma.integration.updateMany({
      where: { id: target.integrationId },
      data: { credentialAgesAt: new Date() },
    });
    const gone = await createTestOrganization(database);
    await superuser.prisma.integration.updateMany({
      where: { id: gone.integrationId },
      data: { credentialAgesAt: new Date() },
    });
    await removeIntegration(database, gone);
    await warn();
    expect((await kinds()).toSorted()).toEqual(['expires', 'old']);
    expect(await listNotifications(database, { organizationId: gone.organizationId, all: true, limit: 5 })).toEqual([]);
  });
});
