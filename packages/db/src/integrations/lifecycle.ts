import type { Database, Transaction } from '../database.ts';
import { closeOpenStreams } from '../runs/close-open-streams.ts';
import { audit } from './audit.ts';

interface Target {
  readonly organizationId: string;
  readonly integrationId: string;
}

/** Stops scheduled syncs and health checks, and cancels what has not ended. Evidence stays, and ages. */
export async function pauseIntegration(database: Database, target: Target): Promise<void> {
  await database.withOrganization(target.organizationId, async (transaction) => {
    await transaction.integration.updateMany({
      where: { id: target.integrationId, removedAt: null },
      data: { status: 'paused', statusReason: 'paused by an operator' },
    });
    await cancelUnfinished(transaction, target);
    await audit(transaction, target.organizationId, { action: 'integration.paused', subject: target.integrationId });
  });
}

/** Syncs again from now on; the next sync is due at once, unless the integration is quarantined: that is lifted by a redrive alone. */
export async function resumeIntegration(database: Database, target: Target): Promise<void> {
  await database.withOrganization(target.organizationId, async (transaction) => {
    await transaction.$executeRaw`
      UPDATE integration SET status = CASE WHEN account_id IS NULL THEN 'pending' ELSE 'active' END::integration_status,
        status_reason = NULL, next_health_at = now(),
        next_sync_at = CASE WHEN quarantined_run_id IS NOT NULL OR (interval_minutes IS NULL AND cron IS NULL) THEN NULL ELSE now() END
      WHERE organization_id = ${target.organizationId}::uuid AND id = ${target.integrationId}::uuid AND removed_at IS NULL
        AND status IN ('paused', 'error')`;
    await audit(transaction, target.organizationId, { action: 'integration.resumed', subject: target.integrationId });
  });
}

/**
 * Destroys the credential; the evidence stays, ended as `integration_removed`, until its retention ends. A running run ends at once, so
 * that its worker can write nothing behind it.
 */
export async function removeIntegration(database: Database, target: Target): Promise<void> {
  const { organizationId, integrationId } = target;
  await database.withOrganization(organizationId, async (transaction) => {
    await transaction.$executeRaw`
      UPDATE integration SET status = 'disabled', removed_at = now(), next_sync_at = NULL, next_health_at = NULL, status_reason = 'removed',
        quarantined_run_id = NULL
      WHERE organization_id = ${organizationId}::uuid AND id = ${integrationId}::uuid AND removed_at IS NULL`;
    await transaction.credential.deleteMany({ where: { integrationId } });
    await cancelUnfinished(transaction, target);
    await endRunning(transaction, target);
    await transaction.$executeRaw`
      WITH removed AS (
        DELETE FROM evidence_head WHERE organization_id = ${organizationId}::uuid AND integration_id = ${integrationId}::uuid
        RETURNING version_id
      )
      UPDATE evidence e SET valid_to = clock_timestamp(), end_reason = 'integration_removed' FROM removed
      WHERE e.organization_id = ${organizationId}::uuid AND e.id = removed.version_id`;
    await transaction.gap.updateMany({ where: { integrationId, closedAt: null }, data: { closedAt: new Date() } });
    await transaction.finding.updateMany({ where: { integrationId, validTo: null }, data: { validTo: new Date() } });
    await audit(transaction, organizationId, { action: 'integration.removed', subject: integrationId });
  });
}

const stopped = { code: 'cancelled', message: 'The integration was paused or removed.' };

async function cancelUnfinished(transaction: Transaction, { organizationId, integrationId }: Target): Promise<void> {
  const cancelled = await transaction.$queryRaw<{ id: string; state: string }[]>`
    UPDATE sync_run SET cancel_requested_at = coalesce(cancel_requested_at, now()), follow_up_id = NULL,
      state = CASE WHEN state = 'running' THEN state ELSE 'cancelled'::run_state END,
      finished_at = CASE WHEN state = 'running' THEN NULL ELSE clock_timestamp() END
    WHERE organization_id = ${organizationId}::uuid AND integration_id = ${integrationId}::uuid
      AND state IN ('queued', 'running', 'waiting')
    RETURNING id, state::text`;
  for (const { id, state } of cancelled)
    if (state === 'cancelled') await closeOpenStreams(transaction, { organizationId, runId: id }, stopped);
}

/** Its worker hears of it by the next heartbeat, and by every write that is refused. */
async function endRunning(transaction: Transaction, { organizationId, integrationId }: Target): Promise<void> {
  const ended = await transaction.$queryRaw<{ id: string }[]>`
    UPDATE sync_run SET state = 'cancelled', finished_at = clock_timestamp(), lease_owner = NULL, lease_until = NULL
    WHERE organization_id = ${organizationId}::uuid AND integration_id = ${integrationId}::uuid AND state = 'running'
    RETURNING id`;
  for (const { id } of ended) {
    await transaction.$executeRaw`
      UPDATE sync_attempt SET released_at = clock_timestamp(), ended_as = 'cancel'
      WHERE organization_id = ${organizationId}::uuid AND run_id = ${id}::uuid AND released_at IS NULL`;
    await closeOpenStreams(transaction, { organizationId, runId: id }, stopped);
  }
}
