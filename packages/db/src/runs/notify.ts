import type { Transaction } from '../database.ts';
import { uuid } from '../uuid.ts';

/** Tells the organization of something about one of its integrations, in the transaction that makes it so. */
export async function notify(
  transaction: Transaction,
  of: { readonly organizationId: string; readonly integrationId: string },
  { kind, message }: { readonly kind: string; readonly message: string },
): Promise<void> {
  await transaction.$executeRaw`
    INSERT INTO notification (organization_id, id, integration_id, kind, message)
    VALUES (${of.organizationId}::uuid, ${uuid()}::uuid, ${of.integrationId}::uuid, ${kind}, ${message})`;
}
