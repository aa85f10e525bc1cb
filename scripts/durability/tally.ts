/** What came of a scenario, counted exactly. */
export interface Tally {
  /** Due dates and requests that had to be answered by a run. */
  expected: number;
  /** Runs that ended. */
  executed: number;
  /** Due dates and requests that a run answered. */
  unique: number;
  /** Expected and not answered, and versions, gaps or findings that are missing. */
  lost: number;
  /** Answered twice, and versions, gaps or findings that stand there twice. */
  double: number;
  /** Any other difference from the undisturbed ledger, failed runs and spent attempts included. */
  false: number;
  /** From each blow to the first provider call of the tenant's run once it was taken up again, or the store was back; milliseconds. */
  readonly recoveriesMs: number[];
  /** Provider calls beyond those of undisturbed runs. */
  repeatedCalls: number;
  /** Rounds with a blow. */
  blows: number;
  /** Those that show no trace of it: nothing was interrupted, so nothing is proven. */
  idle: number;
  /** Rounds without such a trace that another took the place of. */
  again: number;
  /** What a reader should know about this row. */
  readonly notes: string[];
}

export function newTally(): Tally {
  return {
    expected: 0,
    executed: 0,
    unique: 0,
    lost: 0,
    double: 0,
    false: 0,
    recoveriesMs: [],
    repeatedCalls: 0,
    blows: 0,
    idle: 0,
    again: 0,
    notes: [],
  };
}

const counted = [
  'expected',
  'executed',
  'unique',
  'lost',
  'double',
  'false',
  'repeatedCalls',
  'blows',
  'idle',
  'again',
] as const;

export function addTally(to: Tally, one: Tally): void {
  for (const field of counted) to[field] += one[field];
  to.recoveriesMs.push(...one.recoveriesMs);
  for (const note of one.notes) if (!to.notes.includes(note)) to.notes.push(note);
}

/** Lines that one side has more often than the other. */
export function compareStates(
  expected: readonly string[],
  actual: readonly string[],
): { missing: string[]; extra: string[] } {
  const counts = new Map<string, number>();
  for (const line of expected) counts.set(line, (counts.get(line) ?? 0) + 1);
  for (const line of actual) counts.set(line, (counts.get(line) ?? 0) - 1);
  const repeated = (wanted: (count: number) => boolean) =>
    [...counts].flatMap(([line, count]) => (wanted(count) ? Array<string>(Math.abs(count)).fill(line) : []));
  return { missing: repeated((count) => count > 0), extra: repeated((count) => count < 0) };
}

function percentile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? null;
}

/** Nothing lost, nothing double, nothing false, and everything went on within 15 s in 19 of 20 cases. */
const longestRecoveryMs = 15_000;

export interface Row {
  readonly scenario: string;
  readonly times: number;
  /** null: the scenario cannot be had here; the note says why. */
  readonly tally: Tally | null;
  readonly note: string;
}

export function missedGoals({ tally }: Row, mostMs = longestRecoveryMs): string[] {
  if (tally === null) return [];
  const missed = (['lost', 'double', 'false'] as const).filter((field) => tally[field] > 0).map(String);
  if ((percentile(tally.recoveriesMs, 0.95) ?? 0) > mostMs) missed.push('recovery p95');
  if (tally.expected === 0) missed.push('nothing was expected');
  if (tally.idle > 0) missed.push(`idle: ${tally.idle} of ${tally.blows} blows hit nothing`);
  return missed;
}

/** The table in Markdown. */
export function tableOf(rows: readonly Row[]): string {
  const seconds = (ms: number | null) => (ms === null ? '–' : `${(ms / 1000).toFixed(1)} s`);
  const lines = rows.map(({ scenario, times, tally, note }) => {
    if (tally === null) return `| ${scenario} | ${note} |${' |'.repeat(11)}`;
    const { expected, executed, unique, lost, double, recoveriesMs, repeatedCalls } = tally;
    const idle = tally.blows > 0 ? [tally.again, tally.idle] : ['–', '–'];
    const cells = [times, ...idle, expected, executed, unique, lost, double, tally.false];
    const recovery = [0.5, 0.95].map((share) => seconds(percentile(recoveriesMs, share)));
    return `| ${[scenario, ...cells, ...recovery, repeatedCalls].join(' | ')} |`;
  });
  return [
    '| Scenario | Times | Again | Idle | Expected | Executed | Unique | Lost | Double | False | Recovery p50 | p95 | Repeated calls |',
    '|---|---|---|---|---|---|---|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}
