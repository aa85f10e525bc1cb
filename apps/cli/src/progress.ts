import type { ShownRun } from '@evidence-fleet/db';
import { createColors } from 'picocolors';
import { mayColour } from './env.ts';
import { durationOf, plain } from './output.ts';

/** One line of a live view: a run, or one evidence type of it. */
export interface ProgressRow {
  readonly title: string;
  /** A run's or a stream's state. */
  readonly state: string;
  /** Slices that are closed, of those opened. */
  readonly closed: number;
  readonly opened: number;
  readonly seen: number;
  readonly added: number;
  readonly changed: number;
  readonly retired: number;
  readonly gaps: number;
  /** A few words: what it waits for, what went wrong. */
  readonly note?: string;
}

/** The rows as lines of text, in columns; `width` 0 means as wide as it gets. */
export function renderProgress(rows: readonly ProgressRow[], { colour = false, width = 0 } = {}): string[] {
  const colours = createColors(colour);
  const titleWidth = Math.max(0, ...rows.map(({ title }) => title.length));
  return rows.map((row) => {
    const text = `${mark(row.state)} ${row.title.padEnd(titleWidth)}  ${row.state.padEnd(9)}  ${counts(row)}`;
    const line = plain(row.note === undefined ? text : `${text}  ${row.note}`);
    return paint(colours, row.state)(width > 0 && line.length >= width ? `${line.slice(0, width - 2)}…` : line);
  });
}

/** One row for the run and one for each of its evidence types. */
export function rowsOfRun(run: ShownRun): ProgressRow[] {
  const types = Map.groupBy(run.streamRuns, ({ type }) => type);
  const total: ProgressRow = {
    ...run,
    title: run.integration,
    closed: run.streamsClosed,
    opened: run.streams,
    ...(run.errorMessage === null ? {} : { note: run.errorMessage }),
  };
  return [
    total,
    ...[...types].map(([type, streams]) => {
      const sum = (field: 'seen' | 'added' | 'changed' | 'retired' | 'gaps') =>
        streams.reduce((before, stream) => before + stream[field], 0);
      return {
        ...{ title: `  ${type}`, state: worst(streams.map(({ status }) => status)) },
        ...{ closed: streams.filter(({ status }) => status !== 'open').length, opened: streams.length },
        ...{
          seen: sum('seen'),
          added: sum('added'),
          changed: sum('changed'),
          retired: sum('retired'),
          gaps: sum('gaps'),
        },
      };
    }),
  ];
}

/** A view that is drawn over itself on a terminal; elsewhere it prints a line whenever a state changes. */
export interface LiveView {
  show(rows: readonly ProgressRow[]): void;
}

export function createLiveView(out: NodeJS.WriteStream, now: () => number = Date.now): LiveView {
  const startedAt = now();
  let drawn = 0;
  const states = new Map<string, string>();
  if (out.isTTY) {
    return {
      show(rows) {
        const lines = renderProgress(rows, { colour: mayColour(out), width: out.columns });
        const visible = lines.slice(0, Math.max(1, out.rows - 2)); // what scrolled away could not be drawn over
        out.write(`${drawn > 0 ? `\u001B[${drawn}A` : ''}\u001B[J${visible.join('\n')}\n`);
        drawn = visible.length;
      },
    };
  }
  return {
    show(rows) {
      for (const row of rows) {
        if (states.get(row.title) === row.state) continue;
        states.set(row.title, row.state);
        out.write(`${durationOf(now() - startedAt).padStart(7)}  ${renderProgress([row]).join('')}\n`);
      }
    },
  };
}

function counts({ opened, closed, seen, added, changed, retired, gaps }: ProgressRow): string {
  if (opened === 0) return '';
  const parts = [
    `${closed}/${opened}`.padStart(7),
    `${seen} seen`.padStart(12),
    `+${added}`,
    `~${changed}`,
    `-${retired}`,
  ];
  return `${parts.join('  ')}${gaps > 0 ? `  ${gaps} gaps` : ''}`;
}

function worst(states: readonly string[]): string {
  return ['open', 'failed', 'partial'].find((state) => states.includes(state)) ?? 'complete';
}

function mark(state: string): string {
  if (/^(succeeded|complete)$/.test(state)) return '✓';
  if (/^(failed|cancelled)$/.test(state)) return '✗';
  return state === 'partial' ? '◐' : /^(running|open)$/.test(state) ? '●' : '○';
}

function paint(colours: ReturnType<typeof createColors>, state: string): (text: string) => string {
  if (/^(succeeded|complete)$/.test(state)) return colours.green;
  if (/^(failed|cancelled)$/.test(state)) return colours.red;
  return state === 'partial' || state === 'waiting' ? colours.yellow : (text) => text;
}
