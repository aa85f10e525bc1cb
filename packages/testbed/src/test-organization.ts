import { addIntegration, createOrganization, type Database, uuid } from '@evidence-fleet/db';

/** A new organization with one integration whose credential holds nothing, for tests of the database alone. */
export async function createTestOrganization(
  database: Database,
  connector = 'test',
): Promise<{ readonly organizationId: string; readonly integrationId: string }> {
  const organizationId = uuid();
  const integrationId = uuid();
  const slug = `org-${organizationId}`;
  await createOrganization(
    database,
    { id: organizationId, slug, name: slug },
    { organizationId, keyId: 'none', wrapped: new Uint8Array(1) },
  );
  await addIntegration(database, {
    organizationId,
    id: integrationId,
    connector,
    name: 'test',
    settings: {},
    endpoint: null,
    intervalMinutes: 60,
    cron: null,
    timeZone: null,
    nextSyncAt: null,
    account: { id: 'account-1', title: 'Account', quotaScope: 'account-1', grants: [] },
    credential: {
      organizationId,
      integrationId,
      credentialId: uuid(),
      version: 1,
      kind: 'none',
      wrappedKey: new Uint8Array(1),
      sealed: new Uint8Array(1),
    },
  });
  return { organizationId, integrationId };
}
