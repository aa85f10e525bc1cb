import { uuid } from '@evidence-fleet/db';
import type { Fleet } from '@evidence-fleet/testbed';
import { createVault, parseKeyring } from '@evidence-fleet/vault';

/** Organizations with one integration of GitHub each, whose credential is sealed and names the account by its number. */
export async function seedAccounts(
  { superuser, keyring }: Pick<Fleet, 'superuser' | 'keyring'>,
  endpoint: string,
  count: number,
): Promise<void> {
  const vault = createVault(parseKeyring(keyring));
  const accounts = [];
  for (let number = 1; number <= count; number += 1) {
    const [organizationId, integrationId, credentialId] = [uuid(), uuid(), uuid()];
    const key = await vault.createOrganizationKey(organizationId);
    const address = { organizationId, integrationId, credentialId, version: 1 };
    const sealed = await vault.seal(key, address, { token: `token-${number}` });
    accounts.push({
      organization: organizationId,
      integration: integrationId,
      credential: credentialId,
      name: String(number).padStart(9, '0'),
      settings: { organizations: [`organization-${number}`] },
      key: key.keyId,
      wrapped: hex(key.wrapped),
      wrapped_key: hex(sealed.wrappedKey),
      sealed: hex(sealed.sealed),
    });
  }
  const seeded = `jsonb_to_recordset($1::jsonb) AS a (organization uuid, integration uuid, credential uuid, name text, settings jsonb,
    key text, wrapped text, wrapped_key text, sealed text)`;
  const rows = JSON.stringify(accounts);
  await superuser.query(`INSERT INTO organization (id, slug, name) SELECT organization, name, name FROM ${seeded}`, [
    rows,
  ]);
  await superuser.query(
    `INSERT INTO organization_key (organization_id, key_id, wrapped) SELECT organization, key, decode(wrapped, 'hex') FROM ${seeded}`,
    [rows],
  );
  await superuser.query(
    `INSERT INTO integration (organization_id, id, connector, name, settings, endpoint, credential_version)
     SELECT organization, integration, 'github', name, settings, $2, 1 FROM ${seeded}`,
    [rows, endpoint],
  );
  await superuser.query(
    `INSERT INTO credential (organization_id, id, integration_id, version, kind, wrapped_key, sealed)
     SELECT organization, credential, integration, 1, 'token', decode(wrapped_key, 'hex'), decode(sealed, 'hex') FROM ${seeded}`,
    [rows],
  );
  await superuser.query('ANALYZE');
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
