import type { Transaction } from '../database.ts';
import { uuid } from '../uuid.ts';

/** Appends to the audit log. Details hold ids and names, never a credential. */
export async function audit(
  transaction: Transaction,
  organizationId: string,
  entry: {
    readonly action: string;
    readonly subject: string;
    readonly actor?: string;
    readonly details?: Record<string, string | number>;
  },
): Promise<void> {
  const { actor = 'operator', action, subject, details = {} } = entry;
  await transaction.$executeRaw`
    INSERT INTO audit_log (organization_id, id, actor, action, subject, details)
    VALUES (${organizationId}::uuid, ${uuid()}::uuid, ${actor}, ${action}, ${subject}, ${JSON.stringify(details)}::text::jsonb)`;
}
