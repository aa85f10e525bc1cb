import { addIntegration, createOrganization, type Database, uuid } from '@evidence-fleet/db';
import type { OrganizationKey, Vault } from '@evidence-fleet/vault';

/** An organization whose integrations have real, sealed credentials. */
export interface Tenant {
  readonly organizationId: string;
  readonly slug: string;
  /** @returns the integration's id */
  add(integration: TenantIntegration): Promise<string>;
}

export interface TenantIntegration {
  readonly connector: string;
  readonly name: string;
  /** The auth kind and its secrets. */
  readonly kind: string;
  readonly secrets: Record<string, unknown>;
  readonly settings: Record<string, unknown>;
  /** Where the simulator listens. */
  readonly endpoint: string;
  /** Scheduled from now on, every so many minutes; without it only on demand. */
  readonly intervalMinutes?: number;
}

/** Makes an organization with a key of its own. */
export async function createTenant(database: Database, vault: Vault, slug: string): Promise<Tenant> {
  const organizationId = uuid();
  const key: OrganizationKey = await vault.createOrganizationKey(organizationId);
  await createOrganization(database, { id: organizationId, slug, name: slug }, key);
  return {
    organizationId,
    slug,
    async add({ kind, secrets, intervalMinutes, ...integration }) {
      const id = uuid();
      const address = { organizationId, integrationId: id, credentialId: uuid(), version: 1 };
      const sealed = await vault.seal(key, address, secrets);
      await addIntegration(database, {
        ...integration,
        organizationId,
        id,
        account: null,
        credential: { ...sealed, kind },
        intervalMinutes: intervalMinutes ?? null,
        cron: null,
        timeZone: null,
        nextSyncAt: intervalMinutes === undefined ? null : new Date(),
      });
      return id;
    },
  };
}
