import {
  type Control,
  controlsOf,
  type Framework,
  isOf,
  type Requirement,
  requirements,
  scoredControls,
} from '@evidence-fleet/controls';
import { type ScoreInterval, scoreHistory, verdictsInPeriod } from '@evidence-fleet/db';
import type { Fleet } from '../fleet.ts';
import { scoreOf } from '../score.ts';
import { durationsOf, type Interval, intervalsOf, type Status } from './intervals.ts';
import { type JoinedReport, joinedBy } from './joined.ts';
import type { ReportOptions } from './options.ts';
import { type PopulationReport, populationsOf } from './population.ts';

/** Everything that is known of a framework in a period. What is long is read while it is iterated, once and in its order. */
export interface Report {
  readonly framework: Framework;
  readonly organization: { readonly slug: string; readonly name: string };
  readonly from: Date;
  readonly to: Date;
  readonly madeAt: Date;
  /** Lists hold at most so many entries, the counts beside them are whole. */
  readonly limit: number;
  /** The numbers as they were kept at the time, the latest first; `to` null: they stood at the end of the period. */
  readonly scores: readonly (Omit<ScoreInterval, 'framework'> & { readonly score: number | null })[];
  readonly requirements: readonly RequirementReport[];
  readonly controls: AsyncIterable<ControlReport>;
}

export interface RequirementReport {
  readonly id: Requirement;
  readonly controls: readonly { readonly id: string; readonly atEnd: Status }[];
}

export interface ControlReport {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly severity: Control['severity'];
  /** Requirements of this framework. */
  readonly satisfies: readonly Requirement[];
  readonly freshnessHours: number;
  readonly atEnd: Status;
  /** How much of the period each status held. */
  readonly durationsMs: Readonly<Record<Status, number>>;
  readonly intervalCount: number;
  /** The latest `limit` of them, the oldest first. */
  readonly intervals: readonly Interval[];
  readonly populations: AsyncIterable<PopulationReport>;
  /** null: it joins nothing. */
  readonly joined: JoinedReport | null;
}

/** Reads what is short: verdicts and scores. */
export async function createReport(fleet: Fleet, options: ReportOptions): Promise<Report> {
  const { framework, period, now, limit } = options;
  const judged = new Map<Control, Interval[]>();
  for (const control of controlsOf(framework)) {
    const of = { organizationId: fleet.organization.id, controlId: control.id, ...period };
    judged.set(control, intervalsOf(await verdictsInPeriod(fleet.database, of), period));
  }
  const { slug, name } = fleet.organization;
  return {
    ...{ framework, organization: { slug, name }, ...period, madeAt: now, limit },
    scores: await scoresOf(fleet, options),
    requirements: requirementsOf(framework, judged),
    controls: controlReports(fleet, options, judged),
  };
}

async function scoresOf(fleet: Fleet, { framework, period, limit }: ReportOptions): Promise<Report['scores']> {
  const of = { organizationId: fleet.organization.id, scored: scoredControls, framework, ...period, limit };
  const history = await scoreHistory(fleet.database, of);
  return history.map(({ framework: _, to, ...interval }) => ({
    ...interval,
    to: to !== null && to < period.to ? to : null,
    score: scoreOf(interval),
  }));
}

function requirementsOf(framework: Framework, judged: ReadonlyMap<Control, readonly Interval[]>): RequirementReport[] {
  const atEnd = new Map([...judged].map(([{ id }, intervals]) => [id, atEndOf(intervals)]));
  return [...requirements]
    .filter(([id]) => isOf(framework, id))
    .map(([id, controls]) => ({
      id,
      controls: controls.map((one) => ({ id: one, atEnd: atEnd.get(one) ?? 'unknown' })),
    }));
}

async function* controlReports(
  fleet: Fleet,
  options: ReportOptions,
  judged: ReadonlyMap<Control, readonly Interval[]>,
): AsyncGenerator<ControlReport> {
  for (const [control, intervals] of judged) {
    const { id, title, description, severity, freshnessHours } = control;
    yield {
      ...{ id, title, description, severity, freshnessHours },
      satisfies: control.satisfies.filter((one) => isOf(options.framework, one)),
      atEnd: atEndOf(intervals),
      durationsMs: durationsOf(intervals),
      intervalCount: intervals.length,
      intervals: intervals.slice(-options.limit),
      populations: populationsOf(fleet, control, options),
      joined: await joinedBy(fleet, control, options),
    };
  }
}

function atEndOf(intervals: readonly Interval[]): Status {
  const last = intervals.at(-1);
  if (last === undefined) throw new Error('a period has at least one interval');
  return last.status;
}
