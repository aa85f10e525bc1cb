import type { Integration } from '@evidence-fleet/db';
import { z } from 'zod';
import { pageOf, time } from './fields.ts';
import { resources } from './registry.ts';

export const integrationStatus = z.enum(['pending', 'active', 'degraded', 'error', 'paused', 'disabled']);

const fields = {
  id: z.guid(),
  name: z.string(),
  connector: z.string(),
  status: integrationStatus.describe('degraded: the provider is in trouble. error: a person must act.'),
  statusReason: z.string().nullable().describe('Why it is as it is, and what to do.'),
  account: z
    .object({ id: z.string(), title: z.string().nullable() })
    .nullable()
    .describe('Null before the first check.'),
  schedule: z.object({
    intervalMinutes: z.int().nullable(),
    cron: z.string().nullable(),
    timeZone: z.string().nullable(),
  }),
  nextSyncAt: time.nullable(),
  quarantinedRunId: z.guid().nullable().describe('Not synced until this run is redriven: it ended its workers.'),
  breaker: z
    .object({ failures: z.int(), since: time.nullable(), reason: z.string().nullable(), until: time.nullable() })
    .nullable()
    .describe('Syncs in a row that met an outage of the provider; `until`: held back until then.'),
  forgets: z
    .object({ at: time, type: z.string().nullable() })
    .nullable()
    .describe('From then on a source forgets what was not read.'),
  credentialExpiresAt: time.nullable(),
  createdAt: time,
};

export const integration = z.object(fields).register(resources, { id: 'Integration' });

export const integrationPage = pageOf(integration).register(resources, { id: 'IntegrationPage' });

export const integrationDetails = z
  .object({
    ...fields,
    checkedAt: time.nullable().describe('When a worker last opened its credential, for a sync or a check.'),
  })
  .register(resources, { id: 'IntegrationDetails' });

export const checkRequested = z
  .object({ integrationId: z.guid(), requestedAt: time })
  .register(resources, { id: 'CheckRequested' });

export function presentIntegration(one: Integration): z.output<typeof integration> {
  const { id, name, connector, status, statusReason, intervalMinutes, cron, timeZone, quarantinedRunId } = one;
  return {
    ...{ id, name, connector, status, statusReason, quarantinedRunId },
    account: one.accountId === null ? null : { id: one.accountId, title: one.accountTitle },
    schedule: { intervalMinutes, cron, timeZone },
    nextSyncAt: textOf(one.nextSyncAt),
    breaker:
      one.syncFailures === 0
        ? null
        : {
            ...{ failures: one.syncFailures, reason: one.failingReason },
            ...{ since: textOf(one.failingSince), until: textOf(one.breakerUntil) },
          },
    forgets: one.forgetsAt === null ? null : { at: one.forgetsAt.toISOString(), type: one.forgetsType },
    credentialExpiresAt: textOf(one.credentialExpiresAt),
    createdAt: one.createdAt.toISOString(),
  };
}

function textOf(at: Date | null): string | null {
  return at?.toISOString() ?? null;
}
