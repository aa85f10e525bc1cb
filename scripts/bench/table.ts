import { type Bench, type BenchResult, type Figure, type Goal, isMet, median, ratio } from './bench.ts';

/** What came of a bench; an error where its counts were wrong or it broke off. */
export interface Benched {
  readonly bench: Bench['name'];
  readonly seconds: number;
  readonly result: BenchResult | null;
  readonly error: string | null;
}

/** The table in Markdown, its notes below it. */
export function tableOf(benched: readonly Benched[]): string {
  const rows = benched.flatMap(({ bench, result, error }) =>
    result === null ? [`| ${bench} | ${error} |${' |'.repeat(6)}`] : result.figures.map((figure) => row(bench, figure)),
  );
  const notes = benched.flatMap(({ bench, result }) => (result?.notes ?? []).map((note) => `- ${bench}: ${note}`));
  return [
    '| Bench | Measured | Median (lowest – highest) | Yardstick | Ratio | Reach | Aim | Reached |',
    '|---|---|---|---|---|---|---|---|',
    ...rows,
    ...(notes.length > 0 ? ['', ...notes] : []),
  ].join('\n');
}

function row(bench: string, figure: Figure): string {
  const { what, samples, yardstick, reach, aim } = figure;
  const share = ratio(figure);
  const met = isMet(figure, reach);
  return `| ${[
    bench,
    what,
    spread(samples),
    yardstick === undefined ? '–' : `${yardstick.what}: ${spread(yardstick.samples)}`,
    share === null ? '–' : share.toFixed(2),
    words(reach),
    words(aim),
    met === null ? '–' : met ? 'yes' : '**no**',
  ].join(' | ')} |`;
}

function spread(samples: readonly number[]): string {
  if (samples.length === 1) return number(median(samples));
  return `${number(median(samples))} (${number(Math.min(...samples))} – ${number(Math.max(...samples))})`;
}

function words(goal: Goal | undefined): string {
  if (goal === undefined) return '–';
  return `${goal.is === 'at least' ? '≥' : '≤'} ${number(goal.value)}${goal.ofYardstick ? ' ×' : ''}`;
}

/** Three digits that count. */
function number(value: number): string {
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}
