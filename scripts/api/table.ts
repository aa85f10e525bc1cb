import type { Attack } from './attack.ts';
import type { Row } from './tally.ts';

/** Requests by operation and by kind of hostility, with how they ended: Markdown. */
export function tablesOf({ tally, rowsKept }: Attack): string {
  const sum = (pick: (row: Row) => number) => [...tally.operations.values()].reduce((all, row) => all + pick(row), 0);
  const total = [sum(({ generated }) => generated), sum(({ hostile }) => hostile)].map(counted);
  return [
    `${total[0]} requests generated and ${total[1]} hostile ones; problems: ${tally.problems.size}. Of the other organization ${counted(rowsKept)} rows were the same, byte by byte, before and after.`,
    table('operation', tally.operations, ['generated', 'hostile']),
    table('hostile', tally.hostilities, ['hostile']),
  ].join('\n\n');
}

/** What was wrong, most met first. */
export function problemsOf({ tally }: Attack): string[] {
  return [...tally.problems]
    .toSorted(([, one], [, other]) => other.times - one.times)
    .map(([problem, { times, example }]) => `${times} × ${problem}\n    ${example}`);
}

const ends = ['2', '4', '5', 'none'];

function table(title: string, rows: ReadonlyMap<string, Row>, sources: readonly ('generated' | 'hostile')[]): string {
  const names = sources.length === 1 ? ['requests'] : sources;
  return [
    `| ${[title, ...names, '2xx', '4xx', '5xx', 'no answer'].join(' | ')} |`,
    `|---|${'--:|'.repeat(names.length + ends.length)}`,
    ...[...rows].map(([name, row]) => {
      const counts = [...sources.map((source) => row[source]), ...ends.map((end) => row.ended[end] ?? 0)];
      return `| ${[name, ...counts.map(counted)].join(' | ')} |`;
    }),
  ].join('\n');
}

function counted(count: number): string {
  return count.toLocaleString('en');
}
