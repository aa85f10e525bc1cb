import type { Mutation } from './mutation.ts';
import type { Proven } from './prove.ts';

/** What became of one mutation. */
export interface Verdict {
  readonly mutation: Mutation;
  /** The line by which the proof said why it failed; null: it did not notice, or failed for something else. */
  readonly caughtBy: string | null;
  readonly proven: Proven;
}

export function judge(mutation: Mutation, proven: Proven): Verdict {
  const line = proven.output.split('\n').find((one) => mutation.because.test(one));
  return { mutation, proven, caughtBy: proven.passed || line === undefined ? null : line.trim() };
}

/** One row a mutation. Markdown. */
export function tableOf(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ mutation, caughtBy, proven }) =>
    [
      mutation.name,
      mutation.edits.map(({ file }) => `\`${file}\``).join(', '),
      caughtBy === null ? '**survived**' : `\`${mutation.proof.name}\``,
      caughtBy === null ? '' : short(caughtBy),
      String(Math.round(proven.seconds)),
    ].join(' | '),
  );
  return [
    '| the product … | file | caught by | how | s |',
    '|---|---|---|---|---:|',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n');
}

function short(line: string): string {
  const plain = line.replaceAll('|', '/').replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '…');
  return plain.length > 160 ? `${plain.slice(0, 160)} …` : plain;
}
