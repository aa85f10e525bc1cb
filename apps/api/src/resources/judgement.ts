import type { PagedFinding } from '@evidence-fleet/db';
import type { JudgedControl } from '@evidence-fleet/presentation';
import { z } from 'zod';
import { pageOf, time } from './fields.ts';
import { resources } from './registry.ts';

export const verdictStatus = z.enum(['pass', 'fail', 'unknown', 'not_applicable']);

const finding = z
  .object({
    controlId: z.string(),
    status: verdictStatus,
    resource: z.string(),
    type: z.string(),
    integrationId: z.guid(),
    integration: z.string(),
    reason: z.string(),
    since: time,
  })
  .register(resources, { id: 'Finding' });

export const findingPage = pageOf(finding).register(resources, { id: 'FindingPage' });

const verdict = z
  .object({
    controlId: z.string(),
    title: z.string(),
    severity: z.enum(['low', 'medium', 'high', 'critical']),
    satisfies: z.array(z.string()).describe('Requirements of SOC 2 and ISO 27001.'),
    status: verdictStatus.nullable().describe('Null: not judged, no integration that it concerns was synced yet.'),
    since: time.nullable(),
    freshUntil: time.nullable().describe('Past it, it reads unknown.'),
    isStale: z.boolean(),
    counts: z.record(z.string(), z.number()).describe('Resources by status.'),
    openGaps: z.int(),
    unread: z.array(z.string()).describe('What was not read in time, a few of them.'),
  })
  .register(resources, { id: 'Verdict' });

export const verdictList = z.object({ items: z.array(verdict) }).register(resources, { id: 'VerdictList' });

export function presentFinding(one: PagedFinding): z.output<typeof finding> {
  const { controlId, status, resource, type, integrationId, integration, reason, since } = one;
  return { controlId, status, resource, type, integrationId, integration, reason, since: since.toISOString() };
}

export function presentVerdict({ control, verdict: standing, why }: JudgedControl): z.output<typeof verdict> {
  const { id: controlId, title, severity, satisfies } = control;
  return {
    ...{ controlId, title, severity, satisfies: [...satisfies] },
    status: standing?.status ?? null,
    since: standing?.validFrom.toISOString() ?? null,
    freshUntil: standing?.freshUntil.toISOString() ?? null,
    ...{ isStale: why.stale, counts: why.counts, openGaps: why.openGaps, unread: why.unread },
  };
}
