/** Controls by what is said of them. */
export interface Counts {
  readonly pass: number;
  readonly fail: number;
  readonly unknown: number;
  readonly notApplicable: number;
}

/** The share of passing controls among those that apply, 0 to 1; null where none applies. What is unknown counts against it. */
export function scoreOf({ pass, fail, unknown }: Counts): number | null {
  const applicable = pass + fail + unknown;
  return applicable === 0 ? null : pass / applicable;
}

/** `87 %`, rounded down: only a framework of which everything passes reads 100 %. Null stays null. */
export function scoreText(counts: Counts): string | null {
  const score = scoreOf(counts);
  return score === null ? null : `${Math.floor(score * 100)} %`;
}
