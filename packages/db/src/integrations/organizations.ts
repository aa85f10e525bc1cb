import type { Database } from '../database.ts';
import { audit } from './audit.ts';

export interface Organization {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
}

/** An organization's key as the vault wrapped it. */
export interface WrappedKey {
  readonly organizationId: string;
  readonly keyId: string;
  readonly wrapped: Uint8Array;
}

/**
 * Makes an organization with its key.
 * @param organization.id made by the caller, since the key is wrapped for it
 * @throws when the slug is taken (unique violation)
 */
export async function createOrganization(
  database: Database,
  organization: Organization,
  key: WrappedKey,
): Promise<void> {
  await database.withOrganization(organization.id, async (transaction) => {
    await transaction.organization.create({ data: { ...organization }, select: { id: true } });
    await transaction.organizationKey.create({
      data: { organizationId: organization.id, keyId: key.keyId, wrapped: Uint8Array.from(key.wrapped) },
      select: { organizationId: true },
    });
    await audit(transaction, organization.id, { action: 'organization.created', subject: organization.slug });
  });
}

/** An organization is found by its exact slug; nobody can list them. */
export async function findOrganization(database: Database, slug: string): Promise<Organization | null> {
  return database.prisma.$transaction(async (transaction) => {
    await transaction.$executeRaw`SELECT set_config('app.organization_slug', ${slug}, true)`;
    return transaction.organization.findUnique({ where: { slug }, select: { id: true, slug: true, name: true } });
  });
}

/** The organization's key was destroyed, and every credential with it. */
export class OrganizationKeyDestroyedError extends Error {
  override readonly name = 'OrganizationKeyDestroyedError';
  constructor() {
    super("The organization's key was destroyed, and its credentials with it. Make an organization anew.");
  }
}

/** @throws OrganizationKeyDestroyedError */
export async function readOrganizationKey(database: Database, organizationId: string): Promise<WrappedKey> {
  const key = await database.withOrganization(organizationId, (transaction) =>
    transaction.organizationKey.findUnique({
      where: { organizationId },
      select: { organizationId: true, keyId: true, wrapped: true },
    }),
  );
  if (key === null) throw new OrganizationKeyDestroyedError();
  return key;
}

/** Stores a key wrapped anew, unless somebody else did so in between. */
export async function replaceOrganizationKey(
  database: Database,
  before: WrappedKey,
  after: WrappedKey,
): Promise<boolean> {
  return database.withOrganization(before.organizationId, async (transaction) => {
    const { count } = await transaction.organizationKey.updateMany({
      where: { organizationId: before.organizationId, keyId: before.keyId },
      data: { keyId: after.keyId, wrapped: Uint8Array.from(after.wrapped), rewrappedAt: new Date() },
    });
    return count === 1;
  });
}

/**
 * Wraps every organization's key anew that is not under the primary key, as the keys role; resumable, and safe while workers run.
 * @param rewrap the vault's; null when the key is under the primary already
 * @returns a running count of [rewrapped, looked at]
 */
export async function* rewrapOrganizationKeys(
  keysDatabase: Database,
  rewrap: (key: WrappedKey) => Promise<WrappedKey | null>,
): AsyncGenerator<{ readonly rewrapped: number; readonly seen: number }> {
  let rewrapped = 0;
  let seen = 0;
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const page = await keysDatabase.prisma.$queryRaw<
      { organization_id: string; key_id: string; wrapped: Uint8Array }[]
    >`
      SELECT organization_id, key_id, wrapped FROM organization_key WHERE organization_id > ${after}::uuid
      ORDER BY organization_id LIMIT 500`;
    if (page.length === 0) return;
    for (const { organization_id, key_id, wrapped } of page) {
      after = organization_id;
      seen += 1;
      const next = await rewrap({ organizationId: organization_id, keyId: key_id, wrapped });
      if (next === null) continue;
      rewrapped += await keysDatabase.prisma.$executeRaw`
        UPDATE organization_key SET key_id = ${next.keyId}, wrapped = ${next.wrapped}, rewrapped_at = now()
        WHERE organization_id = ${organization_id}::uuid AND key_id = ${key_id}`;
    }
    yield { rewrapped, seen };
  }
}
