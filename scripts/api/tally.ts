import { faultsOf, type Secrets } from './inspect.ts';
import type { Answer } from './wire.ts';

/** What was asked, and what came. */
interface Exchange {
  readonly source: 'generated' | 'hostile';
  /** What kind of hostility it was. */
  readonly kind?: string;
  readonly method: string;
  readonly path: string;
  /** null: the connection ended without one. */
  readonly answer: Answer | null;
  readonly mayBeSilent?: boolean;
}

export interface Row {
  generated: number;
  hostile: number;
  /** Answers by the first digit of their status; `none`: none. */
  readonly ended: Record<string, number>;
}

/** Counts requests, and gathers what is wrong with their answers. */
export interface Tally {
  note(exchange: Exchange): void;
  complain(problem: string, example: string): void;
  readonly operations: ReadonlyMap<string, Row>;
  readonly hostilities: ReadonlyMap<string, Row>;
  /** Each with how often it was met, and its first example. */
  readonly problems: ReadonlyMap<string, { readonly example: string; readonly times: number }>;
}

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>;
}

/** Whatever is at an address, or takes a method, that the description does not know. */
const none = '(none)';

export function createTally(description: Description, secrets: Secrets): Tally {
  const known = Object.entries(description.paths).flatMap(([path, methods]) => {
    const pattern = new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`);
    return Object.entries(methods).map(([method, { operationId }]) => ({
      pattern,
      method: method.toUpperCase(),
      operationId,
    }));
  });
  const rowsOf = (names: readonly string[]) => new Map(names.map((name) => [name, emptyRow()]));
  const operations = rowsOf([...known.map(({ operationId }) => operationId), none]);
  const hostilities = rowsOf([]);
  const problems = new Map<string, { example: string; times: number }>();

  function complain(problem: string, example: string): void {
    const met = problems.get(problem) ?? { example: redacted(example, secrets), times: 0 };
    met.times += 1;
    problems.set(problem, met);
  }

  return {
    operations,
    hostilities,
    problems,
    complain,
    note({ source, kind, method, path, answer, mayBeSilent = false }) {
      const [pathname = ''] = path.split('?');
      const operation = known.find((one) => one.method === method && one.pattern.test(pathname))?.operationId ?? none;
      count(operations, operation, source, answer);
      if (kind !== undefined) count(hostilities, kind, source, answer);
      const where = kind === undefined ? operation : `${operation}, ${kind}`;
      if (answer === null && !mayBeSilent) complain(`${where}: no answer`, `${method} ${path}`);
      if (answer === null) return;
      for (const fault of faultsOf(answer, { secrets, method }))
        complain(`${where}: ${fault}`, `${method} ${path} ${answer.status} ${answer.body.slice(0, 400)}`);
    },
  };
}

function count(rows: Map<string, Row>, name: string, source: Exchange['source'], answer: Answer | null): void {
  const row = rows.get(name) ?? emptyRow();
  rows.set(name, row);
  row[source] += 1;
  const end = answer === null ? 'none' : String(answer.status)[0];
  row.ended[end ?? 'none'] = (row.ended[end ?? 'none'] ?? 0) + 1;
}

function emptyRow(): Row {
  return { generated: 0, hostile: 0, ended: {} };
}

function redacted(text: string, { texts }: Secrets): string {
  return texts.reduce((told, secret) => told.replaceAll(secret, '…'), text).slice(0, 600);
}
