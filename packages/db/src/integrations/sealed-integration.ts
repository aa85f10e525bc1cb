import { type Database, Prisma, type Transaction } from '../database.ts';
import { type CredentialUse, noteUse } from './credential-use.ts';
import { columns, type Integration, type StoredCredential } from './integrations.ts';
import type { WrappedKey } from './organizations.ts';

/** An integration with its credential as it is stored, and the key that opens it. */
export interface SealedIntegration {
  readonly integration: Integration;
  /** null when the organization's key was destroyed, and every credential with it. */
  readonly key: WrappedKey | null;
  /** The version that the integration names; null when it has been destroyed. */
  readonly credential: StoredCredential | null;
}

/**
 * Read to be opened: that is noted in the same transaction.
 * @returns null when there is no such integration, or it was removed
 */
export async function readSealedIntegration(
  database: Database,
  { organizationId, integrationId }: { readonly organizationId: string; readonly integrationId: string },
  use: CredentialUse,
): Promise<SealedIntegration | null> {
  const opened = Prisma.sql`(SELECT ${organizationId}::uuid AS organization_id, ${integrationId}::uuid AS integration_id)`;
  const [sealed] = await database.withTrips(organizationId, (transaction) =>
    Promise.all([
      readSealed(transaction, organizationId, Prisma.sql`${integrationId}::uuid`),
      transaction.$executeRaw(noteUse(opened, use)),
    ]),
  );
  return sealed;
}

/** @param id of the integration, as an expression */
export async function readSealed(
  transaction: Transaction,
  organizationId: string,
  id: Prisma.Sql,
): Promise<SealedIntegration | null> {
  const [[integration], [key], [credential]] = await Promise.all([
    transaction.$queryRaw<Integration[]>`
      SELECT ${selected} FROM integration WHERE organization_id = ${organizationId}::uuid AND id = ${id} AND removed_at IS NULL`,
    transaction.$queryRaw<WrappedKey[]>`
      SELECT organization_id AS "organizationId", key_id AS "keyId", wrapped FROM organization_key
      WHERE organization_id = ${organizationId}::uuid`,
    transaction.$queryRaw<StoredCredential[]>`
      SELECT c.organization_id AS "organizationId", c.integration_id AS "integrationId", c.id AS "credentialId", c.version, c.kind,
        c.wrapped_key AS "wrappedKey", c.sealed
      FROM credential c
      JOIN integration i ON i.organization_id = c.organization_id AND i.id = c.integration_id AND i.credential_version = c.version
      WHERE c.organization_id = ${organizationId}::uuid AND c.integration_id = ${id}`,
  ]);
  return integration === undefined ? null : { integration, key: key ?? null, credential: credential ?? null };
}

/** Every column of an integration under its own name here. */
const selected = Prisma.join(
  Object.keys(columns).map((name) =>
    Prisma.raw(`${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)} AS "${name}"`),
  ),
);
