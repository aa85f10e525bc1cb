import type { Status } from '../answer.ts';
import type { Control } from '../control.ts';
import { freshUntil, isProven, sliceTitle } from './freshness.ts';
import type { SliceProof } from './input.ts';

/** What is known of the slices of one evidence type of one integration. */
export interface TypeSlices {
  readonly type: string;
  readonly slices: readonly SliceProof[];
}

/** What stands for one control in the whole organization: everything a verdict is made of. */
export interface Standing {
  /** The database's clock. */
  readonly now: Date;
  /** Open findings. */
  readonly counts: { readonly [S in Status]: number };
  readonly openGaps: number;
  /** Every last pass was read to its end without a gap. */
  readonly isComplete: boolean;
  /** When the oldest pass began that everything rests on; null: something was never read to its end. */
  readonly provenAt: Date | null;
  /** When the pass began that shows something failing longest; null: none does. */
  readonly failureProvenAt: Date | null;
  /** What the answers rest on beside the resources themselves: all of it has to be proven. */
  readonly supports: readonly TypeSlices[];
  /** Some of what is not proven now; a type without slices was never read. */
  readonly unread: readonly TypeSlices[];
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
 * The verdict of a control over all integrations of an organization that it concerns.
 * A failure stands as long as one failing resource is fresh; a pass only as long as everything that it rests on is. Neither stands where
 * something that other evidence has to tell was not read.
 */
export function verdictOf({ freshnessHours }: Pick<Control, 'freshnessHours'>, standing: Standing): Verdict {
  const { now, counts, provenAt, failureProvenAt } = standing;
  const untilOf = (at: Date | null) => freshUntil({ provenAt: at }, freshnessHours)?.getTime() ?? 0;
  const isRead = (proof: SliceProof) => isProven(proof, freshnessHours, now);
  const supported = Math.min(
    ...standing.supports.map(({ slices }) =>
      slices.length > 0 && slices.every(isRead) ? Math.min(...slices.map((one) => untilOf(one.provenAt))) : 0,
    ),
  );
  const [proven, failing] = [Math.min(untilOf(provenAt), supported), Math.min(untilOf(failureProvenAt), supported)];
  const status = weigh(counts, {
    isProven: standing.isComplete && proven > now.getTime(),
    isFailing: failing > now.getTime(),
  });
  const unread = [
    ...standing.supports.filter(({ slices }) => slices.length === 0 || !slices.every(isRead)),
    ...standing.unread,
  ];
  return {
    status,
    freshUntil: new Date(Math.max(status === 'fail' ? failing : proven, now.getTime())),
    why: {
      counts,
      openGaps: standing.openGaps,
      examples: standing.examples.filter((example) => example.status === status).slice(0, examplesKept),
      unread: unread.flatMap((one) => titlesOf(one, isRead)).slice(0, examplesKept),
    },
  };
}

/** Fail outweighs unknown outweighs pass. */
function weigh(counts: Standing['counts'], { isProven, isFailing }: { isProven: boolean; isFailing: boolean }): Status {
  if (counts.fail > 0 && isFailing) return 'fail';
  if (counts.fail + counts.unknown > 0 || !isProven) return 'unknown';
  return counts.pass > 0 ? 'pass' : 'not_applicable';
}

function titlesOf({ type, slices }: TypeSlices, isRead: (proof: SliceProof) => boolean): string[] {
  const unread = slices.filter((one) => !isRead(one));
  return unread.length === 0 ? [type] : unread.map(({ slice }) => sliceTitle(type, slice));
}
