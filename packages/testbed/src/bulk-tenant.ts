import { createOrganization, uuid } from '@evidence-fleet/db';
import { createVault, parseKeyring, type SealedCredential } from '@evidence-fleet/vault';
import type { Fleet } from './fleet.ts';

export interface BulkIntegrations {
  readonly count: number;
  readonly connector: string;
  /** The auth kind of every credential. */
  readonly kind: string;
  /** Where the simulator listens. */
  readonly endpoint: string;
  /** What tells one integration from another. @param index from 0 */
  each(index: number): { readonly secrets: object; readonly settings: object };
}

/**
 * An organization with any number of integrations whose credentials are really sealed, inserted in two statements. Each is due now and
 * once: after that its syncs are on demand only, so that a second scheduled run would be a fault. No health check is planned.
 * @returns the organization's id
 */
export async function createBulkTenant(
  { database, superuser, keyring }: Pick<Fleet, 'database' | 'superuser' | 'keyring'>,
  slug: string,
  { count, connector, kind, endpoint, each }: BulkIntegrations,
): Promise<string> {
  const vault = createVault(parseKeyring(keyring));
  const organizationId = uuid();
  const key = await vault.createOrganizationKey(organizationId);
  await createOrganization(database, { id: organizationId, slug, name: slug }, key);
  const settings: string[] = [];
  const credentials: SealedCredential[] = [];
  for (let index = 0; index < count; index++) {
    const one = each(index);
    const address = { organizationId, integrationId: uuid(), credentialId: uuid(), version: 1 };
    settings.push(JSON.stringify(one.settings));
    credentials.push(await vault.seal(key, address, one.secrets));
  }
  const ids = credentials.map(({ integrationId }) => integrationId);
  await superuser.query(
    `INSERT INTO integration (organization_id, id, connector, name, settings, endpoint, credential_version, next_sync_at)
     SELECT $1, id, $2, 'integration ' || number, settings::jsonb, $3, 1, now()
     FROM unnest($4::uuid[], $5::text[]) WITH ORDINALITY AS made (id, settings, number)`,
    [organizationId, connector, endpoint, ids, settings],
  );
  await superuser.query(
    `INSERT INTO credential (organization_id, id, integration_id, version, kind, wrapped_key, sealed)
     SELECT $1, id, integration_id, 1, $2, wrapped_key, sealed
     FROM unnest($3::uuid[], $4::uuid[], $5::bytea[], $6::bytea[]) AS made (id, integration_id, wrapped_key, sealed)`,
    [
      organizationId,
      kind,
      credentials.map(({ credentialId }) => credentialId),
      ids,
      credentials.map(({ wrappedKey }) => Buffer.from(wrappedKey)),
      credentials.map(({ sealed }) => Buffer.from(sealed)),
    ],
  );
  return organizationId;
}
