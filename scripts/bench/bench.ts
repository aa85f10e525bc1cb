/** One measurement of a bench, its samples taken in turn with those of its yardstick. */
export interface Figure {
  /** What was counted, with its unit: `rows/s`, `ms`, `MB`. */
  readonly what: string;
  readonly samples: readonly number[];
  /** The least that could be done instead, on the same machine in the same run. */
  readonly yardstick?: { readonly what: string; readonly samples: readonly number[] };
  /** What has to be reached, and what would be better still; without them the figure is told only. */
  readonly reach?: Goal;
  readonly aim?: Goal;
}

/** Of the median; where there is a yardstick and the goal is `ofYardstick`, of the medians' ratio. */
export interface Goal {
  readonly is: 'at least' | 'at most';
  readonly value: number;
  readonly ofYardstick?: boolean;
}

export interface BenchOptions {
  /** A play of seconds at small sizes: its counts are checked, its figures mean nothing. */
  readonly isQuick: boolean;
  /** Hears of progress. */
  say(line: string): void;
}

/** One row or several of the table. It throws when what was stored, called or judged is not what was sent. */
export interface Bench {
  /** As in the table, and for --only. */
  readonly name: string;
  run(options: BenchOptions): Promise<BenchResult>;
}

export interface BenchResult {
  readonly figures: readonly Figure[];
  /** Sentences below the table: sizes, what limits the figure. */
  readonly notes?: readonly string[];
}

export function median(samples: readonly number[]): number {
  return percentile(samples, 0.5);
}

/** The smallest sample that so large a share of all does not exceed. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((one, other) => one - other);
  const found = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  if (found === undefined) throw new Error('A figure needs a sample.');
  return found;
}

/** Of the median to that of the yardstick. */
export function ratio({ samples, yardstick }: Figure): number | null {
  return yardstick === undefined ? null : median(samples) / median(yardstick.samples);
}

export function isMet(figure: Figure, goal: Goal | undefined): boolean | null {
  if (goal === undefined) return null;
  const value = goal.ofYardstick ? (ratio(figure) ?? Number.NaN) : median(figure.samples);
  return goal.is === 'at least' ? value >= goal.value : value <= goal.value;
}
