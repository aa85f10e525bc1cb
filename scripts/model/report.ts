import type { LaneResult } from './lane.ts';
import { Tally } from './tally.ts';

/** The proof's page: what was done, what collided, and what broke. Markdown. */
export function report({
  seed,
  results,
  seconds,
}: {
  seed: number;
  results: readonly LaneResult[];
  seconds: number;
}): string {
  const tally = new Tally();
  for (const { counts } of results) tally.addAll(counts);
  const histories = results.reduce((sum, result) => sum + result.histories, 0);
  const broken = results.filter(({ counterexample }) => counterexample !== null).length;
  const rows = [...tally.counts].toSorted(([one], [other]) => one.localeCompare(other));
  return [
    `Seed ${seed}; ${number(histories)} random histories in ${Math.round(seconds)} s. Promises broken: ${broken}.`,
    '',
    '| what happened | times |',
    '|---|---:|',
    ...rows.map(([name, count]) => `| ${name} | ${number(count)} |`),
  ].join('\n');
}

function number(value: number): string {
  return value.toLocaleString('en');
}
