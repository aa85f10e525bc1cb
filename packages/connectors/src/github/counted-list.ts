import type { Gap } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import type { GitHub, Parameters } from './client.ts';
import { shortOf } from './organizations.ts';

export interface Listing<S extends z.ZodType> {
  readonly route: string;
  readonly parameters: Parameters;
  readonly item: S;
  /** What is listed, for the sentence of a gap. */
  readonly what: string;
  /** What the gap is about, e.g. `repository:4711`. */
  readonly scope: string;
  /** Tells an item that is shown twice, because the list moved on while it was read. */
  idOf(item: z.output<S>): string | number;
}

/** Every item of a listing once, and a gap where GitHub's own count, asked for before, is higher. Calls: 1 + pages. */
export async function* countedList<S extends z.ZodType>(
  github: GitHub,
  { route, parameters, item, what, scope, idOf }: Listing<S>,
): AsyncGenerator<z.output<S> | Gap> {
  const total = await github.count(route, parameters);
  const shown = new Set<string | number>();
  for await (const one of github.list(route, parameters, item)) {
    if (shown.has(idOf(one))) continue;
    shown.add(idOf(one));
    yield one;
  }
  yield* shortOf(total, shown.size, what, scope);
}
