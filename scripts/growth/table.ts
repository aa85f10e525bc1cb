import type { Grown } from './grow-history.ts';
import type { Judged } from './grow-judgement.ts';

/** The curves in Markdown: a row a size. */
export function growthTables(grown: readonly Grown[], judged: readonly Judged[]): string {
  return [
    ...ledgerTable(grown),
    '',
    ...readsTable(grown),
    '',
    '| judge: heads of one organization | first judgement, s | after 0.1 % changed, s | RSS growth, MB |',
    '|---|---|---|---|',
    ...judged.map(({ heads, firstSeconds, againSeconds, growthMb }) =>
      cells(thousands(heads), firstSeconds.toFixed(2), againSeconds.toFixed(3), growthMb.toFixed(0)),
    ),
  ].join('\n');
}

function ledgerTable(grown: readonly Grown[]): string[] {
  return [
    '| ledger: versions | evidence, GB | its indexes, GB | heads and their indexes, GB | bytes a version, all told | WAL a changed version, bytes | changed versions/s | vacuum after 40,000 changes, s | freezing all, s |',
    '|---|---|---|---|---|---|---|---|---|',
    ...grown.map((one) => {
      const heads = one.heads.table + one.heads.indexes;
      const all = one.evidence.table + one.evidence.indexes + heads;
      return cells(
        thousands(one.versions),
        ...[one.evidence.table, one.evidence.indexes, heads].map(gigabytes),
        thousands(all / one.versions),
        thousands(one.walBytesAVersion),
        thousands(one.versionsASecond),
        one.vacuumSeconds.toFixed(1),
        one.freezeSeconds.toFixed(1),
      );
    }),
  ];
}

function readsTable(grown: readonly Grown[]): string[] {
  const questions = grown[0]?.p95.map(({ what }) => what) ?? [];
  return [
    `| history: versions | ${questions.map((what) => `${what}, p95, ms`).join(' | ')} |`,
    `|---|${questions.map(() => '---|').join('')}`,
    ...grown.map(({ versions, p95 }) => cells(thousands(versions), ...p95.map(({ ms }) => ms.toFixed(1)))),
  ];
}

const cells = (...values: string[]) => `| ${values.join(' | ')} |`;
const thousands = (value: number) => Math.round(value).toLocaleString('en');
const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(2);
