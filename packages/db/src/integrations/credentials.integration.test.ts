import { createTestOrganization, startDatabase, type TestDatabase } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  claimRun,
  createDatabase,
  type Database,
  findIntegration,
  listCredentialAccesses,
  type ModelTransaction,
  pauseIntegration,
  readSealedCredential,
  readSealedIntegration,
  removeIntegration,
  replaceCredential,
  requestSync,
  resumeIntegration,
  uuid,
} from '../index.ts';

const byAda = { actor: 'cli:ada', action: 'credential.updated' } as const;
const health = { purpose: 'health', worker: 'worker-1' } as const;

describe('the credentials of an integration', () => {
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

  const query = <T>(work: (transaction: ModelTransaction) => Promise<T>) =>
    database.withOrganization(target.organizationId, work);
  const next = (version: number) => ({
    ...target,
    ...{
      credentialId: uuid(),
      version,
      kind: 'token',
      wrappedKey: Buffer.from('planted'),
      sealed: Buffer.from('planted'),
    },
  });
  const accesses = () => listCredentialAccesses(database, { ...target, limit: 20 });
  const versions = async () => (await query((t) => t.credential.findMany())).map(({ version }) => version);
  const audited = async () => {
    const entries = await query((t) => t.auditLog.findMany({ orderBy: [{ at: 'asc' }, { id: 'asc' }] }));
    return entries.filter(({ action }) => action !== 'organization.created');
  };
  const open = () => readSealedIntegration(database, target, health);
  async function integration() {
    const found = await findIntegration(database, target.organizationId, target.integrationId);
    return found ?? Promise.reject(new Error('the integration is gone'));
  }

  it('are counted whenever a worker opens them, by day, version and purpose', async () => {
    await Promise.all(Array.from({ length: 6 }, open));
    const { runId } = await requestSync(database, { ...target, types: [] });
    const claim = (worker: string) => claimRun(database, { organizationId: target.organizationId, runId, worker });
    expect(await claim('worker-1')).not.toBeNull();
    expect(await claim('worker-2')).toBeNull();
    expect((await accesses()).toSorted((a, b) => a.purpose.localeCompare(b.purpose))).toMatchObject([
      { version: 1, purpose: 'health', times: 6, by: 'worker-1' },
      { version: 1, purpose: 'sync', times: 1, by: 'worker-1' },
    ]);
    await replaceCredential(database, next(2), byAda);
    await open();
    expect(await accesses()).toContainEqual(expect.objectContaining({ version: 2, purpose: 'health', times: 1 }));
  });

  it('are audited each time a person opens or replaces them, without what they hold', async () => {
    await readSealedCredential(database, await integration(), 'cli:ada');
    await replaceCredential(database, next(2), byAda);
    expect(await audited()).toMatchObject([
      { action: 'integration.added' },
      { actor: 'cli:ada', action: 'credential.opened', subject: target.integrationId, details: { version: 1 } },
      { actor: 'cli:ada', action: 'credential.updated', details: { version: 2, kind: 'token' } },
    ]);
    expect(JSON.stringify(await audited())).not.toContain('planted');
    expect((await accesses()).map(({ purpose }) => purpose)).toEqual(['updated', 'opened']);
  });

  it('are replaced by the next version only, once, and the one before is destroyed', async () => {
    const both = await Promise.all([
      replaceCredential(database, next(2), byAda),
      replaceCredential(database, next(2), byAda),
    ]);
    expect(both.toSorted()).toEqual([false, true]);
    expect(await replaceCredential(database, next(5), byAda)).toBe(false);
    expect(await versions()).toEqual([2]);
    expect((await audited()).filter(({ action }) => action === 'credential.updated')).toHaveLength(1);
  });

  it('are destroyed with the integration, audited, and never come back', async () => {
    await open();
    await removeIntegration(database, target);
    expect(await versions()).toEqual([]);
    expect((await audited()).at(-1)).toMatchObject({ action: 'integration.removed', subject: target.integrationId });
    expect(await open()).toBeNull();
    expect(await replaceCredential(database, next(2), byAda)).toBe(false);
    expect(await versions()).toEqual([]);
    expect(await accesses()).toMatchObject([{ purpose: 'health', times: 1 }]);
  });

  it('leave a trace that nobody can take away', async () => {
    await open();
    await pauseIntegration(database, target);
    await resumeIntegration(database, target);
    expect((await audited()).map(({ action }) => action)).toEqual([
      'integration.added',
      'integration.paused',
      'integration.resumed',
    ]);
    for (const change of [
      'DELETE FROM credential_use',
      'UPDATE credential_use SET first_at = now()',
      "UPDATE audit_log SET actor = 'somebody'",
      'DELETE FROM audit_log',
    ])
      await expect(query((t) => t.$executeRawUnsafe(change))).rejects.toThrow(/permission denied/);
  });

  it('are seen by their own organization only', async () => {
    await open();
    const other = await createTestOrganization(database);
    expect(await listCredentialAccesses(database, { ...target, ...other, limit: 5 })).toEqual([]);
    const foreign = { organizationId: other.organizationId, integrationId: target.integrationId };
    expect(await readSealedIntegration(database, foreign, health)).toBeNull();
    expect(await listCredentialAccesses(database, { ...foreign, limit: 5 })).toEqual([]);
  });
});
