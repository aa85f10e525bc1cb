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
  await transaction.auditLog.create({
    data: {
      organizationId,
      id: uuid(),
      actor: entry.actor ?? 'operator',
      action: entry.action,
      subject: entry.subject,
      details: entry.details ?? {},
    },
    select: { id: true },
  });
}
