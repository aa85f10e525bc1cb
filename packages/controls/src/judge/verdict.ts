import { type Status, statuses } from '../answer.ts';
import type { Control } from '../control.ts';
import type { Test } from '../quantifiers.ts';
import { freshUntil, isProven, sliceTitle } from './freshness.ts';
import type { SliceProof } from './input.ts';

/** What stands for one evidence type of one integration. */
export interface Population {
  readonly integrationId: string;
  readonly type: string;
  /** Open findings per status; a status without any may be absent. */
  readonly counts: { readonly [S in Status]?: number };
  readonly slices: readonly SliceProof[];
  /** The slices that hold the failing resources of an `every`, or the witness of a `some`. */
  readonly decisiveSlices: readonly string[];
  /** It holds no resource of the control: what is said of those of others rests on it. */
  readonly isSupport?: boolean;
}

/** Everything a verdict is made of. */
export interface Standing {
  /** The database's clock. */
  readonly now: Date;
  /** One a test and integration; none: the organization has no integration that this control concerns. */
  readonly populations: readonly Population[];
  readonly openGaps: number;
  /** A few findings that do not pass. */
  readonly examples: readonly Example[];
}

export interface Example {
  readonly status: Status;
  readonly resource: string;
  readonly reason: string;
}

/** A type alias, so that it counts as JSON. */
export type Why = {
  readonly counts: { readonly [S in Status]: number };
  readonly openGaps: number;
  readonly examples: Example[];
  /** What was not read in time, a few of them. */
  readonly unread: string[];
};

export interface Verdict {
  readonly status: Status;
  /** After this it reads as unknown. */
  readonly freshUntil: Date;
  readonly why: Why;
}

const examplesKept = 5;

/**
 * The verdict of a control over all integrations of an organization, or null where none concerns it.
 * A failure stands as long as one failing resource is fresh; a pass only as long as everything that it rests on is. Neither stands where
 * something that other evidence has to tell was not read.
 */
export function verdictOf(control: Pick<Control, 'tests' | 'freshnessHours'>, standing: Standing): Verdict | null {
  const { now, populations } = standing;
  if (populations.every(({ isSupport }) => isSupport)) return null;
  const tests = new Map<string, Test>(control.tests.map((test) => [test.evidence, test]));
  const judged = populations.map((population) =>
    judgePopulation(population, tests.get(population.type)?.quantifier ?? 'every', control.freshnessHours, now),
  );
  const supports = judged.filter((_, at) => populations[at]?.isSupport);
  const status = supports.some((one) => one.status === 'unknown')
    ? 'unknown'
    : (statuses.find((one) => judged.some((population) => population.status === one)) ?? 'unknown');
  const untils = judged.filter((one) => one.status === status).map(({ until }) => until.getTime());
  const until =
    status === 'fail'
      ? Math.min(Math.max(...untils), ...supports.map((one) => one.until.getTime()))
      : Math.min(...judged.map((one) => one.until.getTime()));
  return {
    status,
    freshUntil: new Date(Math.max(until, now.getTime())),
    why: {
      counts: sumCounts(populations),
      openGaps: standing.openGaps,
      examples: standing.examples.filter((example) => example.status === status).slice(0, examplesKept),
      unread: judged.flatMap(({ unread }) => unread).slice(0, examplesKept),
    },
  };
}

interface JudgedPopulation {
  readonly status: Status;
  readonly until: Date;
  readonly unread: readonly string[];
}

function judgePopulation(
  { type, counts, slices, decisiveSlices }: Population,
  quantifier: Test['quantifier'],
  freshnessHours: number,
  now: Date,
): JudgedPopulation {
  const decisive = slices.filter(({ slice }) => decisiveSlices.includes(slice));
  const found = (status: Status) => (counts[status] ?? 0) > 0;
  const untilOf = (proof: SliceProof) => freshUntil(proof, freshnessHours) ?? new Date(0);
  const latest = (proofs: readonly SliceProof[]) =>
    new Date(Math.max(0, ...proofs.map((one) => untilOf(one).getTime())));
  const earliest = (proofs: readonly SliceProof[]) =>
    new Date(proofs.length === 0 ? 0 : Math.min(...proofs.map((one) => untilOf(one).getTime())));

  // Where one witness decides, only its slice is needed; an absent one has to be absent everywhere.
  const needed = quantifier === 'some' && found('pass') ? decisive : slices;
  const unproven = needed.filter((proof) => !isProven(proof, freshnessHours, now));
  const unread = unproven.map(({ slice }) => sliceTitle(type, slice));
  const failsUntil = quantifier === 'some' ? earliest(slices) : latest(decisive);
  if (found('fail') && failsUntil > now) return { status: 'fail', until: failsUntil, unread };

  const until = earliest(needed);
  const isDoubtful = found('fail') || found('unknown') || needed.length === 0 || unproven.length > 0;
  if (isDoubtful) return { status: 'unknown', until, unread: needed.length === 0 ? [type] : unread };
  return { status: found('pass') ? 'pass' : 'not_applicable', until, unread };
}

function sumCounts(populations: readonly Population[]): Why['counts'] {
  const sum = (status: Status) => populations.reduce((total, { counts }) => total + (counts[status] ?? 0), 0);
  return { pass: sum('pass'), fail: sum('fail'), unknown: sum('unknown'), not_applicable: sum('not_applicable') };
}
