import { type Database, Prisma } from '../database.ts';

export interface ListedNotification {
  readonly id: string;
  readonly kind: string;
  /** What happened and what to do: a public sentence. */
  readonly message: string;
  /** null: it concerns none, or one that is gone. */
  readonly integrationId: string | null;
  readonly integration: string | null;
  readonly createdAt: Date;
  readonly acknowledgedAt: Date | null;
  readonly acknowledgedBy: string | null;
  /** What became of it, by the channels that there were when it was told. */
  readonly deliveries: readonly ListedDelivery[];
}

export interface ListedDelivery {
  readonly channel: string;
  readonly state: 'pending' | 'delivered' | 'abandoned';
  readonly attempts: number;
  /** What went wrong last (a public sentence). */
  readonly error: string | null;
}

export interface ListNotifications {
  readonly organizationId: string;
  readonly integrationId?: string;
  /** Acknowledged ones too. */
  readonly all: boolean;
  readonly limit: number;
}

/** The latest first. */
export function listNotifications(
  database: Database,
  { organizationId, integrationId, all, limit }: ListNotifications,
): Promise<ListedNotification[]> {
  const filter = [
    Prisma.sql`n.organization_id = ${organizationId}::uuid`,
    ...(all ? [] : [Prisma.sql`n.acknowledged_at IS NULL`]),
    ...(integrationId === undefined ? [] : [Prisma.sql`n.integration_id = ${integrationId}::uuid`]),
  ];
  return database.withOrganization(
    organizationId,
    (transaction) => transaction.$queryRaw<ListedNotification[]>`
      SELECT n.id, n.kind, n.message, n.integration_id AS "integrationId", i.name AS integration, n.created_at AS "createdAt",
        n.acknowledged_at AS "acknowledgedAt", n.acknowledged_by AS "acknowledgedBy", coalesce(sent.deliveries, '[]') AS deliveries
      FROM notification n LEFT JOIN integration i ON i.organization_id = n.organization_id AND i.id = n.integration_id
      CROSS JOIN LATERAL (
        SELECT jsonb_agg(jsonb_build_object('channel', c.name, 'attempts', d.attempts, 'error', d.error, 'state',
          CASE WHEN d.delivered_at IS NOT NULL THEN 'delivered' WHEN d.abandoned_at IS NOT NULL THEN 'abandoned' ELSE 'pending' END)
          ORDER BY c.name) AS deliveries
        FROM notification_delivery d JOIN notification_channel c ON c.organization_id = d.organization_id AND c.id = d.channel_id
        WHERE d.organization_id = n.organization_id AND d.notification_id = n.id) sent
      WHERE ${Prisma.join(filter, ' AND ')} ORDER BY n.created_at DESC, n.id DESC LIMIT ${limit}`,
  );
}

/**
 * Takes notifications off the list: all that there are now, or one.
 * @returns how many were taken off; 0 where the one is not there, or somebody acknowledged it before
 */
export function acknowledgeNotifications(
  database: Database,
  which: { readonly organizationId: string; readonly id?: string; readonly actor: string },
): Promise<number> {
  const { organizationId, id, actor } = which;
  const one = id === undefined ? Prisma.empty : Prisma.sql`AND id = ${id}::uuid`;
  return database.withOrganization(
    organizationId,
    (transaction) => transaction.$executeRaw`
      UPDATE notification SET acknowledged_at = now(), acknowledged_by = ${actor}
      WHERE organization_id = ${organizationId}::uuid AND acknowledged_at IS NULL ${one}`,
  );
}
