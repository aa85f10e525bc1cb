/**
 * One summand of a number of calls. A number stands for itself; `of` is one call for each thing of that name, or `times` as many; `pagesOf` is
 * one for each page of so many things, and one at least, because a page tells of an empty list, too; `pagesOfEach` is the same for each of
 * many lists. Names are in the plural, and the connector says what they count.
 */
export type CallTerm =
  | number
  | { readonly of: string; readonly times?: number }
  | { readonly pagesOf: string; readonly size: number }
  | { readonly pagesOfEach: string; readonly size: number };

/** The least number of calls by which a stream can be read as a whole, each in pages as large as the provider makes them. */
export interface LeastCalls {
  /** To be shown everything. */
  readonly reads: readonly CallTerm[];
  /** To have it confirmed that this is all: for answers that could leave something out without a word. */
  readonly proves?: readonly CallTerm[];
}

/** How much there is, by the names of the terms: a number, and for `pagesOfEach` one for each list. */
export type Counts = Readonly<Record<string, number | readonly number[]>>;

/** As a reader writes it, e.g. `⌈users / 1,000⌉ + 2 × users`; `0` for no term. */
export function formulaOf(terms: readonly CallTerm[]): string {
  return terms.map(textOf).join(' + ') || '0';
}

/**
 * The value of a formula.
 * @throws where `counts` lacks a name, or has a number for many lists
 */
export function countCalls(terms: readonly CallTerm[], counts: Counts): number {
  return terms.reduce((sum: number, term) => sum + callsOf(term, counts), 0);
}

/** The names that a formula counts by. */
export function namesIn(terms: readonly CallTerm[]): string[] {
  return terms.flatMap((term) => {
    if (typeof term === 'number') return [];
    if ('of' in term) return [term.of];
    return ['pagesOf' in term ? term.pagesOf : term.pagesOfEach];
  });
}

function textOf(term: CallTerm): string {
  if (typeof term === 'number') return String(term);
  if ('of' in term) return term.times === undefined ? term.of : `${term.times} × ${term.of}`;
  const page = (name: string) => `⌈${name} / ${term.size.toLocaleString('en')}⌉`;
  return 'pagesOf' in term ? page(term.pagesOf) : `Σ ${page(term.pagesOfEach)}`;
}

function callsOf(term: CallTerm, counts: Counts): number {
  if (typeof term === 'number') return term;
  if ('of' in term) return one(term.of, counts) * (term.times ?? 1);
  const pages = (things: number) => Math.max(1, Math.ceil(things / term.size));
  if ('pagesOf' in term) return pages(one(term.pagesOf, counts));
  const lists = counts[term.pagesOfEach];
  if (!Array.isArray(lists)) throw new Error(`There is no count of "${term.pagesOfEach}" for each list.`);
  return lists.reduce((sum: number, things: number) => sum + pages(things), 0);
}

function one(name: string, counts: Counts): number {
  const count = counts[name];
  if (typeof count !== 'number') throw new Error(`There is no count of "${name}".`);
  return count;
}
