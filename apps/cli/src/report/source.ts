import { evidenceTypes } from '@evidence-fleet/connectors';
import { gapsInPeriod, type PastIntegration, type Readings, readingsInPeriod } from '@evidence-fleet/db';
import type { Fleet } from '../fleet.ts';
import type { ReportOptions } from './options.ts';

/** One evidence type of one integration: how it was obtained in the period, and what was not read. */
export interface SourceReport {
  readonly integration: PastIntegration;
  readonly type: string;
  readonly title: string;
  readonly mode: string;
  /** Resources that stood at the end of the period. */
  readonly resources: number;
  /** Runs that read this type in the period, and their passes over each slice. */
  readonly runs: number;
  readonly slices: Readings['slices'];
  readonly gapCount: number;
  readonly gaps: AsyncIterable<GapReport>;
}

export interface GapReport {
  readonly id: string;
  readonly slice: string;
  readonly scope: string;
  readonly reason: string;
  readonly detail: string;
  readonly from: Date;
  /** null: it was open at the end of the period. */
  readonly to: Date | null;
}

interface At {
  readonly integration: PastIntegration;
  readonly type: string;
  readonly limit: number;
}

export async function sourceOf(
  { database, organization }: Fleet,
  { from, to }: ReportOptions['period'],
  { integration, type, limit }: At,
): Promise<SourceReport> {
  const of = { organizationId: organization.id, from, to, integrationId: integration.id, type };
  const { runs, slices, gaps, resources } = await readingsInPeriod(database, of);
  const known = evidenceTypes.get(type);
  return {
    ...{ integration, type, title: known?.title ?? type, mode: known?.mode ?? 'snapshot' },
    ...{ resources, runs, slices, gapCount: gaps },
    gaps: gapReports(gapsInPeriod(database, { ...of, limit }), to),
  };
}

async function* gapReports(gaps: ReturnType<typeof gapsInPeriod>, end: Date): AsyncGenerator<GapReport> {
  for await (const { id, slice, scope, reason, detail, openedAt, closedAt } of gaps) {
    const to = closedAt !== null && closedAt < end ? closedAt : null;
    yield { id, slice, scope, reason, detail, from: openedAt, to };
  }
}
