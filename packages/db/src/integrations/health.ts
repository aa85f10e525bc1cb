import type { Database, Transaction } from '../database.ts';
import { type NotificationKind, notify } from '../notifications/notify.ts';
import { uuid } from '../uuid.ts';
import { expiryWarnsAt } from './credential-dates.ts';

/** What a check found: it worked, the provider is in trouble, or a person must act. */
export type Health =
  | {
      readonly status: 'ok';
      readonly account: { readonly id: string; readonly title: string };
      readonly quotaScope: string;
      readonly grants: readonly string[];
      /** When the credential ends; undefined: the provider does not say. */
      readonly credentialExpiresAt?: Date;
    }
  | { readonly status: 'degraded' | 'error'; readonly code: string; readonly message: string };

interface Before {
  status: string;
  status_reason: string | null;
  name: string;
}

/**
 * Records a check: pins the account at the first success, moves the integration's status, and on a change (never at every check) writes
 * a HealthCheck row and a notification. A paused or removed integration stays as it is. A run that authenticated counts as a check.
 * @returns whether the integration's status is another one now
 */
export async function recordHealth(
  database: Database,
  target: { readonly organizationId: string; readonly integrationId: string },
  health: Health,
): Promise<{ readonly changed: boolean }> {
  const { organizationId, integrationId } = target;
  if (health.status === 'ok' && (await isKnown(database, target, health))) return { changed: false };
  return database.withOrganization(organizationId, async (transaction) => {
    const [before] = await transaction.$queryRaw<Before[]>`
      SELECT status::text, status_reason, name FROM integration
      WHERE organization_id = ${organizationId}::uuid AND id = ${integrationId}::uuid AND removed_at IS NULL
        AND status NOT IN ('paused', 'disabled')
      FOR NO KEY UPDATE`;
    if (before === undefined) return { changed: false };
    const status = health.status === 'ok' ? 'active' : health.status;
    const reason = health.status === 'ok' ? null : health.message;
    await transaction.integration.updateMany({
      where: { id: integrationId },
      data: {
        status,
        statusReason: reason,
        healthFailures: health.status === 'ok' ? 0 : { increment: 1 },
        ...(health.status === 'ok'
          ? {
              accountId: health.account.id,
              accountTitle: health.account.title,
              quotaScope: health.quotaScope,
              grants: [...health.grants],
            }
          : {}),
      },
    });
    if (health.status === 'ok') await noteExpiry(transaction, target, health.credentialExpiresAt ?? null);
    const changed = before.status !== status;
    if (!changed) return { changed };
    if (health.status === 'ok') await bringTrialForward(transaction, target);
    await transaction.healthCheck.create({
      data: {
        organizationId,
        id: uuid(),
        integrationId,
        status: health.status,
        errorCode: health.status === 'ok' ? null : health.code,
        message: reason,
      },
      select: { id: true },
    });
    if (before.status !== 'pending' || health.status !== 'ok') {
      await notify(transaction, target, { kind: kindOf(health), message: sentence(before.name, health) });
    }
    return { changed };
  });
}

/** The last check found the same: most do, and neither lock nor write anything. */
async function isKnown(
  database: Database,
  { organizationId, integrationId }: Parameters<typeof recordHealth>[1],
  { account, quotaScope, grants, credentialExpiresAt }: Extract<Health, { status: 'ok' }>,
): Promise<boolean> {
  const known = await database.withTrips(
    organizationId,
    (transaction) =>
      transaction.$queryRaw<unknown[]>`
      SELECT 1 FROM integration
      WHERE organization_id = ${organizationId}::uuid AND id = ${integrationId}::uuid AND removed_at IS NULL AND status = 'active'
        AND status_reason IS NULL AND health_failures = 0 AND account_id = ${account.id} AND account_title = ${account.title}
        AND quota_scope = ${quotaScope} AND grants = ${grants}::text[]
        AND credential_expires_at IS NOT DISTINCT FROM ${credentialExpiresAt ?? null}::timestamptz`,
  );
  return known.length > 0;
}

/** A date that moves arms its warning again. */
async function noteExpiry(
  transaction: Transaction,
  { organizationId, integrationId }: Parameters<typeof recordHealth>[1],
  expiresAt: Date | null,
): Promise<void> {
  await transaction.$executeRaw`
    UPDATE integration SET credential_expires_at = ${expiresAt}::timestamptz, credential_expiry_warns_at = ${expiryWarnsAt(expiresAt)}
    WHERE organization_id = ${organizationId}::uuid AND id = ${integrationId}::uuid
      AND credential_expires_at IS DISTINCT FROM ${expiresAt}::timestamptz`;
}

/** The provider answers again: a breaker that is open has its trial now. */
async function bringTrialForward(
  transaction: Transaction,
  { organizationId, integrationId }: Parameters<typeof recordHealth>[1],
): Promise<void> {
  await transaction.$executeRaw`
    UPDATE integration SET breaker_until = least(breaker_until, clock_timestamp()), next_sync_at = least(next_sync_at, clock_timestamp())
    WHERE organization_id = ${organizationId}::uuid AND id = ${integrationId}::uuid AND breaker_until IS NOT NULL
      AND next_sync_at IS NOT NULL`;
}

function kindOf({ status }: Health): NotificationKind {
  return status === 'ok' ? 'integration.recovered' : `integration.${status}`;
}

function sentence(name: string, health: Health): string {
  switch (health.status) {
    case 'ok':
      return `${name} works again.`;
    case 'degraded':
      return `${name} cannot be read for the time being: ${health.message} It is tried again by itself.`;
    case 'error':
      return `${name} needs you: ${health.message} Its syncs pause until a health check passes.`;
  }
}
