import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import { createColors } from 'picocolors';
import { mayColour } from './env.ts';

export const colours = createColors(mayColour(process.stdout));

export type Cell = string | number | null;

/** Prints what programs read: one JSON value, dates in ISO 8601. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

export function printLine(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** For people, beside what programs read on standard output. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Prints a table, its widest column wrapped to the terminal. */
export function printTable(head: readonly string[], rows: readonly (readonly Cell[])[]): void {
  printLine(tableOf(head, rows));
}

/** The same as text. */
export function tableOf(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const cells = rows.map((row) => row.map((cell) => (cell === null ? '–' : plain(String(cell)))));
  const table = new Table({
    head: head.map((title) => colours.bold(title)),
    style: { head: [], border: [], compact: true },
    chars: bare,
    wordWrap: true,
    colWidths: columnWidths(head, cells),
  });
  table.push(...cells);
  return table.toString();
}

/** Prints names and values below each other; null values are left out. */
export function printFields(fields: Readonly<Record<string, Cell>>): void {
  for (const line of linesOfFields(fields)) printLine(line);
}

/** The same as lines of text. */
export function linesOfFields(fields: Readonly<Record<string, Cell>>): string[] {
  const shown = Object.entries(fields).filter(([, value]) => value !== null);
  const width = Math.max(...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${colours.dim(name.padEnd(width))}  ${plain(String(value))}`);
}

const bare = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '' },
  ...{ 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: ' ' },
};

const narrowest = 16;

/** cli-table3 counts a cell's padding, one space on either side, into its width. */
function columnWidths(head: readonly string[], rows: readonly (readonly string[])[]): number[] {
  const widths = head.map((title, index) => {
    const cells = rows.map((row) => visibleLength(row[index] ?? ''));
    return Math.max(title.length, ...cells) + 2;
  });
  const room = process.stdout.columns ?? 0;
  const excess = widths.reduce((sum, width) => sum + width + 1, 0) - room;
  const widest = widths.indexOf(Math.max(...widths));
  if (room > 0 && excess > 0) widths[widest] = Math.max(narrowest, (widths[widest] ?? 0) - excess);
  return widths;
}

function visibleLength(text: string): number {
  return Math.max(
    ...stripVTControlCharacters(text)
      .split('\n')
      .map(({ length }) => length),
  );
}

/** What follows an escape character in the colours of `stateOf` and `colours`. */
const ownColour = /^\[(?:1|2|22|31|32|33|36|39)m/;

/** What a provider's text must not do to a terminal: of all control characters only our own colours and line breaks pass. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/gu, (character, at: number) => {
    const isColour = character === '\u001B' && ownColour.test(text.slice(at + 1, at + 5));
    return character === '\n' || isColour ? character : '\uFFFD';
  });
}

/** `2026-03-14 09:26:53Z`; null stays null. */
export function timeOf(date: Date | null): string | null {
  return date === null ? null : `${date.toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

/** `42 s`, `3 m 5 s`, `2 h 7 m`. */
export function durationOf(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} m ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} m`;
}

/** A state, status or verdict in the colour people expect. */
export function stateOf(state: string): string {
  if (/^(succeeded|complete|active|pass|ok)$/.test(state)) return colours.green(state);
  if (/^(failed|error|fail|quarantined)$/.test(state)) return colours.red(state);
  if (/^(partial|degraded|unknown|waiting|pending)$/.test(state)) return colours.yellow(state);
  return /^(running|open)$/.test(state) ? colours.cyan(state) : state;
}
