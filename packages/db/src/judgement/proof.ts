import type { SliceProof } from './read-slices.ts';

/** What the answers of a control for one population rest on, whatever the time is. */
export interface Proof {
  /** Every last pass was read to its end without a gap: what they did not show is not there. */
  readonly isComplete: boolean;
  /** When the oldest pass began that everything said of it rests on; null: something was never read to its end. */
  readonly provenAt: Date | null;
  /** When the pass began that shows something failing longest; null: none does. It counts where something fails. */
  readonly failureProvenAt: Date | null;
}

/**
 * @param quantifier `every`: one failing resource is enough, and stands by its own slice. `some`: one witness is enough, and stands by its own;
 *   that there is none rests on all slices.
 * @param decisive the slices that hold the failing resources of an `every`, or the witness of a `some`
 */
export function proofOf(
  quantifier: 'every' | 'some',
  slices: readonly SliceProof[],
  decisive: readonly string[],
): Proof {
  const deciding = slices.filter(({ slice }) => decisive.includes(slice));
  const needed = quantifier === 'some' && deciding.length > 0 ? deciding : slices;
  return {
    isComplete: needed.length > 0 && needed.every(({ status }) => status === 'complete'),
    provenAt: oldest(needed),
    failureProvenAt: quantifier === 'every' ? latest(deciding) : oldest(slices),
  };
}

function oldest(slices: readonly SliceProof[]): Date | null {
  const known = slices.flatMap(({ provenAt }) => provenAt ?? []);
  return known.length === 0 || known.length < slices.length ? null : new Date(Math.min(...known.map(Number)));
}

function latest(slices: readonly SliceProof[]): Date | null {
  const known = slices.flatMap((one) => one.provenAt ?? []);
  return known.length === 0 ? null : new Date(Math.max(...known.map(Number)));
}
