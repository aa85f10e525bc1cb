import { Prisma, type Transaction } from '../database.ts';
import { uuid } from '../uuid.ts';

/** What there is to tell. Every kind but the dates of retention and of credentials has one that tells of its end. */
export type NotificationKind =
  | 'integration.degraded'
  | 'integration.error'
  | 'integration.recovered'
  | 'integration.breaker_opened'
  | 'integration.breaker_closed'
  | 'integration.quarantined'
  | 'integration.quarantine_lifted'
  | 'integration.retention'
  | 'integration.credential_old'
  | 'integration.credential_expires';

/** Tells the organization of something about one of its integrations, in the transaction that makes it so. */
export async function notify(
  transaction: Transaction,
  of: { readonly organizationId: string; readonly integrationId: string },
  { kind, message }: { readonly kind: NotificationKind; readonly message: string },
): Promise<void> {
  await transaction.$executeRaw`
    WITH told AS (
      SELECT ${of.organizationId}::uuid AS organization_id, ${uuid()}::uuid AS id, ${of.integrationId}::uuid AS integration_id,
        ${kind}::text AS kind, ${message}::text AS message),
    ${storeTold} SELECT FROM told`;
}

/**
 * What a statement goes on with whose common table expression `told` (organization_id, id, integration_id, kind, message) says what is to be
 * told: stores it, with a delivery for each channel of its organization. A channel that had nothing to send is due at once; one that waits,
 * because it fails, goes on waiting. The lock on the channel keeps whoever empties it from missing what comes meanwhile (endDelivering).
 */
export const storeTold = Prisma.sql`stored AS (
      INSERT INTO notification (organization_id, id, integration_id, kind, message)
      SELECT organization_id, id, integration_id, kind, message FROM told),
    channels AS (
      SELECT organization_id, id FROM notification_channel
      WHERE removed_at IS NULL AND organization_id IN (SELECT organization_id FROM told)
      ORDER BY organization_id, id FOR NO KEY UPDATE),
    woken AS (
      UPDATE notification_channel c SET due_at = coalesce(c.due_at, clock_timestamp())
      FROM channels WHERE c.organization_id = channels.organization_id AND c.id = channels.id),
    sent AS (
      INSERT INTO notification_delivery (organization_id, channel_id, notification_id)
      SELECT told.organization_id, channels.id, told.id FROM told JOIN channels USING (organization_id))`;
