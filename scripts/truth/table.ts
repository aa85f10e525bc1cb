import { type Forbidden, forbidden, type StateJudgement } from './judge-state.ts';
import type { CaseResult } from './run-case.ts';

type Counts = Record<StateJudgement['end'] | Forbidden | 'cases', number>;

/** Counts of a run of the matrix, by connector and fault. */
export interface Tally {
  add(result: CaseResult): void;
  /** How many cases were charged with something. */
  readonly charged: number;
  /** A table a connector, in Markdown. */
  toMarkdown(): string;
}

const columns = ['cases', 'true', 'gap', 'error', ...forbidden] as const;

export function createTally(): Tally {
  const connectors = new Map<string, Map<string, Counts>>();
  let charged = 0;
  return {
    add({ case: one, end, charges }) {
      const faults = connectors.get(one.connector) ?? new Map<string, Counts>();
      connectors.set(one.connector, faults);
      const counts = faults.get(one.fault) ?? empty();
      faults.set(one.fault, counts);
      counts.cases += 1;
      counts[end] += 1;
      for (const column of new Set(charges.map((charge) => charge.column))) counts[column] += 1;
      if (charges.length > 0) charged += 1;
    },
    get charged() {
      return charged;
    },
    toMarkdown: () =>
      [...connectors]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([connector, faults]) => tableOf(connector, faults))
        .join('\n\n'),
  };
}

function empty(): Counts {
  // Every column begins at nothing; Object.fromEntries widens the literal keys.
  return Object.fromEntries(columns.map((column) => [column, 0])) as Counts;
}

function tableOf(connector: string, faults: ReadonlyMap<string, Counts>): string {
  const rows = [...faults].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }));
  const total = empty();
  for (const [, counts] of rows) for (const column of columns) total[column] += counts[column];
  const line = (name: string, counts: Counts) => `| ${name} | ${columns.map((column) => counts[column]).join(' | ')} |`;
  return [
    `**${connector}**`,
    '',
    `| fault | ${columns.join(' | ')} |`,
    `|---|${columns.map(() => '--:').join('|')}|`,
    ...rows.map(([name, counts]) => line(name, counts)),
    line('**all**', total),
  ].join('\n');
}
