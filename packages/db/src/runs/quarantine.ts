import type { Transaction } from '../database.ts';
import { audit } from '../integrations/audit.ts';
import { notify } from '../notifications/notify.ts';

/** A request that is refused because the integration's last run ended its workers. The message says what to do. */
export class IntegrationQuarantinedError extends Error {
  override readonly name = 'IntegrationQuarantinedError';
  readonly runId: string;

  constructor(runId: string) {
    super(
      `This integration is quarantined: run ${runId} ended its workers time and again. Look at it with \`fleet runs show ${runId}\` and at the workers' logs, then let it go on with \`fleet runs redrive ${runId}\`.`,
    );
    this.runId = runId;
  }
}

/** Puts a run's integration aside, in the transaction that ends the run: it has no next date and takes no request until it is redriven. */
export async function quarantine(
  transaction: Transaction,
  { organizationId, runId }: { readonly organizationId: string; readonly runId: string },
): Promise<void> {
  const [integration] = await transaction.$queryRaw<{ id: string; name: string }[]>`
    UPDATE integration SET quarantined_run_id = ${runId}::uuid, next_sync_at = NULL
    WHERE organization_id = ${organizationId}::uuid AND removed_at IS NULL
      AND id = (SELECT integration_id FROM sync_run WHERE organization_id = ${organizationId}::uuid AND id = ${runId}::uuid)
    RETURNING id, name`;
  if (integration === undefined) return;
  const message = `${integration.name} is quarantined: a sync ended its workers time and again. It is not synced until somebody looks at it and redrives it (fleet runs redrive ${runId}).`;
  await notify(
    transaction,
    { organizationId, integrationId: integration.id },
    { kind: 'integration.quarantined', message },
  );
  await audit(transaction, organizationId, {
    actor: 'fleet',
    action: 'integration.quarantined',
    subject: integration.id,
    details: { runId },
  });
}
