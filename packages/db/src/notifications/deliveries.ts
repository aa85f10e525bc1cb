import type { Database } from '../database.ts';
import type { WrappedKey } from '../integrations/organizations.ts';
import type { ChannelKind } from './channels.ts';

interface Of {
  readonly organizationId: string;
  readonly channelId: string;
}

/** A notification that a channel has to send. */
export interface PendingNotification {
  /** The same at every try: who receives it twice can tell. */
  readonly id: string;
  readonly kind: string;
  readonly message: string;
  readonly integrationId: string | null;
  readonly integration: string | null;
  readonly createdAt: Date;
}

/** A channel with what it has to send. */
export interface Outbox {
  readonly organization: string;
  readonly kind: ChannelKind;
  readonly target: string;
  /** As the vault sealed it; null for mail. */
  readonly secret: { readonly wrappedKey: Uint8Array; readonly sealed: Uint8Array } | null;
  /** What opens the secret; null when the organization's key was destroyed. */
  readonly key: WrappedKey | null;
  readonly pending: readonly PendingNotification[];
}

/**
 * What a channel has to send, `limit` at most: in order of their time, and behind what was never tried what failed before.
 * @returns null when the channel was removed
 */
export async function readOutbox(
  database: Database,
  { organizationId, channelId, limit }: Of & { readonly limit: number },
): Promise<Outbox | null> {
  const [[channel], [key], pending] = await database.withTrips(organizationId, (trips) =>
    Promise.all([
      trips.$queryRaw<ChannelRow[]>`
        SELECT o.slug AS organization, c.kind, c.target, c.wrapped_key AS "wrappedKey", c.sealed
        FROM notification_channel c JOIN organization o ON o.id = c.organization_id
        WHERE c.organization_id = ${organizationId}::uuid AND c.id = ${channelId}::uuid AND c.removed_at IS NULL`,
      trips.$queryRaw<WrappedKey[]>`
        SELECT organization_id AS "organizationId", key_id AS "keyId", wrapped FROM organization_key
        WHERE organization_id = ${organizationId}::uuid`,
      trips.$queryRaw<PendingNotification[]>`
        SELECT n.id, n.kind, n.message, n.integration_id AS "integrationId", i.name AS integration, n.created_at AS "createdAt"
        FROM notification_delivery d
        JOIN notification n ON n.organization_id = d.organization_id AND n.id = d.notification_id
        LEFT JOIN integration i ON i.organization_id = n.organization_id AND i.id = n.integration_id
        WHERE d.organization_id = ${organizationId}::uuid AND d.channel_id = ${channelId}::uuid
          AND d.delivered_at IS NULL AND d.abandoned_at IS NULL
        ORDER BY d.attempts, d.created_at LIMIT ${limit}`,
    ]),
  );
  if (channel === undefined) return null;
  const { wrappedKey, sealed, ...rest } = channel;
  const secret = wrappedKey === null || sealed === null ? null : { wrappedKey, sealed };
  return { ...rest, secret, key: key ?? null, pending };
}

interface ChannelRow {
  readonly organization: string;
  readonly kind: ChannelKind;
  readonly target: string;
  readonly wrappedKey: Uint8Array | null;
  readonly sealed: Uint8Array | null;
}

/**
 * Notes what arrived. What was sent and not noted, because its worker died in between, is sent again.
 * @param remark what was not quite as it should be: a public sentence
 */
export async function noteDelivered(
  database: Database,
  { organizationId, channelId }: Of,
  delivered: { readonly notificationIds: readonly string[]; readonly remark: string | null },
): Promise<void> {
  const { notificationIds, remark } = delivered;
  await database.withTrips(
    organizationId,
    (trips) => trips.$executeRaw`
      UPDATE notification_delivery SET delivered_at = clock_timestamp(), attempts = attempts + 1, error = ${remark}
      WHERE organization_id = ${organizationId}::uuid AND channel_id = ${channelId}::uuid
        AND notification_id = ANY(${notificationIds}::uuid[]) AND delivered_at IS NULL AND abandoned_at IS NULL`,
  );
}

/** What could not be sent, and why: a public sentence. */
export interface DeliveryFailure {
  readonly notificationIds: readonly string[];
  readonly reason: string;
}

/** A channel that fails is tried again after half a minute, then twice as long each time, up to an hour; what is older than three days is given up. */
const firstPauseSeconds = 30;
const longestPauseSeconds = 3_600;
const givenUpAfterHours = 72;

/**
 * Says when the channel is due next: at once where there is more to send, later where it failed, never where it is empty.
 * @param end.hasSent something arrived before the failure: the pauses begin anew
 */
export async function endDelivering(
  database: Database,
  { organizationId, channelId }: Of,
  end: { readonly failure: DeliveryFailure | null; readonly hasSent: boolean },
): Promise<void> {
  const { failure, hasSent } = end;
  await database.withStatements(organizationId, async (transaction) => {
    // Locked first: what was told before is seen by the statement after, what is told later finds the channel without a date.
    await transaction.$queryRaw`
      SELECT FROM notification_channel WHERE organization_id = ${organizationId}::uuid AND id = ${channelId}::uuid FOR NO KEY UPDATE`;
    if (failure !== null) {
      await transaction.$executeRaw`
        UPDATE notification_delivery SET attempts = attempts + 1, error = ${failure.reason},
          abandoned_at = CASE WHEN created_at < clock_timestamp() - ${givenUpAfterHours} * interval '1 hour' THEN clock_timestamp() END
        WHERE organization_id = ${organizationId}::uuid AND channel_id = ${channelId}::uuid
          AND notification_id = ANY(${failure.notificationIds}::uuid[]) AND delivered_at IS NULL AND abandoned_at IS NULL`;
    }
    await transaction.$executeRaw`
      UPDATE notification_channel c SET failures = CASE WHEN ${failure === null} THEN 0 WHEN ${hasSent} THEN 1 ELSE failures + 1 END,
        failing_since = CASE WHEN ${failure === null} THEN NULL WHEN ${hasSent} THEN clock_timestamp()
          ELSE coalesce(failing_since, clock_timestamp()) END,
        failing_reason = ${failure?.reason ?? null},
        due_at = CASE WHEN EXISTS (SELECT FROM notification_delivery d
          WHERE d.organization_id = c.organization_id AND d.channel_id = c.id AND d.delivered_at IS NULL AND d.abandoned_at IS NULL)
        THEN clock_timestamp() + CASE WHEN ${failure === null} THEN interval '0' ELSE interval '1 second' * (0.9 + random() * 0.2)
          * least(${firstPauseSeconds} * 2 ^ CASE WHEN ${hasSent} THEN 0 ELSE least(failures, 20) END, ${longestPauseSeconds}) END END
      WHERE organization_id = ${organizationId}::uuid AND id = ${channelId}::uuid AND removed_at IS NULL`;
  });
}
