import type { Database } from '../database.ts';
import { audit } from '../integrations/audit.ts';

export type ChannelKind = 'webhook' | 'mail';

export interface NewChannel {
  readonly organizationId: string;
  /** Made by the caller, since the secret is sealed for it. */
  readonly id: string;
  readonly name: string;
  readonly kind: ChannelKind;
  /** For people: the addresses of a mail channel, separated by commas; scheme and host of a webhook. */
  readonly target: string;
  /** Address and signing secret of a webhook, as the vault sealed them; null for mail. */
  readonly secret: { readonly wrappedKey: Uint8Array; readonly sealed: Uint8Array } | null;
}

export interface ListedChannel {
  readonly id: string;
  readonly name: string;
  readonly kind: ChannelKind;
  readonly target: string;
  /** Tries in a row that failed, since when, why, and when it is tried again. */
  readonly failures: number;
  readonly failingSince: Date | null;
  readonly failingReason: string | null;
  readonly nextAttemptAt: Date | null;
  /** Notifications that it has not sent yet. */
  readonly pending: number;
}

/** From now on the organization's notifications are sent there, too. Throws when the name is taken (unique violation). */
export async function addChannel(database: Database, channel: NewChannel, actor: string): Promise<void> {
  const { organizationId, id, name, kind, target, secret } = channel;
  await database.withOrganization(organizationId, async (transaction) => {
    await transaction.$executeRaw`
      INSERT INTO notification_channel (organization_id, id, name, kind, target, wrapped_key, sealed)
      VALUES (${organizationId}::uuid, ${id}::uuid, ${name}, ${kind}, ${target}, ${secret?.wrappedKey ?? null}, ${secret?.sealed ?? null})`;
    await audit(transaction, organizationId, {
      actor,
      action: 'channel.added',
      subject: id,
      details: { name, kind, target },
    });
  });
}

export function listChannels(database: Database, organizationId: string): Promise<ListedChannel[]> {
  return database.withOrganization(
    organizationId,
    (transaction) => transaction.$queryRaw<ListedChannel[]>`
      SELECT c.id, c.name, c.kind, c.target, c.failures, c.failing_since AS "failingSince", c.failing_reason AS "failingReason",
        CASE WHEN c.failures > 0 THEN c.due_at END AS "nextAttemptAt", (
          SELECT count(*)::int FROM notification_delivery d WHERE d.organization_id = c.organization_id AND d.channel_id = c.id
            AND d.delivered_at IS NULL AND d.abandoned_at IS NULL) AS pending
      FROM notification_channel c
      WHERE c.organization_id = ${organizationId}::uuid AND c.removed_at IS NULL ORDER BY c.name`,
  );
}

/**
 * Destroys the channel's secret and gives up what it has not sent.
 * @returns false when there is no such channel (any more)
 */
export function removeChannel(
  database: Database,
  { organizationId, id, actor }: { readonly organizationId: string; readonly id: string; readonly actor: string },
): Promise<boolean> {
  return database.withOrganization(organizationId, async (transaction) => {
    const [removed] = await transaction.$queryRaw<{ name: string }[]>`
      UPDATE notification_channel SET removed_at = now(), due_at = NULL, wrapped_key = NULL, sealed = NULL
      WHERE organization_id = ${organizationId}::uuid AND id = ${id}::uuid AND removed_at IS NULL RETURNING name`;
    if (removed === undefined) return false;
    await transaction.$executeRaw`
      UPDATE notification_delivery SET abandoned_at = now(), error = 'The channel was removed.'
      WHERE organization_id = ${organizationId}::uuid AND channel_id = ${id}::uuid AND delivered_at IS NULL AND abandoned_at IS NULL`;
    await audit(transaction, organizationId, { actor, action: 'channel.removed', subject: id, details: removed });
    return true;
  });
}

/** Has one message sent to one channel, for people to see whether it arrives. */
export async function testChannel(
  database: Database,
  of: { readonly organizationId: string; readonly id: string; readonly notificationId: string; readonly actor: string },
): Promise<void> {
  const { organizationId, id, notificationId, actor } = of;
  await database.withTrips(
    organizationId,
    (trips) => trips.$executeRaw`
      WITH stored AS (
        INSERT INTO notification (organization_id, id, kind, message, acknowledged_at, acknowledged_by)
        VALUES (${organizationId}::uuid, ${notificationId}::uuid, 'channel.test', 'This is a test: notifications arrive here.', now(), ${actor})),
      woken AS (
        UPDATE notification_channel SET due_at = clock_timestamp()
        WHERE organization_id = ${organizationId}::uuid AND id = ${id}::uuid)
      INSERT INTO notification_delivery (organization_id, channel_id, notification_id)
      VALUES (${organizationId}::uuid, ${id}::uuid, ${notificationId}::uuid)`,
  );
}
