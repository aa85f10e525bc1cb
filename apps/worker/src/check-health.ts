import { ConnectorError } from '@evidence-fleet/connector-sdk';
import { type Health, readSealedIntegration, recordHealth } from '@evidence-fleet/db';
import { silentTracer } from '@evidence-fleet/service';
import { guardCalls } from './guard.ts';
import { areKeysAway, openIntegration } from './open-integration.ts';
import { hearOutages } from './outage.ts';
import type { WorkerTools } from './tools.ts';

/** The health job: opens the credential and makes the connector's cheapest calls. */
export async function checkHealth(
  tools: WorkerTools,
  job: { organizationId: string; integrationId: string },
  signal: AbortSignal,
): Promise<void> {
  const { tracer = silentTracer } = tools;
  const attributes = { 'fleet.organization.id': job.organizationId, 'fleet.integration.id': job.integrationId };
  const health = await tracer.span('health.check', { kind: 'consumer', attributes }, () => check(tools, job, signal));
  if (health === null) return;
  const { changed } = await recordHealth(tools.database, job, health);
  if (changed) tools.log.info({ ...job, status: health.status }, 'health.changed');
}

/** null: the check says nothing about the integration's health, e.g. because its quota is used up or cannot be asked for. */
async function check(
  tools: WorkerTools,
  job: { organizationId: string; integrationId: string },
  signal: AbortSignal,
): Promise<Health | null> {
  let isQuotaAway = false;
  const quota = hearOutages(tools.quota, () => {
    isQuotaAway = true;
  });
  try {
    const { database, worker } = tools;
    const stored = await readSealedIntegration(database, job, { purpose: 'health', worker });
    const open = await openIntegration(tools, stored);
    const { connector, integration, settings, credentials } = open;
    const guarded = guardCalls({ ...tools, quota }, open, {
      signal,
      quotaScope: () => integration.quotaScope ?? undefined,
    });
    try {
      const client = await connector.connect({ credentials, settings }, guarded.runtime);
      const checked = await connector.check(client);
      if (integration.accountId !== null && integration.accountId !== checked.account.id) return otherAccount;
      return { status: 'ok', ...checked };
    } finally {
      await guarded.close();
      open.close();
    }
  } catch (error) {
    if (isQuotaAway) return null;
    if (areKeysAway(error)) {
      tools.log.warn({ ...job, err: error }, 'health.keys_away');
      return null;
    }
    if (!(error instanceof ConnectorError)) throw error;
    return healthOfError(error);
  }
}

const otherAccount: Health = {
  status: 'error',
  code: 'configuration_error',
  message: 'The credential belongs to another account than the one this integration was added for.',
};

/** Outages degrade; what a person must mend is an error; a full quota says nothing. */
function healthOfError({ code, message }: ConnectorError): Health | null {
  switch (code) {
    case 'rate_limited':
      return null;
    case 'service_unavailable':
    case 'timeout':
    case 'malformed':
      return { status: 'degraded', code, message };
    case 'authentication_failed':
    case 'permission_denied':
    case 'not_found':
    case 'configuration_error':
      return { status: 'error', code, message };
  }
  return code satisfies never;
}
