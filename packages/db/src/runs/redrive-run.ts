import type { Database, Transaction } from '../database.ts';
import { audit } from '../integrations/audit.ts';
import { nextSyncAt, type Schedule, ScheduleError } from '../next-sync.ts';
import { notify } from '../notifications/notify.ts';
import type { Requested } from './request.ts';
import { createOnDemand, mergeTypes } from './request-sync.ts';

export interface Redriven extends Requested {
  readonly integrationId: string;
  readonly integration: string;
  /** The quarantined run that this one takes the place of. */
  readonly redrives: string;
}

/**
 * Lifts the quarantine that a run put its integration into and asks for a new run of what it was to read, and of what was asked for
 * behind it: that request keeps the run id it was told. The caller rings after.
 * @returns null when this run quarantines nothing, or not any more
 */
export async function redriveRun(
  database: Database,
  run: { readonly organizationId: string; readonly runId: string },
): Promise<Redriven | null> {
  const { organizationId, runId } = run;
  return database.withOrganization(organizationId, async (transaction) => {
    const lifted = await lift(transaction, run);
    if (lifted === undefined) return null;
    const { id: integrationId, name, follow_up_id: followUpId } = lifted;
    const types = followUpId === null ? lifted.types : mergeTypes(lifted.types, lifted.follow_up_types);
    const requested = await createOnDemand(
      transaction,
      { organizationId, integrationId, types },
      followUpId ?? undefined,
    );
    const message = `${name} is quarantined no more: it is synced again.`;
    await notify(transaction, { organizationId, integrationId }, { kind: 'integration.quarantine_lifted', message });
    await audit(transaction, organizationId, {
      action: 'run.redriven',
      subject: runId,
      details: { integrationId, runId: requested.runId },
    });
    return { ...requested, integrationId, integration: name, redrives: runId };
  });
}

/** Redrives every quarantined run of an organization. */
export async function redriveAll(database: Database, organizationId: string): Promise<Redriven[]> {
  const quarantined = await database.withOrganization(
    organizationId,
    (transaction) => transaction.$queryRaw<{ runId: string }[]>`
      SELECT quarantined_run_id AS "runId" FROM integration
      WHERE organization_id = ${organizationId}::uuid AND quarantined_run_id IS NOT NULL ORDER BY name`,
  );
  const redriven: Redriven[] = [];
  for (const { runId } of quarantined) {
    const one = await redriveRun(database, { organizationId, runId });
    if (one !== null) redriven.push(one);
  }
  return redriven;
}

interface Lifted {
  readonly id: string;
  readonly name: string;
  readonly types: string[];
  readonly follow_up_id: string | null;
  readonly follow_up_types: string[];
}

async function lift(
  transaction: Transaction,
  { organizationId, runId }: { readonly organizationId: string; readonly runId: string },
): Promise<Lifted | undefined> {
  const [integration] = await transaction.$queryRaw<(Schedule & { id: string; now: Date })[]>`
    SELECT id, interval_minutes AS "intervalMinutes", cron, time_zone AS "timeZone", clock_timestamp()::timestamptz(3) AS now
    FROM integration
    WHERE organization_id = ${organizationId}::uuid AND quarantined_run_id = ${runId}::uuid AND removed_at IS NULL
    FOR NO KEY UPDATE`;
  if (integration === undefined) return undefined;
  const [lifted] = await transaction.$queryRaw<Lifted[]>`
    UPDATE integration i SET quarantined_run_id = NULL, next_sync_at = CASE WHEN ${nextDate(integration)}::timestamptz IS NOT NULL
        THEN greatest(${nextDate(integration)}::timestamptz, i.breaker_until) END
    FROM sync_run r
    WHERE i.organization_id = ${organizationId}::uuid AND i.id = ${integration.id}::uuid
      AND r.organization_id = i.organization_id AND r.id = i.quarantined_run_id
    RETURNING i.id, i.name, r.types, r.follow_up_id, r.follow_up_types`;
  return lifted;
}

/** The new run stands for the date that passed meanwhile. Null without a schedule that can be kept. */
function nextDate(integration: Schedule & { id: string; now: Date }): Date | null {
  if (integration.intervalMinutes === null && integration.cron === null) return null;
  try {
    return nextSyncAt({ ...integration, integrationId: integration.id }, integration.now);
  } catch (error) {
    if (error instanceof ScheduleError) return null;
    throw error;
  }
}
