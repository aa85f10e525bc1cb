import { evidenceTypes } from '@evidence-fleet/connectors';
import type { Control, Test } from '@evidence-fleet/controls';
import {
  countFindingsInPeriod,
  type FindingsOf,
  findingsInPeriod,
  gapsInPeriod,
  integrationsInPeriod,
  type PastFinding,
  type PastIntegration,
  type Readings,
  readingsInPeriod,
} from '@evidence-fleet/db';
import type { Fleet } from '../fleet.ts';
import type { ReportOptions } from './options.ts';

/** What a control was judged by at one integration: how it was obtained, what was not read, and what failed. */
export interface PopulationReport {
  readonly integration: PastIntegration;
  readonly type: string;
  readonly title: string;
  readonly mode: string;
  /** `every` resource answers for itself; of `some`, one that passes is enough for the account. */
  readonly quantifier: Test['quantifier'];
  /** Resources that stood at the end of the period. */
  readonly resources: number;
  /** Runs that read this type in the period, and their passes over each slice. */
  readonly runs: number;
  readonly slices: Readings['slices'];
  readonly gapCount: number;
  readonly gaps: AsyncIterable<GapReport>;
  readonly failing: FailingReport;
  readonly unknown: Counted;
}

interface Counted {
  readonly findings: number;
  readonly resources: number;
}

interface FailingReport extends Counted {
  readonly list: AsyncIterable<FindingReport>;
}

/** An interval during which one resource failed. */
export interface FindingReport {
  readonly id: string;
  readonly resource: string;
  readonly reason: string;
  readonly from: Date;
  /** null: it failed at the end of the period. */
  readonly to: Date | null;
  readonly runId: string;
  /** Ids of the evidence versions that it was judged by. */
  readonly evidence: readonly string[];
  readonly hasMoreEvidence: boolean;
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

/** Every evidence type of a control at every integration that was there in the period. */
export async function* populationsOf(
  fleet: Fleet,
  control: Control,
  options: ReportOptions,
): AsyncGenerator<PopulationReport> {
  const { database, organization } = fleet;
  const of = { organizationId: organization.id, ...options.period };
  const connectors = [...new Set(control.tests.map(({ connector }) => connector))];
  for (const integration of await integrationsInPeriod(database, { ...of, connectors })) {
    for (const test of control.tests.filter(({ connector }) => connector === integration.connector)) {
      yield await populationOf(fleet, { ...of, controlId: control.id }, { integration, test, limit: options.limit });
    }
  }
}

type Of = Pick<FindingsOf, 'organizationId' | 'controlId' | 'from' | 'to'>;

interface At {
  readonly integration: PastIntegration;
  readonly test: Test;
  readonly limit: number;
}

async function populationOf({ database }: Fleet, of: Of, { integration, test, limit }: At): Promise<PopulationReport> {
  const population = { ...of, integrationId: integration.id, type: test.evidence };
  const { runs, slices, gaps, resources } = await readingsInPeriod(database, population);
  const failing = { ...population, status: 'fail' } as const;
  const type = evidenceTypes.get(test.evidence);
  return {
    ...{ integration, type: test.evidence, title: type?.title ?? test.evidence, mode: type?.mode ?? 'snapshot' },
    ...{ quantifier: test.quantifier, resources, runs, slices },
    gapCount: gaps,
    gaps: gapReports(gapsInPeriod(database, { ...population, limit }), of.to),
    failing: {
      ...(await countFindingsInPeriod(database, failing)),
      list: findingReports(findingsInPeriod(database, { ...failing, quantifier: test.quantifier, limit })),
    },
    unknown: await countFindingsInPeriod(database, { ...population, status: 'unknown' }),
  };
}

async function* gapReports(gaps: ReturnType<typeof gapsInPeriod>, end: Date): AsyncGenerator<GapReport> {
  for await (const { id, slice, scope, reason, detail, openedAt, closedAt } of gaps) {
    const to = closedAt !== null && closedAt < end ? closedAt : null;
    yield { id, slice, scope, reason, detail, from: openedAt, to };
  }
}

async function* findingReports(findings: AsyncIterable<PastFinding>): AsyncGenerator<FindingReport> {
  for await (const { id, resource, reason, validFrom, validTo, fromRunId, evidence, hasMoreEvidence } of findings) {
    yield { ...{ id, resource, reason, from: validFrom, to: validTo }, runId: fromRunId, evidence, hasMoreEvidence };
  }
}
