import type { Gap } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import type { GitHub } from './client.ts';
import type { Listing } from './counted-list.ts';
import { shortOf } from './organizations.ts';

interface NewestFirst<S extends z.ZodType> extends Listing<S> {
  /** The time by which the list is ordered. */
  timeOf(item: z.output<S>): string;
  /** Inclusive, ISO 8601 in seconds, as GitHub writes it; so the strings compare like the times. */
  readonly from: string;
}

/**
 * The items of a list, newest first, back to `from`. What is listed is held against GitHub's own count, with a gap where it is less: what one
 * pass leaves out is behind the watermark of the next and would be lost. Calls: pages back to `from`, and one more.
 */
export async function* newestFirst<S extends z.ZodType>(
  github: GitHub,
  listing: NewestFirst<S>,
): AsyncGenerator<z.output<S> | Gap> {
  const { route, parameters, item, what, scope, idOf, timeOf, from } = listing;
  const listed = new Set<string | number>();
  for await (const one of github.list(route, parameters, item)) {
    if (listed.has(idOf(one))) continue; // shown twice, because the list moved on while it was read
    listed.add(idOf(one));
    if (timeOf(one) >= from) {
      yield one;
      continue;
    }
    // The place in the whole list of the last one read: it is as many as were listed, or more where the list left some out.
    const there = await github.at(route, parameters, { item, place: listed.size });
    const isThere = there !== undefined && idOf(there) === idOf(one);
    yield* shortOf(isThere ? listed.size : listed.size + 1, listed.size, what, scope);
    return;
  }
  yield* shortOf(await github.count(route, parameters), listed.size, what, scope);
}
