import type { Control, Test } from '@evidence-fleet/controls';
import {
  countFindingsInPeriod,
  type FindingsOf,
  findingsInPeriod,
  integrationsInPeriod,
  type PastFinding,
  type PastIntegration,
} from '@evidence-fleet/db';
import type { Fleet } from '../fleet.ts';
import type { ReportOptions } from './options.ts';
import { type SourceReport, sourceOf } from './source.ts';

/** What a control was judged by at one integration: how it was obtained, what was not read, and what failed. */
export interface PopulationReport extends SourceReport {
  /** `every` resource answers for itself; of `some`, one that passes is enough for the account. */
  readonly quantifier: Test['quantifier'];
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

async function populationOf(fleet: Fleet, of: Of, { integration, test, limit }: At): Promise<PopulationReport> {
  const { database } = fleet;
  const population = { ...of, integrationId: integration.id, type: test.evidence };
  const failing = { ...population, status: 'fail' } as const;
  return {
    ...(await sourceOf(fleet, of, { integration, type: test.evidence, limit })),
    quantifier: test.quantifier,
    failing: {
      ...(await countFindingsInPeriod(database, failing)),
      list: findingReports(findingsInPeriod(database, { ...failing, quantifier: test.quantifier, limit })),
    },
    unknown: await countFindingsInPeriod(database, { ...population, status: 'unknown' }),
  };
}

async function* findingReports(findings: AsyncIterable<PastFinding>): AsyncGenerator<FindingReport> {
  for await (const { id, resource, reason, validFrom, validTo, fromRunId, evidence, hasMoreEvidence } of findings) {
    yield { ...{ id, resource, reason, from: validFrom, to: validTo }, runId: fromRunId, evidence, hasMoreEvidence };
  }
}
