import type { Control, Relation } from '@evidence-fleet/controls';
import { countPeople, integrationsInPeriod } from '@evidence-fleet/db';
import type { Fleet } from '../fleet.ts';
import type { ReportOptions } from './options.ts';
import { type SourceReport, sourceOf } from './source.ts';

/** What other evidence of the organization a control joins to its own. All of it has to be read to its end, or nothing is known of any resource. */
export interface JoinedReport {
  readonly relation: Relation['name'];
  readonly title: string;
  readonly connector: string;
  readonly evidence: readonly string[];
  /** Of the organization's own map of people, which counts before the directory: when the report was made. null: it has no say. */
  readonly mapEntries: number | null;
  /** Each of its types at every integration that was there in the period and tells it. */
  readonly sources: AsyncIterable<SourceReport>;
}

/** @returns null: the control is judged by its own evidence alone */
export async function joinedBy(fleet: Fleet, control: Control, options: ReportOptions): Promise<JoinedReport | null> {
  const relation = control.tests[0]?.relation; // the same in all of its tests
  if (!relation) return null;
  const { name, title, connector, evidence } = relation;
  const mapEntries = name === 'person' ? await countPeople(fleet.database, fleet.organization.id) : null;
  return { relation: name, title, connector, evidence, mapEntries, sources: sourcesOf(fleet, relation, options) };
}

async function* sourcesOf(fleet: Fleet, relation: Relation, options: ReportOptions): AsyncGenerator<SourceReport> {
  const { connector, evidence, requires } = relation;
  const of = { organizationId: fleet.organization.id, ...options.period, connectors: [connector] };
  for (const integration of await integrationsInPeriod(fleet.database, { ...of, ...(requires && { requires }) })) {
    for (const type of evidence)
      yield await sourceOf(fleet, options.period, { integration, type, limit: options.limit });
  }
}
